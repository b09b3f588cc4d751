# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A device: its parameter store, its agent, and loops that drive many of them."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Iterable, Iterator, Mapping

from ._glue import Arena, borrow, callback, check, new_error, number, struct, text
from ._provision import ffi, lib
from .clock import Clock, FakeClock, SystemClock
from .events import Change, Event, JobStatus, Result, read, read_event
from .jobs import Fetch, Jobs
from .rules import _dialect
from .tls import Identity
from .transport import Transport


class Store:
    """Parameters by name; `path` None keeps them in memory. An agent that is given a store does not
    close it."""

    n_agents = 0  # that use it

    def __init__(self, path: str | None = None, values: Mapping[str, str] | None = None) -> None:
        name = ffi.NULL if path is None else ffi.new("char[]", path.encode())
        out = ffi.new("prov_store **")
        err = new_error()
        check(lib.prov_store_open(out, struct("prov_store_options", path=name), err), err)
        self._store = out[0]
        try:
            self.update(values or {})
        except BaseException:
            self.close()
            raise

    def update(self, values: Mapping[str, str]) -> None:
        """Set several parameters in one transaction; if one is refused, none."""
        err = new_error()
        check(lib.prov_store_begin(self._store, err), err)
        try:
            for name, value in values.items():
                arena: Arena = []
                param = struct(
                    "prov_param",
                    name=borrow(name, arena),
                    value=borrow(value, arena),
                    has_value=1,
                )
                check(lib.prov_store_set(self._store, param, err), err)
            check(lib.prov_store_commit(self._store, err), err)
        except BaseException:
            lib.prov_store_rollback(self._store)
            raise

    def __setitem__(self, name: str, value: str) -> None:
        self.update({name: value})

    def get(self, name: str) -> str | None:
        arena: Arena = []
        param = struct("prov_param")
        status = lib.prov_store_find(self._store, borrow(name, arena), lib.PROV_LAYER_ANY, param)
        if status == lib.PROV_E_NOT_FOUND or (status == lib.PROV_OK and not param.has_value):
            return None
        check(status)
        return text(param.value)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        for index in range(lib.prov_store_n_params(self._store)):
            param = struct("prov_param")
            check(lib.prov_store_param(self._store, index, param))
            yield text(param.name)

    def close(self) -> None:
        """After all agents that use it."""
        if self.n_agents:
            raise RuntimeError(f"close the agents first: {self.n_agents} use this store")
        lib.prov_store_close(self._store)
        self._store = ffi.NULL


def _device(
    mac: str, model: str, series: str, serial: str, sw_version: str, arena: Arena
) -> Any:
    """A `struct prov_device` that lives as long as the arena."""
    found = struct(
        "prov_device",
        product=borrow(model, arena),
        series=borrow(series or "".join(filter(str.isdigit, model.split("-3PCC")[0])), arena),
        serial=borrow(serial, arena),
        sw_version=borrow(sw_version, arena),
    )
    found.mac = bytes.fromhex(mac.replace(":", "").replace("-", ""))
    arena.append(found)
    return found


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits on the resources that a server, a file or a rule can consume, as in `struct
    prov_limits`; 0: the library's default."""

    max_fetch_bytes: int = 0
    max_inflated_bytes: int = 0
    max_inflate_ratio: int = 0
    max_encodings: int = 0
    max_depth: int = 0
    max_value_bytes: int = 0
    max_name_bytes: int = 0
    max_token_bytes: int = 0
    max_name_table_bytes: int = 0
    max_rule_bytes: int = 0
    max_staged_bytes: int = 0
    max_store_bytes: int = 0
    max_warnings: int = 0
    max_redirects: int = 0
    connect_timeout_ms: int = 0
    idle_timeout_ms: int = 0
    total_timeout_ms: int = 0
    resync_timeout_ms: int = 0


class Agent(Jobs):
    """One device: the model is a product name such as `CP-8841-3PCC`, whose digits are the default
    of `series`. Attributes:

    - `events`: all it has reported; `on_event(agent, event)` is called for each as well;
    - `is_idle`: no call is up; call notify() after a change;
    - `store`: its parameters: a given one, or one in memory with `values`.

    `dhcp_server` is the server of rules that name none. `is_rebooted`: the device starts after a
    reboot that it asked for (event `reboot-wanted`); it does no resync for the start, and values
    that wait for a confirmation stay. Without it, the device was switched on: it resyncs, and rolls
    such values back. With `confirm_timeout_s`, committed values are rolled back unless confirm() is
    called in this time; with 0, they stay.

    Close it before its transports; a `with` block does. Until then it stays alive.
    """

    _open: ClassVar[set[Agent]] = set()

    def __init__(
        self,
        mac: str,
        model: str,
        transports: Iterable[Transport],
        *,
        values: Mapping[str, str] | None = None,
        store: Store | None = None,
        clock: Clock | None = None,
        serial: str = "",
        sw_version: str = "",
        series: str = "",
        dialect: str = "mpp",
        dhcp_server: str = "",
        is_rebooted: bool = False,
        confirm_timeout_s: int = 0,
        limits: Limits = Limits(),
        identity: Identity | None = None,
        on_event: Callable[[Agent, Event], None] | None = None,
    ) -> None:
        self.events: list[Event] = []
        self.is_idle = True
        self.clock = clock or SystemClock()
        self.store = store or Store(values=values)
        self.on_event = on_event
        self._owns_store = store is None
        self._handle = ffi.new_handle(self)
        self._agent = ffi.NULL
        self._kept = [self.store, identity]
        self._fetches: dict[int, Fetch] = {}
        self._n_fetches = 0
        self._transports: list[Transport] = []
        arena: Arena = []
        try:
            self._make(
                _device(mac, model, series, serial, sw_version, arena),
                dialect=_dialect(dialect),
                dhcp_server=borrow(dhcp_server, arena),
                boot_cause=lib.PROV_CAUSE_HOST if is_rebooted else lib.PROV_CAUSE_POWER_UP,
                confirm_timeout_s=confirm_timeout_s,
                limits=struct("prov_limits", **vars(limits)),
                identity=identity.open_handle() if identity else ffi.NULL,
            )
            for transport in transports:
                self._add_transport(transport)
        except BaseException:
            self.close()
            raise

    def _make(self, device: Any, **options: Any) -> None:
        host = struct(
            "prov_host",
            ctx=self._handle,
            mono_ms=lib.provision_mono_ms,
            wall_s=lib.provision_wall_s,
            is_idle=lib.provision_is_idle,
            event=lib.provision_event,
        )
        out = ffi.new("prov_agent **")
        err = new_error()
        check(lib.prov_store_bind(self.store._store, host, err), err)
        given = struct("prov_agent_options", host=host, device=device, **options)
        check(lib.prov_agent_new(out, given, err), err)
        self._agent = out[0]
        self.store.n_agents += 1
        self._open.add(self)

    def _add_transport(self, transport: Transport) -> None:
        err = new_error()
        check(
            lib.prov_agent_add_transport(
                self._agent, transport.transport, lib.PROV_TRANSPORT_SHARED, err
            ),
            err,
        )
        transport.n_agents += 1
        self._transports.append(transport)

    def request(
        self,
        rule: str = "",
        verb: str = "resync",
        requester: str = "",
        *,
        cause: str = "host",
        user: str = "",
        password: str = "",
    ) -> None:
        """Ask for a resync, or another verb, by this rule or those of the store: `update_ca`,
        `reboot`, `upgrade`, `report`, `renew`, or `activate` with the code as the rule. All but
        `resync` and `reboot` need their job: `enable_…`. `cause` is where the request came from,
        e.g. `sip` or `url`; `user` and `password` log in to the HTTP server of `rule`."""
        arena: Arena = []
        request = struct(
            "prov_agent_request",
            verb=number("prov_verb_name", "verb", verb),
            cause=number("prov_cause_name", "cause", cause),
            rule=borrow(rule, arena),
            requester=borrow(requester, arena),
            uid=borrow(user, arena),
            pwd=borrow(password, arena),
        )
        err = new_error()
        check(lib.prov_agent_request(self._agent, request, err), err)

    def apply(
        self,
        profile: str | bytes,
        *,
        name: str = "",
        key: str = "",
        cause: str = "host",
        is_trusted: bool = False,
    ) -> int:
        """Apply a profile from memory at once, as if it had been fetched; the number of parameters
        that changed. It may be compressed, or encrypted with `key`; `name` is recorded as the
        origin of its values. Raises ProvisionError if nothing was applied, with PROV_E_STATE before
        the first process()."""
        arena: Arena = []
        given = struct(
            "prov_agent_profile",
            cause=number("prov_cause_name", "cause", cause),
            is_trusted=is_trusted,
            name=borrow(name, arena),
            body=borrow(profile, arena),
            key=borrow(key, arena),
        )
        n_changed = ffi.new("uint64_t *")
        err = new_error()
        check(lib.prov_agent_apply(self._agent, given, n_changed, err), err)
        return int(n_changed[0])

    def confirm(self) -> None:
        """The device works with the values that were committed: they stay."""
        err = new_error()
        check(lib.prov_agent_confirm(self._agent, err), err)

    def cancel(self, *jobs: str) -> None:
        """End running and due work of these jobs, e.g. `resync`: their transfers end at once, and
        the next process() reports results with PROV_E_CANCELLED."""
        bits = sum({number("prov_job_name", "job", job) for job in jobs})
        err = new_error()
        check(lib.prov_agent_cancel(self._agent, bits, err), err)

    def status(self, job: str = "resync") -> JobStatus:
        """The state of a job, the reason why it waits, and its last result."""
        found = struct("prov_job_status")
        check(lib.prov_agent_status(self._agent, number("prov_job_name", "job", job), found))
        return read(JobStatus, found)

    def set_credentials(self, user: str, password: str) -> None:
        """Set user and password of the profile account, for rules that contain none; also the
        answer to the event `credentials-wanted`. An empty user: no credentials are available."""
        arena: Arena = []
        err = new_error()
        check(
            lib.prov_agent_set_credentials(
                self._agent, borrow(user, arena), borrow(password, arena), err
            ),
            err,
        )

    def notify(self) -> None:
        """Lines, clock or parameters changed."""
        lib.prov_agent_notify(self._agent)
        check(lib.PROV_OK)

    def network(self, event: str) -> None:
        """`lost`, `back` or `changed`."""
        err = new_error()
        found = number("prov_network_name", "event", event)
        check(lib.prov_agent_network(self._agent, found, err), err)

    def process(self) -> None:
        """Do all that is due."""
        err = new_error()
        check(lib.prov_agent_process(self._agent, err), err)

    def timeout_ms(self) -> int:
        """Until process() has to be called; -1: it does not depend on time."""
        found = int(lib.prov_agent_timeout_ms(self._agent))
        check(lib.PROV_OK)
        return found

    @property
    def is_busy(self) -> bool:
        return bool(lib.prov_agent_is_busy(self._agent))

    def traces(self) -> list[str]:
        """The last evaluations of rules in words, the latest first."""
        found: list[str] = []
        trace = struct("prov_agent_trace")
        while lib.prov_agent_trace_get(self._agent, len(found), trace) == lib.PROV_OK:
            found.append(text(trace.text))
        return found

    def resyncs(self) -> list[Result]:
        """The results of all resyncs, the oldest first."""
        return self._results("resync")

    def results(self) -> list[Result]:
        """Those of all rules."""
        return self._results("result")

    def changes(self) -> list[Change]:
        return [event.detail for event in self.events if isinstance(event.detail, Change)]

    def _results(self, kind: str) -> list[Result]:
        return [
            event.detail
            for event in self.events
            if event.type == kind and isinstance(event.detail, Result)
        ]

    def close(self) -> None:
        lib.prov_agent_free(self._agent)
        self._agent = ffi.NULL
        if self in self._open:
            self._open.remove(self)
            self.store.n_agents -= 1
        for transport in self._transports:
            transport.n_agents -= 1
        self._transports.clear()
        if self._owns_store and self.store._store:
            self.store.close()
        check(lib.PROV_OK)

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@callback(on_failure=0)
def provision_mono_ms(ctx: Any) -> int:
    agent: Agent = ffi.from_handle(ctx)
    return agent.clock.mono_ms()


@callback(on_failure=False)
def provision_wall_s(ctx: Any, utc_s: Any, utc_offset_s: Any) -> bool:
    agent: Agent = ffi.from_handle(ctx)
    wall = agent.clock.wall_s()
    if wall is not None:
        utc_s[0] = int(wall)
        utc_offset_s[0] = 0
    return wall is not None


@callback(on_failure=True)
def provision_is_idle(ctx: Any) -> bool:
    agent: Agent = ffi.from_handle(ctx)
    return agent.is_idle


@callback()
def provision_event(ctx: Any, event: Any) -> None:
    agent: Agent = ffi.from_handle(ctx)
    found = read_event(event)
    agent.events.append(found)
    if found.type == "result" and isinstance(found.detail, Result):
        fetch = agent._fetches.pop(found.detail.fetch, None)
        if fetch is not None:
            fetch.result = found.detail
    if agent.on_event is not None:
        agent.on_event(agent, found)


def _process(agents: Iterable[Agent], transports: Iterable[Transport]) -> int:
    """One turn of all; milliseconds until the next, -1: never."""
    parts: list[Agent | Transport] = [*agents, *transports]
    for part in parts:
        part.process()
    timeouts = [timeout for part in parts if (timeout := part.timeout_ms()) >= 0]
    return min(timeouts, default=-1)


def run(
    agents: list[Agent],
    transports: list[Transport],
    until: Callable[[], bool],
    timeout_s: float = 60.0,
) -> None:
    """Drive agents in real time until a condition holds; TimeoutError if it does not in time."""
    events = {lib.PROV_POLL_IN: select.POLLIN, lib.PROV_POLL_OUT: select.POLLOUT}
    deadline = time.monotonic() + timeout_s
    while True:
        wait_ms = _process(agents, transports)
        if until():
            return
        left_ms = (deadline - time.monotonic()) * 1000
        if left_ms <= 0:
            raise TimeoutError(f"not within {timeout_s} s")
        poll = select.poll()
        for transport in transports:
            for fd, wanted in transport.pollfds():
                poll.register(fd, sum(flag for bit, flag in events.items() if wanted & bit))
        poll.poll(min(left_ms, wait_ms) if wait_ms >= 0 else left_ms)


def advance(
    clock: FakeClock, agents: list[Agent], transports: list[Transport], seconds: float
) -> None:
    """Let a fake clock run, as fast as it can, and all that becomes due happen at its time."""
    left_ms = round(seconds * 1000)
    while True:
        wait_ms = _process(agents, transports)
        if wait_ms == 0:
            continue
        step_ms = left_ms if wait_ms < 0 else min(wait_ms, left_ms)
        if step_ms == 0:
            return
        clock.advance(step_ms / 1000)
        left_ms -= step_ms
