# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A provisioning server under test: 50 phones get their profiles from it.

Replace the fixture `server` by the address of yours.
"""

from __future__ import annotations

import http.server
from contextlib import ExitStack
from typing import Iterator

import pytest
from provision import Agent, Curl, run
from servers import served

N_PHONES = 50


class Profiles(http.server.BaseHTTPRequestHandler):
    """Answers /MAC.xml with a profile for that phone, whatever phone it is."""

    def do_GET(self) -> None:
        mac = self.path.removeprefix("/").removesuffix(".xml")
        is_known = mac.startswith("000e08")
        body = (
            "<flat-profile>"
            f"<User_ID_1_>{int(mac[6:], 16) + 1000}</User_ID_1_>"
            "<Password_1_>s3cret</Password_1_>"
            "<Resync_Periodic>86400</Resync_Periodic>"
            "</flat-profile>"
            if is_known
            else ""
        ).encode()
        self.send_response(200 if is_known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """pytest shows what matters."""


class Server(http.server.ThreadingHTTPServer):
    """All phones connect at once."""

    request_queue_size = 2 * N_PHONES


@pytest.fixture
def server() -> Iterator[str]:
    with served(Server(("127.0.0.1", 0), Profiles)) as url:
        yield url


def test_fifty_phones(server: str, curl: Curl) -> None:
    with ExitStack() as stack:
        values = {"Profile_Rule": f"{server}/$MA.xml"}
        phones = [
            stack.enter_context(
                Agent(f"000e08{i:06x}", "CP-8841-3PCC", [curl], values=values, is_rebooted=True)
            )
            for i in range(N_PHONES)
        ]
        for phone in phones:
            phone.request()
        run(phones, [curl], until=lambda: all(phone.resyncs() for phone in phones))

        for i, phone in enumerate(phones):
            (result,) = phone.resyncs()
            assert result.outcome == "applied", result.error
            assert result.code == 200
            assert phone.store["User_ID_1_"] == str(1000 + i)
            assert phone.store["Resync_Periodic"] == "86400"


def test_password_is_withheld(server: str, curl: Curl) -> None:
    with Agent("000e08000001", "CP-8841-3PCC", [curl], is_rebooted=True) as phone:
        phone.request(f"{server}/$MA.xml")
        run([phone], [curl], until=lambda: bool(phone.resyncs()))
        assert phone.store["Password_1_"] == "s3cret"
        (change,) = [change for change in phone.changes() if change.name == "Password_1_"]
        assert change.is_secret
        assert "s3cret" not in repr(phone.events)


def test_unknown_phone(server: str, curl: Curl) -> None:
    with Agent("00562b000001", "CP-8841-3PCC", [curl], is_rebooted=True) as phone:
        phone.request(f"{server}/$MA.xml")
        run([phone], [curl], until=lambda: bool(phone.resyncs()))
        (result,) = phone.resyncs()
        assert result.outcome == "failed"
        assert result.error is not None
        assert result.error.status == "PROV_E_NOT_FOUND"
        assert "HTTP 404" in result.error.message
