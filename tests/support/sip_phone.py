# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A provision-phone with a SIP door and a line, its events, and a server for its files."""

import contextlib
import json
import os
import subprocess
import tempfile

import peers
import phone
import sip_client

PROFILE = "<flat-profile><GPP_A>new</GPP_A></flat-profile>"
QUIET = {"Resync_Random_Delay": "0", "Forced_Resync_Delay": "0", "Resync_On_Reset": "No",
         "Resync_Periodic": "0"}
LINE = {"User_ID_1_": "alice", "Password_1_": "hush7", "Proxy_1_": "127.0.0.1"}


def has_sip():
    done = subprocess.run([phone.PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return "SIP door: libosip2" in done.stdout


class SipCase(peers.ServedCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root = self.own.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o777)
        self.write("p.xml", PROFILE)
        self.phone = self.own.enter_context(
            phone.Phone(self.own.enter_context(tempfile.TemporaryDirectory())))
        self.phone.plant("hush7")
        server = self.serve(peers.Nginx(self.root, "dav_methods PUT;"))
        self.url = f"http://{server.host}:{server.port}"

    def write(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o644)

    def start(self, *args, **sets):
        """A phone that listens, and a connection to it that has its events."""
        path = os.path.join(self.phone.folder, "control")
        self.process = self.phone.start(
            "--json", "--control", path, "--sip", "127.0.0.1:0", *args,
            sets={**QUIET, **LINE, "Profile_Rule": f"{self.url}/p.xml",
                  "Report_Rule": f"{self.url}/report.xml", "Report_To_Server": "On Local Change", "HTTP_Report_Method": "PUT",
                  **sets})
        self.addCleanup(self.process.kill)
        self.read = ""
        while '"listening"' not in (line := self.process.stdout.readline()):
            self.assertTrue(line, self.process.stderr)
            self.read += line
        self.read += line
        self.address = json.loads(line)["address"]
        self.control = self.own.enter_context(phone.Control(path))
        self.control.do("events on")

    def client(self, transport="udp", **options):
        return self.own.enter_context(sip_client.Client(self.address, transport, **options))

    def end(self):
        self.control.do("quit")
        run = self.phone.finish(self.process, self.read)
        self.assertEqual((run.status, run.err), (0, ""))
        return run

    def wait_for(self, event, **members):
        return self.control.wait_for(lambda found: found["event"] == event and
                                     all(found.get(k) == v for k, v in members.items()))

    def settle(self):
        """Whatever was requested has ended, and is forgotten."""
        while self.control.do("status")["is_busy"]:
            pass
        self.control.events.clear()

    def check_idle(self, client):
        """Nothing was requested by what came before."""
        self.assertEqual(client.ask("OPTIONS").code, 200)
        status = self.control.do("status")
        self.assertFalse(status["is_busy"], status)
        self.assertEqual([event for event in self.control.events
                          if event["event"] in ("resync", "reboot-wanted", "result")], [])

    def expect_reboot(self):
        """The phone boots, with the same port for SIP; the connection to it is a new one."""
        while self.control.read() is not None:
            pass
        self.control.close()
        self.control.connect()
        self.control.do("events on")
