# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The jobs of a device: upgrade, reports, certificates, activation, licences, history, files."""

from __future__ import annotations

import gc
import hashlib
import http.server
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Iterator

import pytest
from provision import (
    Agent,
    Answers,
    Curl,
    CustomCa,
    CustomCaHost,
    Event,
    FakeClock,
    Identity,
    Image,
    MigrationHost,
    Present,
    ProvisionError,
    Refusal,
    RenewalHost,
    ReportField,
    Result,
    Store,
    UpgradeHost,
    UpgradeTarget,
    advance,
    events,
    run,
)
from servers import served

DEVICE = ("000e08abcdef", "CP-8841-3PCC")
LOAD = "sip88xx.12-0-1MPP-1"
IMAGE = bytes(range(256)) * 1000
PROFILE = b"<flat-profile>\n<GPP_A>office</GPP_A>\n</flat-profile>\n"
DAY = 24 * 3600


def last_result(phone: Agent, job: str) -> Result:
    found = [event.detail for event in phone.events if (event.type, event.job) == ("result", job)]
    assert isinstance(found[-1], Result)
    return found[-1]


# Upgrades


class Banks(UpgradeHost):
    """Two, in memory."""

    def __init__(self, running: str = "sip88xx.11-3-1MPP-110") -> None:
        self.running = running
        self.next = running
        self.images: dict[str, bytes] = {}
        self.content = bytearray()
        self.aborted: list[str] = []

    def inspect(self, target: UpgradeTarget) -> Image:
        if target.load == self.running:
            return Image("running", version=target.load)
        if target.load in self.images:
            return Image("present")
        return Image(sha256=hashlib.sha256(IMAGE).digest())

    def begin(self, target: UpgradeTarget, offset: int) -> None:
        assert (target.number, target.total, offset) == (0, len(IMAGE), 0)
        self.content.clear()

    def write(self, content: bytes) -> None:
        self.content += content

    def finish(self, target: UpgradeTarget) -> str | None:
        self.images[target.load] = bytes(self.content)
        return None

    def activate(self, target: UpgradeTarget) -> None:
        self.next = target.load

    def abort(self, target: UpgradeTarget) -> None:
        self.aborted.append(target.load)

    def reboot(self) -> None:
        self.running = self.next


def upgrade_store() -> Store:
    return Store(values={"Upgrade_Rule": f"http://h/{LOAD}.loads", "Resync_Periodic": "0"})


def test_upgrade_through_a_reboot() -> None:
    clock, banks, store = FakeClock(), Banks(), upgrade_store()
    server = Answers(lambda url: IMAGE if url.endswith(".loads") else PROFILE)
    with Agent(*DEVICE, [server], clock=clock, store=store, sw_version=banks.running) as phone:
        phone.enable_upgrade(banks, confirm_timeout_s=60)
        phone.enable_history()
        advance(clock, [phone], [server], 60)
        assert banks.images == {LOAD: IMAGE}
        assert banks.next == LOAD
        assert phone.upgrade().step == "installed"
        steps = [
            event.detail.step
            for event in phone.events
            if isinstance(event.detail, events.Upgrade)
        ]
        assert steps == ["installed"]
        assert any(event.type == "reboot-wanted" for event in phone.events)
    banks.reboot()
    with Agent(*DEVICE, [server], clock=clock, store=store, sw_version=banks.running) as phone:
        phone.enable_upgrade(banks, confirm_timeout_s=60)
        phone.enable_history()
        advance(clock, [phone], [server], 10)
        assert (phone.upgrade().step, phone.upgrade().load) == ("testing", LOAD)
        phone.confirm_upgrade()
        advance(clock, [phone], [server], 10)
        assert phone.upgrade().step == "succeeded"
        (reboot,) = phone.past_reboots()
        assert reboot.reason == "upgrade"
        (download,) = phone.past_upgrades()
        assert (download.status, download.url) == ("PROV_OK", f"http://h/{LOAD}.loads")
    assert banks.aborted == []
    assert sum(url.endswith(".loads") for url in server.urls) == 1
    store.close()


def test_upgrade_that_the_host_refuses() -> None:
    class FullBanks(Banks):
        def write(self, content: bytes) -> None:
            raise Refusal("the flash is full", "PROV_E_LIMIT")

    clock, banks = FakeClock(), FullBanks()
    server = Answers(lambda url: IMAGE)
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True) as phone:
        phone.enable_upgrade(banks)
        phone.request(f"http://h/{LOAD}.loads", "upgrade")
        advance(clock, [phone], [server], 60)
        error = last_result(phone, "upgrade").error
        assert error is not None
        assert (error.status, error.message) == ("PROV_E_LIMIT", "the flash is full")
        assert banks.aborted == [LOAD]


def test_upgrade_whose_host_has_a_bug() -> None:
    """It fails the attempt, and is not swallowed; the agent goes on."""

    class BrokenBanks(Banks):
        def begin(self, target: UpgradeTarget, offset: int) -> None:
            raise ZeroDivisionError("mine")

    clock, banks = FakeClock(), BrokenBanks()
    server = Answers(lambda url: IMAGE)
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True) as phone:
        phone.enable_upgrade(banks)
        phone.request(f"http://h/{LOAD}.loads", "upgrade")
        with pytest.raises(ZeroDivisionError, match="mine"):
            advance(clock, [phone], [server], 60)
        advance(clock, [phone], [server], 60)
        error = last_result(phone, "upgrade").error
        assert error is not None and error.status == "PROV_E_HOST"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image("abesnt"), "presence: expected one of absent, present, running, wait"),
        (Image(sha256=b"short"), "sha256: expected 32 bytes, found 5"),
        (Image(version="x" * 64), "version: expected at most 63 bytes"),
    ],
)
def test_answers_that_are_none(image: Image, words: str) -> None:
    class OddBanks(Banks):
        def inspect(self, target: UpgradeTarget) -> Image:
            return image

    clock = FakeClock()
    server = Answers(lambda url: IMAGE)
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True) as phone:
        phone.enable_upgrade(OddBanks())
        phone.request(f"http://h/{LOAD}.loads", "upgrade")
        with pytest.raises(ValueError, match=words):
            advance(clock, [phone], [server], 60)


def test_host_that_lacks_a_method() -> None:
    class Half(UpgradeHost):
        def inspect(self, target: UpgradeTarget) -> Image:
            return Image()

    with pytest.raises(TypeError, match="activate"):
        Half()  # type: ignore[abstract]


# Requests


def test_verbs() -> None:
    with Agent(*DEVICE, [], is_rebooted=True) as phone:
        with pytest.raises(ValueError, match="verb: expected one of resync, .*found 'upgarde'"):
            phone.request(verb="upgarde")
        for verb in ["upgrade", "report", "renew", "activate", "update_ca"]:
            with pytest.raises(ProvisionError) as raised:
                phone.request("0000111122223333", verb)
            assert raised.value.error.status == "PROV_E_UNSUPPORTED"
        with pytest.raises(ValueError, match="event: expected one of lost, back, changed"):
            phone.network("gone")
        phone.process()
        with pytest.raises(ProvisionError) as raised:
            phone.enable_history()
        assert raised.value.error.status == "PROV_E_STATE"
    with pytest.raises(ValueError, match="dialect: expected one of mpp, spa, found 'sap'"):
        Agent(*DEVICE, [], dialect="sap")


# A server that keeps what it is sent


class Sent(http.server.BaseHTTPRequestHandler):
    server: Recorder

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.found.append((self.command, self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"thank")

    do_POST = do_GET = do_PUT

    def log_message(self, format: str, *args: object) -> None:
        """pytest shows what matters."""


class Recorder(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Sent)
        self.found: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    server = Recorder()
    with served(server):
        yield server


def test_reports(recorder: Recorder, curl: Curl) -> None:
    values = {"GPP_A": "office", "Admin_Password": "s3cret", "HTTP_Report_Method": "PUT"}
    fields = [ReportField("Phone_Status", "Bank", "a")]
    with Agent(*DEVICE, [curl], values=values, is_rebooted=True) as phone:
        phone.enable_report(fields)
        phone.request(f"{recorder.url}/$MA.xml", "report")
        run([phone], [curl], until=lambda: len(phone.results()) == 1)
        fields.append(ReportField("Phone_Status", "Bell", "on & off"))
        phone.request(f"[--status]{recorder.url}/s.xml", "report")
        run([phone], [curl], until=lambda: len(phone.results()) == 2)
        assert {result.outcome for result in phone.results()} == {"applied"}
        (config, status) = recorder.found
        assert config[:2] == ("PUT", "/000e08abcdef.xml")
        assert config[3] == phone.config()
        assert b"<GPP_A>office</GPP_A>" in config[3] and b"s3cret" not in config[3]
        assert re.search(rb"<Bank>a</Bank>\s*<Bell>on &amp; off</Bell>", status[3])
        assert re.search(rb"<Bank>a</Bank>\s*</Phone", phone.status_document(fields[:1]))
        phone.record_local_change()


def test_files(recorder: Recorder, curl: Curl) -> None:
    with Agent(*DEVICE, [curl], is_rebooted=True) as phone:
        body = b"tar" * 10000
        sent = phone.fetch(
            f"{recorder.url}/$MA.tar",
            method="post",
            upload=body,
            content_type="application/x-tar",
            headers={"X-Token": "7"},
        )
        empty = phone.fetch(f"{recorder.url}/empty", method="put", upload=b"")
        book = phone.fetch(f"{recorder.url}/$MA", is_url=True)
        assert sent.result is None
        run([phone], [curl], until=lambda: bool(sent.result and empty.result and book.result))
        assert sent.result is not None and sent.result.outcome == "applied"
        assert (sent.content, book.content) == (b"thank", b"thank")
        (posted, put, got) = recorder.found
        assert posted[:2] == ("POST", "/000e08abcdef.tar")
        assert (posted[2]["X-Token"], posted[2]["Content-Type"]) == ("7", "application/x-tar")
        assert posted[3] == body
        assert (put[0], put[1], put[3]) == ("PUT", "/empty", b"")
        assert got[:2] == ("GET", "/$MA")
        with pytest.raises(ProvisionError, match="Host is the library's own"):
            phone.fetch(recorder.url, headers={"Host": "h"})
        with pytest.raises(ValueError, match="method: expected one of get, post"):
            phone.fetch(recorder.url, method="patch")


# Certificates


def openssl(*arguments: str | pathlib.Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with the CA of the device, its certificate and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command")
    folder = tmp_path_factory.mktemp("authority")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    files = {name: folder / name for name in ["ca.pem", "ca.key", "dev.csr", "dev.pem", "dev.key"]}
    openssl("req", "-x509", *curve, "-subj", "/CN=Test CA", "-keyout", files["ca.key"])
    openssl(
        *("req", "-x509", "-new", "-key", files["ca.key"], "-subj", "/CN=Test CA"),
        *("-days", "3650", "-out", files["ca.pem"]),
    )
    openssl(
        *("req", *curve, "-subj", "/CN=SEP000E08ABCDEF"),
        *("-keyout", files["dev.key"], "-out", files["dev.csr"]),
    )
    openssl(
        *("x509", "-req", "-in", files["dev.csr"], "-CA", files["ca.pem"]),
        *("-CAkey", files["ca.key"], "-days", "30", "-out", files["dev.pem"]),
    )
    return folder


def test_custom_ca(authority: pathlib.Path, curl: Curl) -> None:
    class Trust(CustomCa):
        installed: list[bytes] = []

        def install(self, pem: bytes) -> None:
            super().install(pem)
            self.installed.append(pem)

    clock, pem = FakeClock(), (authority / "ca.pem").read_bytes()
    server = Answers(lambda url: pem if url.endswith("ca.pem") else b"no certificate")
    with Identity() as identity, Agent(
        *DEVICE, [server], clock=clock, is_rebooted=True, identity=identity
    ) as phone:
        trust = Trust(curl, identity)
        phone.enable_custom_ca(trust)
        phone.request("http://h/other.pem", "update_ca")
        advance(clock, [phone], [server], 10)
        error = last_result(phone, "custom-ca").error
        assert error is not None and error.status == "PROV_E_CORRUPT"
        phone.request("http://h/ca.pem", "update-ca")
        advance(clock, [phone], [server], 10)
        assert trust.installed[-1] == pem
        assert phone.store["Custom_CA_Info"] == "Test CA"


def test_custom_ca_that_the_host_refuses(authority: pathlib.Path) -> None:
    class Nothing(CustomCaHost):
        def check(self, pem: bytes) -> str:
            raise Refusal("not one of ours")

        def install(self, pem: bytes) -> None:
            assert pem == b""

    clock = FakeClock()
    server = Answers(lambda url: (authority / "ca.pem").read_bytes())
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True) as phone:
        phone.enable_custom_ca(Nothing())
        phone.request("http://h/ca.pem", "update_ca")
        advance(clock, [phone], [server], 10)
        error = last_result(phone, "custom-ca").error
        assert error is not None and error.message == "not one of ours"


class Drawer(RenewalHost):
    """The device's certificate, in memory."""

    def __init__(self, folder: pathlib.Path, identity: Identity) -> None:
        self.cert, self.key, self.ca = (
            (folder / name).read_bytes() for name in ["dev.pem", "dev.key", "ca.pem"]
        )
        self.identity = identity

    def present(self) -> Present:
        return Present(self.cert, self.key, self.ca)

    def install(self, chain_pem: bytes) -> None:
        self.identity.set_certificate(chain_pem, self.key)
        self.cert = chain_pem


def test_renewal(authority: pathlib.Path, curl: Curl) -> None:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
    est_server = pytest.importorskip("est_server", reason="no est_server.py two folders above")
    server = est_server.make_server(str(authority))
    server.log = lambda text: None
    with served(server), Identity() as identity:
        drawer = Drawer(authority, identity)
        before = drawer.cert
        with Agent(*DEVICE, [curl], is_rebooted=True, identity=identity) as phone:
            phone.enable_renewal(drawer)
            phone.request(server.url + "/", "renew")
            run([phone], [curl], until=lambda: bool(phone.results()))
            (result,) = phone.results()
            assert result.outcome == "applied", result.error
            assert drawer.cert != before and identity.has_certificate
            assert phone.store["MIC_Cert_Info"] == "Test CA"


def test_renewal_without_a_certificate(authority: pathlib.Path) -> None:
    class Empty(Drawer):
        def present(self) -> Present:
            raise Refusal("the drawer is locked")

    clock = FakeClock()
    server = Answers(lambda url: 404)
    with Identity() as identity, Agent(
        *DEVICE, [server], clock=clock, is_rebooted=True, identity=identity
    ) as phone:
        phone.enable_renewal(Empty(authority, identity))
        phone.request("https://h/", "renew")
        advance(clock, [phone], [server], 10)
        reported = [
            event.detail.error.message
            for event in phone.events
            if isinstance(event.detail, events.LogEntry) and event.detail.error
        ]
        assert reported == ["the drawer is locked"]
        assert server.urls == []


# Activation, licences, history


def test_activation() -> None:
    clock = FakeClock()
    answer = b"<flat-profile><Profile_Rule>http://h/p.xml</Profile_Rule></flat-profile>"
    server = Answers(lambda url: answer if "activate" in url else PROFILE)
    values = {"Profile_Rule": "gds://"}
    with Agent(*DEVICE, [server], clock=clock, values=values) as phone:
        phone.enable_activation(code_url="https://svc/activate")
        advance(clock, [phone], [server], 60)
        assert phone.activation().is_code_wanted
        with pytest.raises(ProvisionError) as raised:
            phone.request("12", "activate")
        assert raised.value.error.status == "PROV_E_VALUE"
        phone.request("1234 5678 9012 3456", "activate")
        advance(clock, [phone], [server], 60)
        found = phone.activation()
        assert (found.state, found.contact, found.code) == ("acquired", "code", "accepted")
        assert phone.store["GPP_A"] == "office"
        (offer,) = phone.offers()
        assert (offer.contact, offer.text, offer.is_used) == ("code", "http://h/p.xml", True)
        states = [
            event.detail.state
            for event in phone.events
            if isinstance(event.detail, events.Activation)
        ]
        assert states[-1] == "acquired"
        assert "1234567890123456" not in repr(phone.events)


def test_licences() -> None:
    class Office(MigrationHost):
        answer = "later"
        seen: list[bytes] = []
        n_wxc = 0

        def check(self, licence: bytes) -> str:
            self.seen.append(licence)
            if self.answer == "refuse":
                raise Refusal("for another phone")
            return self.answer

        def begin_wxc(self) -> None:
            self.n_wxc += 1

    clock, office = FakeClock(), Office()
    server = Answers(lambda url: b"licence")
    values = {"Trans_Auth_Rule": "http://h/l"}
    with Agent(*DEVICE, [server], clock=clock, values=values, is_rebooted=True) as phone:
        phone.enable_migration(office)
        advance(clock, [phone], [server], 60)
        assert office.seen == [b"licence"]
        phone.set_authorization("classic")
        office.answer = "refuse"
        phone.set_authorization("none")
        advance(clock, [phone], [server], 60)
        error = last_result(phone, "migration").error
        assert error is not None and "for another phone" in error.message
        office.answer = "maybe"
        phone.set_authorization("none")
        with pytest.raises(ValueError, match="answer: expected one of yes, later"):
            advance(clock, [phone], [server], DAY)
        office.answer = "yes"
        advance(clock, [phone], [server], DAY)
        assert last_result(phone, "migration").outcome == "applied"
    values["Trans_Auth_Type"] = "WxC"
    n = len(office.seen)
    with Agent(*DEVICE, [server], clock=clock, values=values, is_rebooted=True) as phone:
        phone.enable_migration(office)
        advance(clock, [phone], [server], 60)
        assert (office.n_wxc, len(office.seen)) == (1, n)


def test_history_over_a_reboot() -> None:
    clock, store = FakeClock(), Store()
    server = Answers(lambda url: 404)
    with Agent(*DEVICE, [server], clock=clock, store=store, is_rebooted=True) as phone:
        phone.enable_history()
        phone.request("http://h/none.xml")
        advance(clock, [phone], [server], 60)
        *_, download = phone.past_resyncs()  # the others are its retries
        assert (download.outcome, download.status, download.code) == (
            "failed",
            "PROV_E_NOT_FOUND",
            404,
        )
        with pytest.raises(ValueError, match="reason: expected one of upgrade, provisioning"):
            phone.record_reboot("boredom")
        phone.record_reboot("ip-changed")
        n = len(phone.past_resyncs())
    with Agent(*DEVICE, [server], clock=clock, store=store) as phone:
        phone.enable_history()
        phone.process()
        assert phone.past_reboots()[0].reason == "ip-changed"
        assert len(phone.past_resyncs()) == n
    store.close()


# Lives


def test_agent_that_is_dropped(recorder: Recorder, curl: Curl) -> None:
    """It stays alive with its callbacks, and its transport does not end before it."""
    seen: list[str] = []
    Agent(
        *DEVICE,
        [curl],
        is_rebooted=True,
        on_event=lambda phone, event: seen.append(event.type),
    ).request(f"{recorder.url}/x.xml")
    gc.collect()
    (phone,) = Agent._open
    with pytest.raises(RuntimeError, match="close the agents first: 1"):
        curl.close()
    run([phone], [curl], until=lambda: bool(phone.resyncs()))
    assert "resync" in seen
    phone.close()
    assert not Agent._open


def test_store_outlives_its_agents() -> None:
    store = Store()
    with Agent(*DEVICE, [], store=store, is_rebooted=True) as phone:
        with pytest.raises(RuntimeError, match="close the agents first: 1 use this store"):
            store.close()
        phone.process()
    store.close()
    with pytest.raises(ProvisionError):
        Store(values={"Resync_Periodic": "a\0b"})


def test_agent_that_is_closed_by_its_own_callback() -> None:
    def close(phone: Agent, event: Event) -> None:
        phone.close()

    clock = FakeClock()
    server = Answers(lambda url: PROFILE)
    phone = Agent(*DEVICE, [server], clock=clock, is_rebooted=True, on_event=close)
    phone.request("http://h/x.xml")
    with pytest.raises(ProvisionError):
        advance(clock, [phone], [server], 60)
    assert not Agent._open


def test_agent_that_cannot_be_made() -> None:
    with pytest.raises(ValueError):
        Agent("no address", "CP-8841-3PCC", [])
    assert not Agent._open


def test_several_exceptions_in_one_call() -> None:
    def fail(phone: Agent, event: Event) -> None:
        raise KeyError(event.type)

    clock = FakeClock()
    server = Answers(lambda url: PROFILE)
    phone = Agent(*DEVICE, [server], clock=clock, is_rebooted=True, on_event=fail)
    phone.request("http://h/x.xml")
    with pytest.raises(BaseExceptionGroup) as raised:
        phone.process()
    assert len(raised.value.exceptions) > 1
    assert all(isinstance(found, KeyError) for found in raised.value.exceptions)
    phone.on_event = None
    phone.close()
