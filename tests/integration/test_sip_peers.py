#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""sipp and Kamailio send NOTIFY to provision-phone, over UDP and TCP, also split and joined."""

import glob
import os
import socket
import subprocess
import threading
import unittest

import peers
import phone
import sip_phone

NOTIFY = """NOTIFY sip:alice@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:pbx@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:alice@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: [cseq] NOTIFY
Max-Forwards: 70
Event: {event}
{more}Content-Length: [len]

{body}"""
SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="notify">
<send><![CDATA[
{first}
]]></send>
<recv response="401" auth="true"/>
<send><![CDATA[
{second}
]]></send>
<recv response="{code}"/>
</scenario>
"""
XML = ("Content-Type: application/xml\n",
       '<CP-8841-3PCCExecute><ExecuteItem URL="Resync:"/></CP-8841-3PCCExecute>')
EVENTS = {
    "resync": ("", ""),
    "check-sync;reboot=false": ("", ""),
    "check-sync;reboot=true": ("", ""),
    "report": ("", ""),
    "reboot": ("", ""),
    "reboot=true": ("", ""),
    "reboot_now": ("", ""),
    "restart_now": ("", ""),
    "service-control": ("Content-Type: text/plain\n", "action=restart"),
    "XML-Service": XML,
}


class Relay:
    """Between one TCP client and a server: messages go on in pieces of `piece` bytes, or as soon as
    there are `n_joined` of them."""

    def __init__(self, address, piece=None, n_joined=None):
        host, _, port = address.rpartition(":")
        self.target, self.piece, self.n_joined = (host, int(port)), piece, n_joined
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def close(self):
        self.listener.close()

    def run(self):
        near, _ = self.listener.accept()
        with near, socket.create_connection(self.target) as far:
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.copy, args=(far, near), daemon=True).start()
            held = b""
            while data := near.recv(65536):
                held += data
                if self.piece:
                    for at in range(0, len(held), self.piece):
                        far.sendall(held[at:at + self.piece])
                    held = b""
                elif held.count(b"NOTIFY sip:") >= self.n_joined:
                    far.sendall(held)
                    held = b""
            far.sendall(held)

    def copy(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass


class Kamailio(peers.Peer):
    """Sends one event a second, with credentials, until the answer is 200."""

    program = "kamailio"
    packages = ("kamailio",)

    def __init__(self, target, transport, event):
        super().__init__(".")
        self.target, self.transport, self.event = target, transport, event

    def answers(self):
        """It is ready for SIP."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def unpacked(self, pattern):
        found = glob.glob(os.path.join(peers.PEERS_FOLDER, "kamailio") + pattern)
        return (found or glob.glob(pattern) or [pattern])[0]

    def command(self):
        libraries = self.unpacked("/usr/lib/*/kamailio")
        listen = f"{self.host}:{self.port}"
        with open(self.path("config"), "w", encoding="utf-8") as file:
            file.write(f"""#!KAMAILIO
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:{listen}
listen=tcp:{listen}
mpath="{libraries}/modules/"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "rtimer.so"
loadmodule "uac.so"
modparam("uac", "restore_mode", "none")
modparam("rtimer", "timer", "name=once;interval=1;mode=1;")
modparam("rtimer", "exec", "timer=once;route=NOTIFY")
request_route {{ exit; }}
route[NOTIFY] {{
    $uac_req(method) = "NOTIFY";
    $uac_req(ruri) = "sip:alice@{self.target};transport={self.transport}";
    $uac_req(furi) = "sip:pbx@{self.host}";
    $uac_req(turi) = "sip:alice@{self.target}";
    $uac_req(hdrs) = "Event: {self.event}\\r\\n";
    $uac_req(auser) = "alice";
    $uac_req(apasswd) = "hush7";
    $uac_req(evroute) = 1;
    uac_req_send();
}}
event_route[uac:reply] {{ xlog("L_ERR", "answer $uac_req(evcode)\\n"); }}
""")
        return ["env", f"LD_LIBRARY_PATH={libraries}:{os.path.dirname(libraries)}", self.program,
                "-DD", "-E", "-f", self.path("config"), "-Y", self.folder,
                "-P", self.path("pid"), "-w", self.folder, "-m", "16", "-M", "4"]


@unittest.skipUnless(sip_phone.has_sip(), "built without libosip2")
class SipPeersTest(sip_phone.SipCase):
    def sipp(self, event, *args, password="hush7", code=200, target=None,
             host="127.0.0.1"):
        """Let sipp send it, without and then with credentials; `code` is the last answer."""
        more, body = EVENTS[event]
        message = NOTIFY.format(event=event, more="{more}" + more, body=body)
        proof = f"[authentication username=alice password={password}]\n"
        path = os.path.join(self.root, "scenario.xml")
        with open(path, "w", encoding="ascii") as file:
            file.write(SCENARIO.format(first=message.format(more=""), code=code,
                                       second=message.format(more=proof)))
        target = target or self.address
        done = subprocess.run(
            ["sipp", "-sf", path, target, "-i", host, "-auth_uri", f"alice@{target}",
             "-nostdin", "-timeout", "20", "-recv_timeout", "10000", *args],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def setUp(self):
        super().setUp()
        try:
            peers.find_program("sipp", ())
        except peers.PeerMissing as missing:
            self.skipTest(str(missing))

    def test_sipp_sends_each_event(self):
        self.start(Outbound_Proxy_1_="127.0.2.1")
        # An address has one wrong attempt before it has to wait; by TCP there is one more address.
        self.sipp("resync", "-t", "t1", "-m", "1", password="nope", code=401, host="127.0.2.1")
        for number, event in enumerate(EVENTS, start=2):
            self.sipp(event, "-t", "u1", "-m", "1", password="nope", code=401,
                      host=f"127.0.2.{number}")
            for transport in ["u1", "t1"]:
                with self.subTest(event=event, transport=transport):
                    self.sipp(event, "-t", transport, "-m", "1")
        self.control.close()  # reboots have ended it
        self.control.connect()
        sip = {event["code"] for event in self.end().events("sip")}  # not all: there are many
        self.assertLessEqual(sip, {200, 401, 405})

    def test_sipp_over_bad_lines(self):
        self.start()
        for line in [{"piece": 7}, {"piece": 300}, {"n_joined": 4}]:
            with self.subTest(line=line):
                relay = Relay(self.address, **line)
                self.addCleanup(relay.close)
                self.sipp("resync", "-t", "t1", "-m", "4", "-l", "4", "-r", "1000",
                          target=f"127.0.0.1:{relay.port}")
        self.settle()
        self.end()

    def test_kamailio_sends_one(self):
        self.start()
        for transport in ["udp", "tcp"]:
            with self.subTest(transport=transport):
                server = self.serve(Kamailio(self.address, transport, "check-sync;reboot=false"))
                done = self.wait_for("resync")
                self.assertEqual((done["cause"], done["outcome"] != "failed"), ("sip", True))
                self.assertIn("answer 200", server.wait_for_log("answer 200"))
                server.stop()
        self.settle()
        self.end()


if __name__ == "__main__":
    peers.run_tests(phone.PROGRAM)
