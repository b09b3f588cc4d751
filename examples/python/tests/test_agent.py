# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Control of an agent: confirmation and rollback, cancel, profiles from memory, status, limits and
logins."""

from __future__ import annotations

import base64
import dataclasses
import http.server
import threading
from typing import Iterator

import pytest
from provision import (
    Agent,
    Answers,
    Curl,
    Event,
    FakeClock,
    Limits,
    ProvisionError,
    Store,
    advance,
    encode,
    events,
    run,
)
from provision._provision import ffi
from servers import served

DEVICE = ("000e08abcdef", "CP-8841-3PCC")
PROFILE = b"<flat-profile>\n<GPP_A>office</GPP_A>\n</flat-profile>\n"
RULE = "http://h/x.xml"


def profiles(_url: str) -> bytes:
    return PROFILE


# Confirmation


def test_values_are_rolled_back() -> None:
    clock, server = FakeClock(), Answers(profiles)
    with Agent(
        *DEVICE,
        [server],
        clock=clock,
        values={"GPP_A": "old"},
        is_rebooted=True,
        confirm_timeout_s=60,
    ) as phone:
        phone.request(RULE)
        advance(clock, [phone], [server], 10)
        assert phone.store["GPP_A"] == "office"
        waiting = phone.status("rollback")
        assert (waiting.state, waiting.waits_for) == ("waiting", "confirmation")
        assert waiting.in_ms == pytest.approx(50_000, abs=1000)
        advance(clock, [phone], [server], 60)
        assert phone.store["GPP_A"] == "old"
        (undone,) = [e.detail for e in phone.events if isinstance(e.detail, events.RolledBack)]
        assert (undone.why, undone.n_changed) == ("timeout", 1)
        phone.request(RULE)
        advance(clock, [phone], [server], 10)
        error = phone.resyncs()[-1].error
        assert error is not None and error.status == "PROV_E_QUARANTINED"


def test_confirmed_values_stay() -> None:
    clock, server = FakeClock(), Answers(profiles)
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True, confirm_timeout_s=60) as phone:
        phone.request(RULE)
        advance(clock, [phone], [server], 10)
        phone.confirm()
        advance(clock, [phone], [server], 120)
        assert phone.store["GPP_A"] == "office"
        assert "confirmed" in {event.type for event in phone.events}
        assert phone.status("rollback").state == "idle"


@pytest.mark.parametrize(("is_rebooted", "port"), [(True, "8080"), (False, "80")])
def test_values_over_a_reboot(is_rebooted: bool, port: str) -> None:
    """They stay over the reboot that they asked for, and no other."""
    clock, store = FakeClock(), Store(values={"Web_Server_Port": "80"})
    server = Answers(
        lambda url: PROFILE.replace(b"GPP_A", b"Web_Server_Port").replace(b"office", b"8080")
    )
    with Agent(
        *DEVICE, [server], clock=clock, store=store, is_rebooted=True, confirm_timeout_s=60
    ) as phone:
        phone.request(RULE)
        advance(clock, [phone], [server], 10)
        (change,) = phone.changes()
        assert change.needs == phone.resyncs()[0].needs == ("reboot",)
        assert "reboot-wanted" in {event.type for event in phone.events}
    with Agent(
        *DEVICE, [], clock=clock, store=store, is_rebooted=is_rebooted, confirm_timeout_s=60
    ) as phone:
        phone.process()
        assert store["Web_Server_Port"] == port
    store.close()


# Profiles from memory


def test_profile_from_memory() -> None:
    with Agent(*DEVICE, [], is_rebooted=True) as phone:
        with pytest.raises(ProvisionError) as raised:
            phone.apply(PROFILE)
        assert raised.value.error.status == "PROV_E_STATE"
        phone.process()
        assert phone.apply(encode(PROFILE, key="k", is_gzip=True), key="k", cause="url") == 1
        assert phone.store["GPP_A"] == "office"
        assert phone.apply(PROFILE.decode(), name="lab.xml") == 0
        first, second = phone.results()
        assert (first.rule, first.cause, first.outcome) == ("config.xml", "url", "applied")
        assert (second.rule, second.cause, second.outcome) == ("lab.xml", "host", "unchanged")
        with pytest.raises(ProvisionError) as raised:
            phone.apply("<flat-profile>\n<GPP_A>b</GPP_A><GPP_B>&</GPP_B></flat-profile>")
        assert (raised.value.error.status, raised.value.error.line) == ("PROV_E_CORRUPT", 2)
        assert phone.store["GPP_A"] == "office"


# Status and limits


def test_status_of_a_resync() -> None:
    clock, server = FakeClock(), Answers(profiles)
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True) as phone:
        phone.process()
        planned = phone.status()
        assert (planned.job, planned.waits_for, planned.last) == ("resync", "time", None)
        assert planned.schedule is not None and planned.schedule.cause == "periodic"
        phone.is_idle = False
        phone.request(RULE, cause="menu")
        phone.process()
        assert phone.status().waits_for == "lines"
        phone.is_idle = True
        phone.notify()
        advance(clock, [phone], [server], 3600)
        last = phone.status().last
        assert last is not None and (last.cause, last.outcome) == ("menu", "applied")
        assert phone.status("upgrade").state == "absent"
        assert phone.status("activation").job == "activation"
        with pytest.raises(ValueError, match="job: expected one of resync, .*, profile, found"):
            phone.status("resnyc")
        with pytest.raises(ValueError, match="cause: expected one of none, power-up"):
            phone.request(cause="boredom")


def test_limits() -> None:
    names = [name for name, _ in ffi.typeof("struct prov_limits").fields]
    assert ["size", *(field.name for field in dataclasses.fields(Limits))] == names
    clock, server = FakeClock(), Answers(profiles)
    limits = Limits(max_fetch_bytes=len(PROFILE) - 1)
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True, limits=limits) as phone:
        phone.request(RULE)
        advance(clock, [phone], [server], 10)
        error = phone.resyncs()[0].error
        assert error is not None and error.status == "PROV_E_LIMIT"
        assert phone.store.get("GPP_A") is None


# A server that asks for a login, or stops in the middle of a file


class Handler(http.server.BaseHTTPRequestHandler):
    server: Lab

    def do_GET(self) -> None:
        login = "Basic " + base64.b64encode(b"phone:s3cret").decode()
        if self.path == "/locked.xml" and self.headers.get("Authorization") != login:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="lab"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        is_slow = self.path == "/slow.xml"
        self.send_response(200)
        self.send_header("Content-Length", str(len(PROFILE) + is_slow))
        self.end_headers()
        self.wfile.write(PROFILE)
        if is_slow:
            self.connection.recv(1)  # until the phone ends the connection
            self.server.is_cut.set()

    def log_message(self, format: str, *args: object) -> None:
        """pytest shows what matters."""


class Lab(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.is_cut = threading.Event()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


@pytest.fixture
def lab() -> Iterator[Lab]:
    server = Lab()
    with served(server):
        yield server


def test_cancel(lab: Lab, curl: Curl) -> None:
    def has_begun() -> bool:
        progress = phone.status().progress
        return progress is not None and progress.bytes > 0

    with Agent(*DEVICE, [curl], is_rebooted=True) as phone:
        phone.request(lab.url("slow.xml"))
        run([phone], [curl], until=has_begun)
        assert phone.status().state == "running"
        phone.cancel("resync", "upgrade")
        run([phone], [curl], until=lambda: bool(phone.resyncs()))
        assert lab.is_cut.wait(30)
        (result,) = phone.resyncs()
        assert result.outcome == "failed"
        assert result.error is not None and result.error.status == "PROV_E_CANCELLED"
        assert phone.store.get("GPP_A") is None
        with pytest.raises(ProvisionError) as raised:
            phone.cancel("rollback")
        assert raised.value.error.status == "PROV_E_UNSUPPORTED"


def test_login_of_a_request(lab: Lab, curl: Curl) -> None:
    with Agent(*DEVICE, [curl], is_rebooted=True) as phone:
        phone.request(lab.url("locked.xml"), user="phone", password="wrong")
        run([phone], [curl], until=lambda: len(phone.resyncs()) == 1)
        error = phone.resyncs()[0].error
        assert error is not None and error.status == "PROV_E_AUTH"
        phone.request(lab.url("locked.xml"), user="phone", password="s3cret")
        run([phone], [curl], until=lambda: len(phone.resyncs()) == 2)
        assert phone.resyncs()[1].outcome == "applied"
        assert "s3cret" not in repr(phone.events)


def test_answer_to_a_question(lab: Lab, curl: Curl) -> None:
    def answer(phone: Agent, event: Event) -> None:
        if event.type == "credentials-wanted":
            phone.set_credentials("phone", "s3cret")

    with Agent(*DEVICE, [curl], is_rebooted=True, on_event=answer) as phone:
        phone.request(lab.url("locked.xml"))
        run([phone], [curl], until=lambda: bool(phone.resyncs()))
        (result,) = phone.resyncs()
        assert (result.outcome, result.error) == ("applied", None)
