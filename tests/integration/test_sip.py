#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The SIP door of provision-phone: NOTIFY over UDP and TCP, good, refused and hostile."""

import contextlib
import json
import os
import socket
import tempfile
import time
import unittest

import peers
import phone
import sip_client
import sip_phone

XML_TYPE = ("Content-Type", "application/xml")
TRANSPORTS = ["udp", "tcp"]
N_PHONES = 20 if "ASAN_OPTIONS" in os.environ else 100

# Answers to the messages of the corpus; 0: none. All others are read and challenged.
TORTURE = {
    0: """ack angles-around-uri binary blank-behind-first-line blank-in-address blank-in-uri
          blanks-in-first-line colons-in-brackets empty-lines half-a-line http line-feeds no-end
          no-via nothing nul-in-header nul-in-value odd-display-name open-quote other-scheme
          port-too-large response response-with-large-code separators twice-everything
          twice-from""",
    200: "options",
    400: """escaped-nul length-huge length-negative length-too-large length-twice
            length-twice-alike method-of-cseq no-call-id no-cseq no-from no-tag no-to
            numbers-too-large two-events unknown-method-of-cseq""",
    404: "semicolon-in-user",
    415: "encoded-body",
    416: "tel unknown-scheme",
    420: "required-extension",
    481: "cancel",
    489: "event-in-8-bit",
    501: "escaped-method odd-method",
    505: "version-7",
}


@unittest.skipUnless(sip_phone.has_sip(), "built without libosip2")
class SipTest(sip_phone.SipCase):
    def test_events_are_obeyed(self):
        self.start()
        for transport in TRANSPORTS:
            client = self.client(transport)
            for event in ["resync", "check-sync", "check-sync;reboot=false", " resync  "]:
                with self.subTest(transport=transport, event=event):
                    answer = client.prove(event=event)
                    self.assertEqual(answer.code, 200, answer.text)
                    done = self.wait_for("resync")
                    self.assertEqual((done["cause"], done["outcome"] != "failed"), ("sip", True))
            self.assertEqual(client.prove(event="report").code, 200)
            self.wait_for("result", job="report", outcome="applied")
        self.assertEqual(self.control.do("get GPP_A")["value"], "new")
        run = self.end()
        sip = [event for event in run.events("sip") if event.get("code") == 200]
        self.assertEqual({event["name"] for event in sip},
                         {"resync", "check-sync", "check-sync;reboot=false", "report"})

    def test_reboots(self):
        self.start()
        client = self.client()
        for event in ["check-sync;reboot=true", "reboot", "reboot=true"]:
            with self.subTest(event=event):
                self.control.do("call")
                self.assertEqual(client.prove(event=event).code, 200)
                self.assertEqual(self.control.job("reboot")["waits_for"], "lines")
                self.control.do("hangup")
                self.expect_reboot()
        for event in ["reboot_now", "restart_now"]:
            with self.subTest(event=event):
                self.control.do("call")
                self.assertEqual(client.prove(event=event).code, 200)
                self.expect_reboot()
                self.assertFalse(self.control.do("status")["has_call"])
        self.end()

    def test_factory_reset_needs_a_login(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client()
        self.control.do("set GPP_B=mine")
        self.assertEqual(client.ask(event="factory-reset").code, 401)
        self.check_idle(client)
        self.assertEqual(client.prove(event="factory-reset").code, 200)
        self.expect_reboot()
        self.assertFalse(self.control.do("get GPP_B").get("is_set"))
        self.assertEqual(client.ask(event="resync").code, 404)  # the line is gone
        self.end()

    def test_logins(self):
        self.start(User_ID_2_="bob", Password_2_="hush8", Proxy_2_="127.0.0.1",
                   Outbound_Proxy_1_="127.0.1.4")
        # Each has one attempt before it has to wait, and by TCP proxies alone are answered.
        attempts = [("udp", "127.0.1.1", "alice", "wrong"), ("udp", "127.0.1.2", "bob", "hush7"),
                    ("udp", "127.0.1.3", "alice", "hush8"), ("tcp", "127.0.1.4", "bob", "hush8")]
        for transport, host, name, password in attempts:
            answer = self.client(transport, host=host).prove(event="resync", name=name,
                                                             password=password)
            self.assertEqual(answer.code, 401)
            self.assertNotIn("stale", answer.text)
        for transport in TRANSPORTS:
            client = self.client(transport)
            refused = client.ask(event="resync")
            self.assertEqual(refused.code, 401)
            self.assertEqual([challenge["algorithm"] for challenge in refused.challenges()],
                             ["MD5", "SHA-256"])
            self.assertEqual({challenge["realm"] for challenge in refused.challenges()},
                             {"127.0.0.1"})
            self.check_idle(client)
            for algorithm in ["MD5", "SHA-256"]:
                answer = client.prove(event="resync", algorithm=algorithm)
                self.assertEqual(answer.code, 200, answer.text)
                self.wait_for("resync")
            self.assertEqual(client.prove(event="resync", user="bob", password="hush8").code, 200)
            self.wait_for("resync")
        self.assertEqual(client.ask(event="resync", user="carol").code, 404)
        self.end()

    def test_wrong_passwords_delay_the_next_of_this_address(self):
        self.start()
        guesser, other = self.client(host="127.0.0.2"), self.client()
        self.assertEqual(guesser.prove(event="resync", password="wrong").code, 401)
        first = time.monotonic()
        for password in ["wrong", "hush7"]:
            answer = guesser.prove(event="resync", password=password)
            self.assertEqual((answer.code, answer.field("Retry-After")), (503, "1"))
            self.assertIn("wrong passwords came from this address", answer.field("Warning"))
        self.check_idle(other)
        self.assertEqual(other.prove(event="resync").code, 200)
        self.wait_for("resync")
        while (answer := guesser.prove(event="resync")).code == 503:
            time.sleep(0.05)
        self.assertEqual(answer.code, 200)
        self.assertGreater(time.monotonic() - first, 0.8)
        self.assertEqual(guesser.prove(event="report", password="wrong").code, 401)
        self.assertEqual(guesser.prove(event="report").field("Retry-After"), "1")  # begins again
        self.end()

    def test_nonce_is_good_once(self):
        self.start()
        client = self.client()
        challenge = client.ask(event="resync").challenges()[0]
        proof = sip_client.digest("NOTIFY", f"sip:alice@{self.address}", challenge, "alice", "hush7")
        fields = [("Authorization", proof)]
        self.assertEqual(client.ask(event="resync", fields=fields).code, 200)
        self.wait_for("resync")
        again = client.ask(event="resync", fields=fields)
        self.assertEqual((again.code, again.challenges()[0]["stale"]), (401, "true"))
        self.check_idle(client)
        self.end()

    def test_without_logins(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client()
        for event in ["resync", "report", "check-sync"]:
            self.assertEqual(client.ask(event=event).code, 200)
            self.wait_for("result", job="report" if event == "report" else "resync")
        self.end()

    def test_settings_refuse(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No", "Resync_From_SIP": "No"})
        client = self.client()
        answer = client.ask(event="resync")
        self.assertEqual(answer.code, 403)
        self.assertIn("Resync_From_SIP is No", answer.field("Warning"))
        self.check_idle(client)
        self.assertEqual(client.ask(event="report").code, 200)
        self.wait_for("result", job="report")
        self.control.do("set Resync_From_SIP=Yes")
        self.control.do("set Provision_Enable=No")
        self.assertEqual(client.ask(event="resync").code, 403)
        self.check_idle(client)
        self.end()

    def test_other_events_and_methods(self):
        self.start()
        client = self.client()
        for event in ["message-summary", "talk", "hold", "RESYNC", "resyncs", None, ""]:
            with self.subTest(event=event):
                answer = client.ask(event=event)
                self.assertEqual(answer.code, 489, answer.text)
                self.assertIn("check-sync", answer.field("Allow-Events"))
        for method, code in [("INVITE", 405), ("REGISTER", 405), ("SUBSCRIBE", 405),
                             ("MESSAGE", 405), ("BREW", 501), ("CANCEL", 481)]:
            self.assertEqual(client.ask(method).code, code, method)
        options = client.ask("OPTIONS", user="anyone")
        self.assertEqual(options.code, 200)
        self.assertEqual(options.field("Allow"), "NOTIFY, OPTIONS")
        client.send(client.message("ACK"))
        client.send(client.message(event="resync").replace(b"NOTIFY sip:", b"SIP/2.0 200 OK\r\nX:"))
        self.check_idle(client)
        self.end()

    def test_what_servers_send(self):
        """FreeSWITCH, FusionPBX, Asterisk and Wazo, as in their sources."""
        summary = [("Content-Type", "application/simple-message-summary"),
                   ("Subscription-State", "terminated;reason=noresource")]
        text = [("Content-Type", "text/plain")]
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client()
        for sender, fields, event, body, job in [
            ("Asterisk cisco-check-cfg", [("Contact", "<sip:asterisk@127.0.0.1:5060>")],
             "check-sync", "", "resync"),
            ("Asterisk sipura-check-cfg", [], "resync", "", "resync"),
            ("Asterisk sipura-get-report", [], "report", "", "report"),
            ("FusionPBX check-sync", summary, "check-sync", "", "resync"),
            ("FusionPBX reboot", summary, "reboot=true", "", "reboot"),
            ("FreeSWITCH SPA8000", [], "check-sync", "", "resync"),
            ("FreeSWITCH spa", [], "reboot", "", "reboot"),
            ("FreeSWITCH cisco", text, "service-control",
             "action=restart\nRegisterCallId={}\nConfigVersionStamp={0}\n", "resync"),
            ("FreeSWITCH cisco reset", text, "service-control", "action=reset\n", "reboot"),
            ("Wazo", [("Subscription-State", "active")], "check-sync", "", "resync"),
        ]:
            with self.subTest(sender=sender):
                self.assertEqual(client.ask(event=event, fields=fields, body=body).code, 200)
                if job == "reboot":
                    self.expect_reboot()
                else:
                    self.wait_for("result", job=job)
        self.settle()
        other = client.ask(event="service-control", fields=text, body="action=check-version\n")
        self.assertEqual(other.code, 200)
        self.check_idle(client)
        self.end()

    def test_cisco_xml(self):
        item = '<CP-8841-3PCCExecute><ExecuteItem URL={}/></CP-8841-3PCCExecute>'
        self.start()
        client = self.client("tcp")
        for url, rule in [(f'"Resync:{self.url}/p.xml?x&amp;y"', "rule on request"),
                          (f"Resync:{self.url}/p.xml", "rule on request"),
                          ('"Resync:"', "Profile_Rule")]:
            with self.subTest(url=url):
                answer = client.prove(event="XML-Service", fields=[XML_TYPE], body=item.format(url))
                self.assertEqual(answer.code, 200, answer.text)
                done = self.wait_for("result", job="resync")
                self.assertEqual(done["rule"], rule)
        self.settle()
        for body in ["", "nonsense", "<CiscoIPPhoneText/>", item.format('""') * 2]:
            with self.subTest(body=body):
                answer = client.prove(event="XML-Service", fields=[XML_TYPE], body=body)
                self.assertGreaterEqual(answer.code, 400)
        self.check_idle(client)
        self.end()

    def test_refused_items_are_not_answered_with_200(self):
        item = '<ExecuteItem URL="{}" Priority="{}"/>'
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client()
        self.control.do("call")
        for items, code, words in [
            ([("Key:Mute", 0)], "404 Not Found", "not on this phone"),
            ([("Key:Mute", 0), ("Upgrade:x", 0)], "404 Not Found", "not on this phone"),
            ([("Upgrade:x", 0), ("Key:Mute", 0)], "403 Forbidden", "no URI Upgrade:"),
            ([("Dial:100", 0), ("Upgrade:x", 0)], "403 Forbidden", "no URI Upgrade:"),
            ([("Dial:100", 2)], "486 Busy Here", "Priority is 2"),
            ([("Dial:100", 0)], "200 OK", None),
        ]:
            with self.subTest(items=items):
                body = "".join(item.format(*each) for each in items)
                answer = client.ask(event="XML-Service", fields=[XML_TYPE],
                                    body=f"<CiscoIPPhoneExecute>{body}</CiscoIPPhoneExecute>")
                self.assertEqual(f"{answer.code} {answer.reason}", code)
                if words:
                    self.assertIn(words, answer.field("Warning"))
        self.end()

    def test_faults_are_reported_with_their_place(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client()
        malformed = '<CiscoIPPhoneExecute>\n<ExecuteItem URL="Resync:" x/></CiscoIPPhoneExecute>'
        cases = [("XML-Service", malformed, 400, "input:2:"), ("talk", "", 489, "found talk"),
                 ("factory-reset", "", 401, "a factory reset needs a login"),
                 ("check-sync;reboot=", "", 400, "expected ;NAME=VALUE after the event check-sync")]
        for event, body, code, _ in cases:
            self.assertEqual(client.ask(event=event, body=body).code, code, event)
        found = {event["name"]: event["message"] for event in self.end().events("sip")}
        for event, _, _, words in cases:
            self.assertIn(words, found[event])
            self.assertNotIn("[PROV_OK]", found[event])

    def test_a_sender_is_no_server_of_stored_rules(self):
        item = '<CP-8841-3PCCExecute><ExecuteItem URL="Resync:{}"/></CP-8841-3PCCExecute>'
        self.start(**{"Auth_Resync-Reboot_1_": "No", "Profile_Rule": "/p.xml"})
        client = self.client()
        for event, body, words in [
            ("resync", "", "no server"),
            ("XML-Service", item.format(""), "no server"),
            ("XML-Service", item.format("/p.xml"), "nothing listens on UDP port 69 of 127.0.0.1"),
        ]:
            with self.subTest(event=event, body=body):
                self.assertEqual(client.ask(event=event, fields=[XML_TYPE], body=body).code, 200)
                done = self.wait_for("result", job="resync", outcome="failed")
                self.assertIn(words, str(done["error"]))
        self.end()

    def test_a_call_delays_and_a_storm_is_coalesced(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client()
        self.control.do("call")
        for _ in range(50):
            self.assertEqual(client.ask(event="resync").code, 200)
        self.assertEqual(self.control.job("resync")["waits_for"], "lines")
        self.control.do("hangup")
        self.wait_for("resync")
        self.check_idle(client)
        client.send(b"".join([]) or client.message(event="resync"))
        for _ in range(49):
            client.send(client.message(event="resync"))
        self.assertEqual({client.receive().code for _ in range(50)}, {200})
        self.wait_for("resync")
        while self.control.do("status")["is_busy"]:
            pass
        n = 1 + sum(event["event"] == "resync" for event in self.control.events)
        self.assertLessEqual(n, 2)
        run = self.end()
        self.assertLess(len(run.events("sip")), 100 + 20)  # a storm does not fill the log

    def test_strangers_get_no_answer(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No", "Block_Nonproxy_SIP": "Yes"})
        stranger, proxy = self.client(host="127.0.0.2"), self.client()
        for client in [stranger, self.client("tcp", host="127.0.0.2")]:
            for message in [dict(event="resync"), dict(event="nonsense"), dict(method="OPTIONS"),
                            dict(event="resync", user="nobody"), dict(method="INVITE"),
                            dict(event="resync", CSeq="1 OPTIONS"), dict(method="CANCEL"),
                            dict(event="resync", uri="tel:123")]:
                client.send(client.message(**message))
            self.assertEqual(proxy.ask(event="resync").code, 200)
            self.wait_for("resync")
            client.socket.settimeout(0)
            with self.assertRaises(BlockingIOError):
                client.receive()
        self.assertEqual(proxy.ask(event="resync", user="nobody").code, 404)
        self.end()

    def test_escapes_that_are_not_needed(self):
        self.start()
        client = self.client()
        for user in ["%61lice", "al%69ce", "alice"]:
            answer = client.prove(event="resync", user=user, name="alice")
            self.assertEqual(answer.code, 200, answer.text)
            self.wait_for("resync")
        self.end()

    def test_retransmissions_are_answered_alike(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client()
        message = client.message(event="resync")
        client.send(message)
        first = client.receive().text
        self.wait_for("resync")
        for _ in range(3):
            client.send(message)
            self.assertEqual(client.receive().text, first)
        self.check_idle(client)
        stranger = self.client(host="127.0.0.2")
        stranger.send(message)
        self.assertNotEqual(stranger.receive().text, first)
        self.wait_for("resync")
        self.end()

    def test_answers_find_their_way(self):
        self.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            other.settimeout(sip_client.TIMEOUT_S)
            port = other.getsockname()[1]
            client = self.client()
            client.send(client.message(
                "OPTIONS", Via=f"SIP/2.0/UDP phones.example:{port};branch=z9hG4bK1"))
            via = sip_client.Answer(other.recv(65536).decode()).field("Via")
            self.assertIn("received=127.0.0.1", via)
            self.assertNotIn("rport", via)
        answer = client.ask("OPTIONS", Via="SIP/2.0/UDP 192.0.2.1:9;rport;branch=z9hG4bK2;received=1",
                            fields=[("Via", "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK3")])
        own = client.socket.getsockname()[1]
        self.assertIn(f"received=127.0.0.1;rport={own}", answer.field("Via"))
        self.assertEqual(len(answer.fields["via"]), 2)
        self.assertEqual(answer.fields["via"][1], "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK3")
        self.assertIn(";tag=", answer.field("To"))
        self.end()

    def test_ipv6(self):
        with contextlib.closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as sender:
            try:
                sender.bind(("::1", 0))
            except OSError:
                self.skipTest("no IPv6 here")
            self.start("--sip", "[::1]:0", **{"Auth_Resync-Reboot_1_": "No", "Proxy_1_": "[::1]:5060",
                                              "Block_Nonproxy_SIP": "Yes"})
            host, _, port = self.address.rpartition(":")
            self.assertEqual(host, "[::1]")
            sender.settimeout(sip_client.TIMEOUT_S)
            message = (f"NOTIFY sip:alice@{self.address} SIP/2.0\r\nVia: SIP/2.0/UDP [::1];rport;"
                       "branch=z9hG4bK1\r\nFrom: <sip:pbx@[::1]>;tag=1\r\nTo: <sip:alice@[::1]>\r\n"
                       "Call-ID: 1\r\nCSeq: 1 NOTIFY\r\nEvent: resync\r\n\r\n")
            sender.sendto(message.encode(), ("::1", int(port)))
            answer = sip_client.Answer(sender.recv(65536).decode())
            self.assertEqual(answer.code, 200, answer.text)
            own = sender.getsockname()[1]
            self.assertIn(f"received=::1;rport={own}", answer.field("Via"))
        self.wait_for("resync")
        self.end()

    def test_streams_are_divided_into_messages(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        client = self.client("tcp")
        two = client.message(event="report") + b"\r\n\r\n" + client.message("OPTIONS", body="x" * 99)
        for size in [len(two), 1, 7, 400]:
            with self.subTest(size=size):
                client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(two), size):
                    client.send(two[at:at + size])
                self.assertEqual([client.receive().code for _ in range(2)], [200, 200])
                two = client.message(event="report") + client.message("OPTIONS", body="\r\n\r\n")
        self.end()

    def test_limits(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        for data, codes in [
            (self.client().message("OPTIONS", body=b"x" * 64000), [200]),
            (self.client().message("OPTIONS", Content_Length="70000"), [413]),
            (self.client().message("OPTIONS", Content_Length=None), [400]),
            (self.client().message("OPTIONS", Content_Length="-1"), [400]),
            (self.client().message("OPTIONS", Content_Length="0x10"), [400]),
            (self.client().message("OPTIONS", fields=[("X", "y" * 70000)]), []),
            (b"\r\n" * 40000 + self.client().message("OPTIONS"), [200]),
            (self.client().message("OPTIONS", fields=[("X", "y")] * 900), [200]),
            *((self.client().message("OPTIONS", fields=fields), [])
              for fields in [[("X", "y")] * 1100, [("Allow", "BYE," * 1100 + "BYE")],
                             [("Contact", "<sip:a@b>" + ";c" * 1100)], [("X", "y\rX:y" * 1100)]]),
            (b"GET / HTTP/1.1\r\n\r\n", []),
        ]:
            with self.subTest(data=data[:40], codes=codes):
                client = self.client("tcp")
                with contextlib.suppress(ConnectionError):
                    client.send(data)
                found = []
                for _ in codes or [0]:
                    answer = client.receive()
                    found += [answer.code] if answer else []
                self.assertEqual(found, codes)
                if codes != [200]:
                    self.assertIsNone(client.receive())
        self.assertEqual(self.client().ask("OPTIONS").code, 200)
        found = " ".join(event.get("message", "") for event in self.end().events("sip"))
        self.assertIn("expected at most 1000 fields, values and parameters", found)

    def test_more_connections_than_there_are_places(self):
        self.start(**{"Auth_Resync-Reboot_1_": "No"})
        crowd = [self.client("tcp") for _ in range(40)]
        for client in crowd:
            client.send(client.message("OPTIONS"))
        codes = [client.receive().code for client in crowd]
        self.assertEqual(codes, [200] * 40)
        self.end()

    def test_a_hundred_phones_resync_on_notify(self):
        n = N_PHONES
        in_memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # not to wait for a disk
        stores = self.own.enter_context(tempfile.TemporaryDirectory(dir=in_memory))
        self.write("rule.xml", sip_phone.PROFILE)
        sets = {**sip_phone.QUIET, **sip_phone.LINE, "Proxy_1_": "", "Auth_Resync-Reboot_1_": "No",
                "Profile_Rule": f"{self.url}/rule.xml?$MA"}
        process = self.phone.start("--phones", str(n), "--mac", "000e08000001", "--store", stores,
                                   "--json", "--sip", "127.0.2.1:0", sets=sets)
        self.addCleanup(process.kill)
        addresses, ended, read = {}, {}, ""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for line in process.stdout:
                read += line
                event = json.loads(line)
                if event["event"] == "listening":
                    addresses[event["mac"]] = event["address"]
                if event["event"] == "listening" and len(addresses) == n:
                    start = time.monotonic()
                    for address in addresses.values():
                        self.notify(sender, address)
                if event["event"] == "resync":
                    ended[event["mac"]] = event["outcome"]
                if len(ended) == n:
                    break
        print(f"{n} phones have resynced {time.monotonic() - start:.2f} s after the first NOTIFY")
        process.terminate()
        run = self.phone.finish(process, read)
        self.assertEqual((run.status, run.err), (0, ""))
        self.assertEqual(ended, dict.fromkeys((f"000e08{i:06x}" for i in range(1, n + 1)), "applied"))
        self.assertEqual({address.rpartition(":")[0] for address in addresses.values()},
                         {f"127.0.2.{i}" for i in range(1, n + 1)})
        self.assertEqual(sum(name.endswith(".xml") for name in os.listdir(stores)), n)

    def notify(self, sender, address):
        """Without waiting for the answer."""
        host, _, port = address.rpartition(":")
        with sip_client.Client(address) as client:
            sender.sendto(client.message(event="resync"), (host, int(port)))

    def test_torture(self):
        """Messages of our own, of the kinds of RFC 4475; the corpus of the fuzz target has them."""
        self.start()
        folder = os.path.join(os.environ["PROV_SOURCE_ROOT"], "tests", "fuzz", "corpus", "sip")
        codes = {name: code for code, names in TORTURE.items() for name in names.split()}
        for i, name in enumerate(sorted(os.listdir(folder)), start=1):
            client = self.client(host=f"127.0.3.{i}")  # of its own, as some have wrong passwords
            with self.subTest(name=name), open(os.path.join(folder, name), "rb") as file:
                client.send(file.read())
                number = next(sip_client.NUMBERS)
                client.send(client.message("OPTIONS", number=number))
                answer = client.receive()
                code = 0
                if f"z9hG4bK-{number};" not in answer.field("Via") + ";":
                    code = answer.code
                    self.assertEqual(client.receive().code, 200)
                self.assertEqual(code, codes.get(name, 401), answer.text)
                self.assertNotIn("x-evil", answer.fields)
        self.check_idle(client)
        self.end()

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def test_a_storm_of_strangers(self):
        self.start()
        client = self.client()
        message = client.message(event="resync")
        before = None
        for round_number in range(4):
            for i in range(1000):
                client.send(message.replace(b"Call-ID: ", f"Call-ID: {round_number}-{i}-".encode()))
            client.send(client.message("OPTIONS", number=10**6 + round_number))
            while client.receive().field("CSeq") != f"{10**6 + round_number} OPTIONS":
                client.send(client.message("OPTIONS", number=10**6 + round_number))
            before = before or self.resident_kib()
        if "ASAN_OPTIONS" not in os.environ:
            self.assertLess(self.resident_kib() - before, 1024)
        self.settle()
        self.check_idle(self.client())
        self.end()

    def test_unfinished_messages_leave_room(self):
        self.start()
        slow = [self.client("tcp") for _ in range(15)]
        for client in slow:
            client.send(b"NOTIFY sip:alice")
        self.assertEqual(self.client("tcp").ask("OPTIONS").code, 200)
        self.assertEqual(self.client().ask("OPTIONS").code, 200)
        slow[3].send(slow[3].message("OPTIONS").partition(b"OPTIONS sip:alice")[2])
        self.assertEqual(slow[3].receive().code, 400)  # the method of CSeq is another one
        self.end()

    def test_address_in_use_is_reported(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            run = self.phone.run("--sip", str(port))
        self.assertEqual(run.status, 3)
        self.assertIn(f"--sip: expected an address and a port to listen at, found 127.0.0.1:{port}",
                      run.err)
        for argument in ["x", "1.2.3.4", "1.2.3.4:x", "name:5060", "70000"]:
            self.assertEqual(self.phone.run("--sip", argument).status, 2)


if __name__ == "__main__":
    peers.run_tests(phone.PROGRAM)
