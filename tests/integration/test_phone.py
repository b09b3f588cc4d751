#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""provision-phone against real servers: what it fetches, what it says, what it leaves behind."""

import contextlib
import gzip
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import peers
import phone
import secured

KEY = "MyOwnSecret-4711"
WRONG_KEY = "AnotherSecret-4712"
PASSWORD = "UserSecret-4713"
INSIDE = "DecryptedSecret-4714"

PLAIN = b"""<flat-profile>
<GPP_A> new </GPP_A>
<GPP_B>newer</GPP_B>
</flat-profile>
"""
SECRETS_INSIDE = f"""<flat-profile>
<GPP_SA>{KEY}</GPP_SA>
<Admin_Password>{PASSWORD}</Admin_Password>
<LDAP_Password>{PASSWORD}</LDAP_Password>
<Profile_Rule_B>[--key {KEY} --uid u --pwd {PASSWORD}] http://127.0.0.1:1/b</Profile_Rule_B>
<Profile_Rule_C>http://u:{PASSWORD}@127.0.0.1:1/c</Profile_Rule_C>
<Resync_Periodic>every {PASSWORD}</Resync_Periodic>
</flat-profile>
""".encode()
HTML = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>First log in.</body></html>"

# Name of a file, whether its rule has --key, encodings found in it.
GOOD = [
    ("plain.xml", False, []),
    ("plain.xml.gz", False, ["gzip"]),
    ("plain.cfg", True, ["aes-256-cbc"]),
    ("plain.gz.cfg", True, ["aes-256-cbc", "gzip"]),
]

# Name of a file, option before its URL, status of the failure. Whatever is wrong with a content,
# the log server hears the same of it.
BAD_CONTENT = [
    ("cut.xml", "", "PROV_E_TRUNCATED"),
    ("cut.xml.gz", "", "PROV_E_TRUNCATED"),
    ("cut-at-block.cfg", f"[--key {KEY}] ", "PROV_E_CORRUPT"),
    ("cut-in-block.cfg", f"[--key {KEY}] ", "PROV_E_TRUNCATED"),
    ("plain.cfg", f"[--key {WRONG_KEY}] ", "PROV_E_KEY"),
    ("plain.gz.cfg", f"[--key {WRONG_KEY}] ", "PROV_E_KEY"),
    ("plain.cfg", "", "PROV_E_NO_KEY"),
    ("plain.xml", f"[--key {KEY}] ", "PROV_E_NOT_ENCRYPTED"),
    ("utf16.cfg", f"[--key {KEY}] ", "PROV_E_CORRUPT"),
    ("text.cfg", f"[--key {KEY}] ", "PROV_E_CORRUPT"),
    ("page.html", "", "PROV_E_CORRUPT"),
    ("empty.xml", "", "PROV_E_CORRUPT"),
]


def encrypt(content):
    """What `openssl enc` makes of it."""
    command = ["openssl", "enc", "-aes-256-cbc", "-md", "sha256", "-k", KEY]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def make_files(root):
    packed = gzip.compress(PLAIN)
    encrypted = encrypt(PLAIN)
    files = {
        "plain.xml": PLAIN,
        "plain.xml.gz": packed,
        "plain.cfg": encrypted,
        "plain.gz.cfg": encrypt(packed),
        "cut.xml": PLAIN[:-5],
        "cut.xml.gz": packed[:-5],
        "cut-at-block.cfg": encrypted[:-16],
        "cut-in-block.cfg": encrypted[:-5],
        "utf16.cfg": encrypt(PLAIN.decode().encode("utf-16")),
        "text.cfg": encrypt(f"{INSIDE} is all that is here\n".encode()),
        "page.html": HTML,
        "empty.xml": b"",
        "secrets.xml": SECRETS_INSIDE,
    }
    for name, content in files.items():
        with open(os.path.join(root, name), "wb") as file:
            file.write(content)
    os.chmod(root, 0o755)


REFUSED = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
FOUND_ELSEWHERE = (b"HTTP/1.1 302 Go\r\nLocation: ftp://u:p@files.example/x?token=hush\r\n"
                   b"Content-Length: 0\r\n\r\n")
ODD_VALUES = b"""<flat-profile>
<Resync_At__HHmm_>3:00</Resync_At__HHmm_>
<Profile_Rule_C>http://h.example/{{mac}}.xml</Profile_Rule_C>
<User_ID>3001</User_ID>
<GPP_A uaa="na">1</GPP_A>
<?php include("lines.php"); ?>
{% if lines %}
</flat-profile>
"""

# Response of the server (None: nothing listens), the text before its URL, the messages.
HINTS = [
    (None, "", ["nothing listens at 127.0.0.1:", "check that something runs at that address"]),
    (REFUSED, "", ["HTTP 503 from 127.0.0.1:", "check the log of the server or proxy that answered"]),
    (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "",
     ["no such file at 127.0.0.1:", "upper and lower case too"]),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "",
     ["response is not HTTP", "it starts with 'SSH-2.0-OpenSSH_9.2'",
      "check that this port is the right one"]),
    (b"", "", ["connection closed without a response", "does this port speak https?"]),
    (FOUND_ELSEWHERE, "", ["redirect to ftp://files.example, which is no http or https URL",
                           "check where the server sends its clients"]),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + PLAIN[:40], "",
     ["40 of 99 bytes", "the Content-Length it announces"]),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + PLAIN[:40], "",
     ["all 40 bytes announced came"]),
    (b"HTTP/1.1 200 OK\r\n\r\n" + PLAIN, "[--key k] ",
     ["expected Salted__, found XML", "encrypt the file, or remove --key from the rule"]),
    (b"HTTP/1.1 200 OK\r\n\r\nSalted__12345678" + bytes(32), "[--key $SE] ",
     ["another -iter or mode looks like a wrong key", "compare it with the key",
      "the rule as written, column 8: unknown macro"]),
    (b"HTTP/1.1 200 OK\r\n\r\n<d/>", "[--alias d] ", ["GPP_D, the map of --alias, is empty"]),
]


class StubServer:
    """An HTTP server for answers no real one gives: sends `answer`, then closes or falls silent."""

    def __init__(self, answer, is_silent=False):
        self.answer = answer
        self.is_silent = is_silent
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/profile.xml"

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        with contextlib.suppress(OSError):
            client, _ = self.socket.accept()
            with client:
                client.recv(65536)
                client.sendall(self.answer)
                if self.is_silent:
                    client.recv(65536)


def partial_answer():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PLAIN)
    return head + PLAIN[: len(PLAIN) // 2]


class PhoneTest(unittest.TestCase):
    """Servers are started once; each test has a phone of its own."""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.work = cls.stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(cls.work, 0o755)
        cls.root = os.path.join(cls.work, "root")
        os.mkdir(cls.root)
        make_files(cls.root)
        cls.urls = {}
        for name, make in peers.PEERS.items():
            with contextlib.suppress(peers.PeerMissing):
                server = cls.stack.enter_context(make(cls.root))
                scheme = "http" if isinstance(server, peers.HttpPeer) else "tftp"
                cls.urls[name] = f"{scheme}://{server.host}:{server.port}"
        cls.without_server = cls.start_without_server()

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    @classmethod
    def start_without_server(cls):
        """A TFTP server that is not there is known by its silence only: ask early, listen late."""
        a_phone = cls.make_phone(cls.stack)
        before = a_phone.fingerprint()
        url = f"tftp://127.0.0.1:{peers.free_port(socket.SOCK_DGRAM)}/plain.xml"
        process = a_phone.start("--once", "--json", "--resync", url)
        cls.stack.callback(process.kill)
        return a_phone, process, url, before

    @classmethod
    def make_phone(cls, stack):
        made = stack.enter_context(phone.Phone(tempfile.mkdtemp(dir=cls.work)))
        for secret in [KEY, WRONG_KEY, PASSWORD, INSIDE]:
            made.plant(secret)
        log_server = f"{made.sink.host}:{made.sink.port}"
        made.run("--show", "GPP_A", "--syslog", log_server, sets={"GPP_A": "old"})
        return made

    def setUp(self):
        if not self.urls:
            self.skipTest("no server is installed")
        self.any_url = next(iter(self.urls.values()))
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.phone = self.make_phone(self.own)

    def check_good(self, run, url, encodings):
        self.assertEqual(run.status, 0, run.err)
        result = run.result()
        self.assertEqual(result["outcome"], "applied")
        self.assertEqual(result.get("encodings", []), encodings)
        self.assertEqual((result["n_params"], result["n_changed"]), (2, 2))
        self.assertEqual(run.messages(), [
            (134, f"{phone.NAME} Requesting resync {url}"),
            (134, f"{phone.NAME} Successful resync {url}"),
        ])

    def check_failed(self, run, url, status, err_text):
        self.assertEqual(run.status, 1, run.err)
        result = run.result()
        self.assertEqual(result["outcome"], "failed")
        self.assertEqual(result["error"]["status"], status)
        self.assertEqual(run.messages(), [
            (134, f"{phone.NAME} Requesting resync {url}"),
            (131, f"{phone.NAME} Resync failed: {err_text}"),
        ])

    def test_good_files_from_every_server(self):
        for server, url in self.urls.items():
            for name, has_key, encodings in GOOD:
                with self.subTest(server=server, file=name):
                    self.phone.run("--show", "GPP_A", sets={"GPP_A": "old", "GPP_B": ""})
                    key = f"[--key {KEY}] " if has_key else ""
                    run = self.phone.resync(f"{key}{url}/{name}")
                    self.check_good(run, f"{url}/{name}", encodings)
                    changes = run.events("changed")
                    self.assertEqual(
                        [(c["name"], c["old_value"], c["new_value"]) for c in changes],
                        [("GPP_A", "old", "new"), ("GPP_B", "", "newer")],
                    )
                    self.assertEqual(self.phone.value("GPP_A"), "new")

    def check_nothing_happened(self, rule, url, status, err_text):
        before = self.phone.fingerprint()
        self.check_failed(self.phone.resync(rule), url, status, err_text)
        self.assertEqual(self.phone.fingerprint(), before)

    def test_bad_contents_from_every_server(self):
        for server, url in self.urls.items():
            for name, options, status in BAD_CONTENT:
                with self.subTest(server=server, file=name, options=options):
                    self.check_nothing_happened(
                        f"{options}{url}/{name}", f"{url}/{name}", status, "corrupt file"
                    )

    def fetch(self, rule, *args):
        path = os.path.join(self.phone.folder, "book")
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        log_server = f"{self.phone.sink.host}:{self.phone.sink.port}"
        run = self.phone.run("--fetch", rule, "--output", path, "--json", "--syslog", log_server,
                             *args)
        if not os.path.exists(path):
            return run, None
        with open(path, "rb") as file:
            return run, file.read()

    def test_files_are_fetched_as_they_are_sent(self):
        with contextlib.ExitStack() as stack:
            urls = dict(self.urls)
            ca = []
            with contextlib.suppress(peers.PeerMissing):
                server = stack.enter_context(secured.SecuredNginx(self.root))
                urls["nginx, HTTPS"] = server.tls_url
                ca = ["--ca", server.ca]
            for server, url in urls.items():
                for name in ["plain.xml.gz", "page.html", "empty.xml"]:
                    with self.subTest(server=server, file=name):
                        run, content = self.fetch(f"{url}/{name}", *ca)
                        self.assertEqual(run.status, 0, run.err)
                        with open(os.path.join(self.root, name), "rb") as file:
                            self.assertEqual(content, file.read())
                        result = run.result()
                        self.assertEqual((result["rule"], result["fetch"]), ("fetch", 1))
                        shown = url.replace("localhost", "127.0.0.1")
                        self.assertEqual(run.messages()[0][1],
                                         f"{phone.NAME} Starting file transfer {shown}/{name}")
            run, content = self.fetch(f"{self.any_url}/missing.xml")
            self.assertEqual((run.status, content), (1, None))
            self.assertEqual(run.result()["error"]["status"], "PROV_E_NOT_FOUND")
            if ca:
                run, content = self.fetch(urls["nginx, HTTPS"] + "/page.html")
                self.assertEqual((run.status, content), (1, None))
                self.assertEqual(run.result()["error"]["tls_reason"], "unknown-ca")
        self.assertEqual(self.phone.value("GPP_A"), "old")

    def test_missing_file(self):
        for server, url in self.urls.items():
            with self.subTest(server=server):
                self.check_nothing_happened(
                    f"{url}/missing.xml", f"{url}/missing.xml", "PROV_E_NOT_FOUND",
                    "File Not Found",
                )

    def test_missing_file_forgiven(self):
        for server, url in self.urls.items():
            with self.subTest(server=server):
                run = self.phone.resync(
                    f"{url}/missing.xml", sets={"Resync_Fails_On_FNF": "No"}
                )
                self.assertEqual(run.status, 0, run.err)
                self.assertEqual(run.result()["outcome"], "forgiven")
                self.assertEqual(run.messages()[1][0], 134)

    def test_server_down(self):
        url = f"http://127.0.0.1:{peers.free_port(socket.SOCK_STREAM)}/plain.xml"
        self.check_nothing_happened(url, url, "PROV_E_CONNECT", "http_get failed")

    def test_tftp_server_down(self):
        a_phone, process, url, before = self.without_server
        run = a_phone.finish(process)
        self.check_failed(run, url, "PROV_E_CONNECT", "tftp_get failed")
        self.assertEqual(a_phone.fingerprint(), before)

    def test_resync_has_a_limit_of_time(self):
        with StubServer(partial_answer(), is_silent=True) as server:
            run = self.phone.resync(server.url, "--resync-timeout", "1")
        self.assertEqual(run.status, 1)
        error = run.result()["error"]
        self.assertEqual(error["status"], "PROV_E_TIMEOUT")
        self.assertIn("resync_timeout_ms (1000 ms)", error["message"])

    def test_file_that_is_not_modified_is_told(self):
        class Server(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                is_known = self.headers["If-None-Match"] == '"v1"'
                self.send_response(304 if is_known else 200)
                self.send_header("ETag", '"v1"')
                if not is_known:
                    self.send_header("Content-Length", str(len(PLAIN)))
                self.end_headers()
                if not is_known:
                    self.wfile.write(PLAIN)

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Server)
        self.own.callback(server.server_close)
        self.own.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sets = {"Profile_Rule": f"http://127.0.0.1:{server.server_port}/p.xml",
                "Resync_Random_Delay": "0"}
        for word in ["applied: ", "not modified: "]:
            process = self.phone.start(sets=sets)
            said = ""
            while "resync done" not in said:
                line = process.stdout.readline()
                self.assertNotEqual(line, "", said)
                said += line
            process.terminate()
            self.phone.finish(process, said)
            self.assertIn(f"  {word}", said)

    def test_body_cut_by_the_server(self):
        with StubServer(partial_answer()) as server:
            self.check_nothing_happened(
                server.url, server.url, "PROV_E_TRUNCATED", "http_get failed"
            )

    def test_second_rule_comes_from_the_first_profile(self):
        for server, url in self.urls.items():
            with self.subTest(server=server):
                shown = re.sub(":69$", "", url)  # events leave the usual port out
                with open(os.path.join(self.root, "first.xml"), "w", encoding="ascii") as file:
                    file.write(f"<flat-profile><Profile_Rule_B>[--key $SA] {url}/plain.cfg"
                               f"</Profile_Rule_B><GPP_SA>{KEY}</GPP_SA></flat-profile>")
                a_phone = self.make_phone(self.own)
                run = a_phone.resync(sets={"Profile_Rule": f"{url}/first.xml"})
                self.assertEqual(run.status, 0, run.err)
                asked = [(event["rule"], event["url"]) for event in run.events("request")]
                self.assertEqual(asked, [("Profile_Rule", f"{shown}/first.xml"),
                                         ("Profile_Rule_B", f"{shown}/plain.cfg")])
                self.assertEqual(len(run.messages()), 4)
                self.assertEqual(a_phone.value("GPP_B"), "newer")

    def test_first_failure_ends_the_resync(self):
        run = self.phone.resync(sets={
            "Profile_Rule": f"{self.any_url}/plain.xml",
            "Profile_Rule_B": f"{self.any_url}/missing.xml",
            "Profile_Rule_C": f"{self.any_url}/plain.xml.gz",
        })
        self.assertEqual(run.status, 1)
        self.assertEqual([event["rule"] for event in run.events("request")],
                         ["Profile_Rule", "Profile_Rule_B"])
        self.assertEqual(self.phone.value("GPP_A"), "new")

    def test_unchanged_profile_writes_nothing(self):
        self.phone.resync(f"{self.any_url}/plain.xml")
        before = self.phone.fingerprint()
        run = self.phone.resync(f"{self.any_url}/plain.xml.gz")
        self.assertEqual(run.result()["outcome"], "unchanged")
        self.assertEqual(run.events("changed"), [])
        self.assertEqual(self.phone.fingerprint(), before)

    def test_secrets_stay_inside(self):
        """Phone.finish() searches all that is said; here is what could say it."""
        rules = [
            f"[--key {KEY} --uid u --pwd {PASSWORD}] {self.any_url}/missing.xml",
            f"[--key {KEY}] {self.any_url}/secrets.xml",
            f"[--key {KEY} {self.any_url}/plain.xml",
            f"[--pwd {PASSWORD} --frob] {self.any_url}/plain.xml",
            f"http://user:{PASSWORD}@127.0.0.1:1/plain.xml",
            f"ftp://user:{PASSWORD}@127.0.0.1/plain.xml",
            f"[--key $SA] {self.any_url}/plain.cfg",
            f"(\"$SA\" eq 5)? [--key {KEY}] {self.any_url}/plain.cfg",
            f"{self.any_url}/secrets.xml",
        ]
        shown = ["GPP_SA", "Admin_Password", "LDAP_Password", "Profile_Rule_B", "Profile_Rule_C",
                 "GPP_B", "PRT_Upload_Rule"]
        for rule in rules:
            for form in ([], ["--quiet"], ["--json"]):
                a_phone = self.make_phone(self.own)
                options = a_phone.resync_options(rule)
                a_phone.run(*options, *form, sets={
                    "GPP_SA": KEY, "Profile_Rule_D": rule, "GPP_B": f"--key {KEY}",
                    "PRT_Upload_Rule": f"https://user:{PASSWORD}@192.0.2.1/log"})
                a_phone.run(*form, *[word for name in shown for word in ("--show", name)])

    def test_secrets_are_found_if_shown(self):
        """The search itself works."""
        self.phone.plant("newer")
        with self.assertRaises(phone.SecretShown):
            self.phone.resync(f"{self.any_url}/plain.xml")

    def stall(self, *options):
        """A phone in the middle of a transfer that does not go on, and what it has said so far."""
        server = self.own.enter_context(StubServer(partial_answer(), is_silent=True))
        process = self.phone.start(*options, "--json", "--resync", server.url)
        said = ""
        while '"progress"' not in said:
            line = process.stdout.readline()
            self.assertNotEqual(line, "", said)
            said += line
        return process, said

    def test_signals_stop_a_stalled_transfer_at_once(self):
        for number, options, status in [
            (signal.SIGINT, ["--once"], 128 + signal.SIGINT),
            (signal.SIGTERM, ["--once"], 128 + signal.SIGTERM),
            (signal.SIGINT, [], 0),
        ]:
            with self.subTest(signal=number, options=options):
                before = self.phone.fingerprint()
                process, said = self.stall(*options)
                process.send_signal(number)
                run = self.phone.finish(process, said)
                self.assertEqual(run.status, status, run.err)
                self.assertEqual(self.phone.fingerprint(), before)

    def test_a_lost_link_ends_a_stalled_transfer(self):
        """SIGRTMIN loses the link, and the next one brings it back, with the retry."""
        process, _ = self.stall()
        process.send_signal(signal.SIGRTMIN)
        result = self.read_until(process, lambda event: event["event"] == "result")
        self.assertEqual(result["error"]["status"], "PROV_E_NETWORK")
        self.assertRegex(result["error"]["message"], r"^the network link was lost, after \d+ bytes$")
        lost = self.read_until(process, lambda event: event.get("why") == "network")
        self.assertEqual(lost["cause"], "retry")
        process.send_signal(signal.SIGRTMIN)
        back = self.read_until(process, lambda event: event.get("why") == "timer")
        self.assertLessEqual(back["in_ms"], 60000)
        process.terminate()
        self.assertEqual(self.phone.finish(process).status, 0)

    def test_call_holds_the_power_up_resync_back(self):
        """SIGUSR1 begins a call, and the next one ends it; SIGTERM ends the phone."""

        def begin_call():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            os.kill(os.getpid(), signal.SIGUSR1)  # waits for the phone to look at it

        process = self.phone.start("--json", preexec_fn=begin_call, sets={
            "Profile_Rule": f"{self.any_url}/plain.xml",
            "Resync_Random_Delay": "0",
            "Forced_Resync_Delay": "0",
        })
        self.read_until(process, lambda event: event.get("why") == "line")
        process.send_signal(signal.SIGUSR1)
        self.read_until(process, lambda event: event.get("outcome") == "applied")
        self.read_until(process, lambda event: event.get("cause") == "periodic")
        process.terminate()
        run = self.phone.finish(process)
        self.assertEqual(run.status, 0, run.err)

    def test_sigquit_prints_the_status_of_each_job(self):
        head = (f"HTTP/1.1 200 OK\r\nContent-Length: {len(PLAIN)}\r\nETag: \"v1\"\r\n"
                "Content-Type: text/xml\r\n\r\n").encode()
        with StubServer(head + PLAIN) as server:
            sets = {"Profile_Rule": f"{server.url}?token={PASSWORD}", "Resync_Random_Delay": "0"}
            begun = int(time.time())
            process = self.phone.start("--json", sets=sets)
            result = self.read_until(process, lambda event: event["event"] == "result")
            self.read_until(process, lambda event: event.get("cause") == "periodic")
            process.send_signal(signal.SIGQUIT)
            status = {}
            while "report" not in status:
                event = self.read_until(process, lambda event: event["event"] == "status")
                self.assertNotIn(PASSWORD, json.dumps(event))
                status[event["job"]] = event
            process.terminate()
            self.assertEqual(self.phone.finish(process).status, 0)
            self.assertEqual(result["job"], "resync")
            self.assertEqual((result["etag"], result["content_type"]), ('"v1"', "text/xml"))
            self.assertLessEqual(result["connect_ms"], result["first_byte_ms"])
            self.assertLessEqual(result["first_byte_ms"], result["last_byte_ms"])
            self.assertLessEqual(result["last_byte_ms"], result["commit_ms"])
            self.assertEqual(set(status), {"resync", "custom-ca", "rollback", "reboot",
                                           "upgrade", "report", "log"})
            resync = status["resync"]
            self.assertEqual((resync["state"], resync["waits_for"]), ("waiting", "time"))
            self.assertEqual(resync["schedule"]["in_ms"], resync["in_ms"])
            last = resync["last"]
            self.assertEqual((last["outcome"], last["code"], last["etag"], last["server_ip"]),
                             ("applied", 200, '"v1"', "127.0.0.1"))
            self.assertTrue(begun <= last["wall_s"] <= time.time(), last)

        with StubServer(head + PLAIN) as server:
            sets["Profile_Rule"] = f"{server.url}?token={PASSWORD}"
            process = self.phone.start(sets=sets)
            while not process.stdout.readline().startswith("next: periodic"):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGQUIT)
            page = ""
            while "Profile_Rule: ETag" not in page:
                self.assertIsNone(process.poll())
                page += process.stdout.readline()
            process.terminate()
            self.phone.finish(process, page)
        self.assertRegex(page, r"(?m)^resync: waiting for time, \S")
        self.assertRegex(page, r"(?m)^  last: \w+, .* parameters changed, \d{4}-\d\d-\d\d "
                               r"\d\d:\d\d:\d\d UTC, \d+ \w+ ago, took \d+ ms$")
        self.assertRegex(page, rf"(?m)^  from {server.url}\?token=\*\*\* at 127.0.0.1, HTTP 200, "
                               r'ETag "v1"$')
        self.assertRegex(page, r'(?m)^Profile_Rule: ETag "v1", received ')

    def read_until(self, process, is_it):
        for line in process.stdout:
            event = json.loads(line)
            if is_it(event):
                return event
        self.fail(f"the phone ended: {process.stderr.read()}")

    def traced(self, log, *inject):
        """A resync under strace, which sees what touches the store and its folder."""
        suffixes = ["", ".new", ".bak", ".lock"]
        paths = [self.phone.folder] + [self.phone.store + suffix for suffix in suffixes]
        command = ["strace", "-o", log, *inject]
        for path in paths:
            command += ["-P", path]
        command += self.phone.command("--once", "--json", "--resync", f"{self.any_url}/plain.xml")
        # A leak checker cannot work in a process that is traced.
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False)

    def store_operations(self):
        """(system call, how many of that name so far) for each that touches the store."""
        log = os.path.join(self.work, "trace")
        done = self.traced(log)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(log, encoding="utf-8", errors="replace") as lines:
            names = re.findall(r"^(\w+)\(", lines.read(), re.M)
        self.assertIn("fsync", names)
        return [(name, names[: i + 1].count(name)) for i, name in enumerate(names)]

    def test_killed_at_every_store_operation(self):
        if shutil.which("strace") is None or self.traced(os.devnull).returncode != 0:
            self.skipTest("strace is not installed or may not trace here")
        values = set()
        self.reset_store()
        for name, number in self.store_operations():
            with self.subTest(call=name, number=number):
                self.reset_store()
                inject = f"inject={name}:signal=SIGKILL:when={number}"
                self.assertLess(self.traced(os.devnull, "-e", inject).returncode, 0)
                found = (self.phone.value("GPP_A"), self.phone.value("GPP_B"))
                self.assertIn(found, [("old", "older"), ("new", "newer")])
                values.add(found)
                after = self.phone.resync(f"{self.any_url}/plain.xml")
                self.assertEqual(after.status, 0, after.err)
                self.assertEqual(self.phone.value("GPP_B"), "newer")
        self.assertEqual(len(values), 2, "both sides of the commit were seen")

    def reset_store(self):
        run = self.phone.run("--show", "GPP_A", sets={"GPP_A": "old", "GPP_B": "older"})
        self.assertEqual(run.status, 0, run.err)

    def test_minimal_host(self):
        program = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "minimal")
        cases = [
            ("plain.xml", 0, "GPP_A = new\nGPP_B = newer\n", ""),
            ("plain.xml", 0, "", ""),
            ("missing.xml", 1, "", "PROV_E_NOT_FOUND"),
        ]
        for name, status, out, err in cases:
            with self.subTest(file=name, out=out):
                command = [program, f"{self.any_url}/{name}"]
                done = subprocess.run(command, cwd=self.phone.folder, capture_output=True,
                                      text=True, check=False)
                self.assertEqual((done.returncode, done.stdout), (status, out), done.stderr)
                self.assertIn(err, done.stderr)

    def test_dhcp_names_the_server(self):
        for server, url in self.urls.items():
            cases = [
                ({"Profile_Rule": "/plain.xml"}, ["66=", f"160={url}"]),
                ({}, [f"66={url}/plain.xml"]),
                ({"DHCP_Option_To_Use": "160"}, ["66=127.0.0.1:9", f"160={url}/plain.xml"]),
                ({"DHCP_Option_To_Use": ""}, ["66=127.0.0.1:9", f"6:160={url}/plain.xml"]),
                ({}, [f"43=0x02{len(url) + 10:02x}{(url + '/plain.xml').encode().hex()}"]),
            ]
            for sets, options in cases:
                with self.subTest(server=server, options=options):
                    own = self.make_phone(self.own)
                    words = [word for option in options for word in ["--dhcp-option", option]]
                    run = own.run("--once", "--json", *words, sets=sets)
                    self.check_good(run, f"{url}/plain.xml", [])
                    verdicts = [event["verdict"] for event in run.events("dhcp")]
                    self.assertEqual(verdicts.count("chosen"), 1)

    def test_rule_at_fault_is_shown_as_written_and_as_expanded(self):
        rule = f"[--key {KEY} x] http://h/$MA"
        with open(self.phone.store, "w", encoding="utf-8") as store:  # --set would refuse it
            store.write(f"<flat-profile><Profile_Rule>{rule}</Profile_Rule></flat-profile>\n")
        run = self.phone.run("--once")
        self.assertEqual(run.status, 1, run.err)
        column = rule.index("x]") + 1
        self.assertIn(f"Profile_Rule:1:{column}: expected --key,", run.err)
        self.assertIn(
            "    the rule as written:  [--key ***] http://h/$MA\n"
            f"                                 ^ column {column} as written\n"
            "    the rule as expanded: [--key ***] http://h/000e08",
            run.err,
        )

    def test_fault_of_the_alias_map_is_not_shown_as_one_of_the_rule(self):
        run = self.phone.run("--once", "--resync", "[--alias a] http://127.0.0.1:9/x",
                             sets={"GPP_A": "<uid=User_ID_1_>"})
        self.assertEqual(run.status, 1, run.err)
        self.assertIn("GPP_A:1:1: alias map: expected a path", run.err)
        self.assertIn("    the rule was: [--alias a] http://127.0.0.1:9/x\n", run.err)
        self.assertNotIn("as written", run.err)

    def test_hints_lead_to_the_mistake(self):
        for answer, options, words in HINTS:
            with self.subTest(answer=answer, options=options), contextlib.ExitStack() as stack:
                url = f"http://127.0.0.1:{peers.free_port(socket.SOCK_STREAM)}/x.xml"
                if answer is not None:
                    url = stack.enter_context(StubServer(answer)).url
                run = self.phone.run("--once", "--resync", options + url)
                self.assertEqual(run.status, 1, run.err)
                for word in words:
                    self.assertIn(word, run.err)
                self.assertNotIn("hush", run.err + run.out)

    def test_log_server_that_nothing_listens_for_is_named(self):
        port = peers.free_port(socket.SOCK_DGRAM)
        with StubServer(b"HTTP/1.1 200 OK\r\n\r\n" + PLAIN) as server:
            run = self.phone.run("--once", "--resync", server.url,
                                 "--syslog", f"127.0.0.1:{port}")
        self.assertEqual(run.status, 0, run.err)
        self.assertIn("warning: log message could not be sent: Syslog_Server: nothing listens on "
                      f"UDP port {port} of 127.0.0.1", run.err)

    def test_odd_values_are_pointed_at(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: UTF-8\r\n\r\n"
        with StubServer(head + ODD_VALUES) as server:
            run = self.phone.run("--once", "--resync", server.url)
        self.assertEqual(run.status, 0, run.err)
        for words in [
            "Resync_At__HHmm_: stored, but counts as unset; '3:00' is not HHmm",
            "expected a content coding: ignored",
            "Profile_Rule_C, column 18: a template's placeholder that was not filled in",
            "User_ID: there is no parameter of this name; is User_ID_1_ meant?",
            "line 5: GPP_A: na, ro or rw in an attribute that is not called ua: ignored",
            "line 6: an instruction such as <?php ...?> between the elements",
            "line 7: a template's mark such as {% ... %} or {{ ... }} between the elements",
        ]:
            self.assertIn(words, run.err)
        self.assertRegex(run.out, r"next, without --once: periodic, in [^\n]+"
                                  r" \(Resync_At__HHmm_ is not HHmm and is ignored\)")

    def test_rule_that_asks_for_nothing_shows_why(self):
        run = self.phone.run("--once", "--resync", '("$PN" eq "CP-8851")? http://127.0.0.1:1/x')
        self.assertEqual(run.status, 0, run.err)
        self.assertIn("skipped, it is empty or none of its conditions holds", run.out)
        self.assertIn('compares: "CP-8841-3PCC" eq "CP-8851" as strings: false', run.out)

    def test_verbose_shows_what_is_sent_and_what_comes_back(self):
        with StubServer(b"HTTP/1.1 200 OK\r\n\r\n" + PLAIN) as server:
            rule = f"[--uid u --pwd {PASSWORD}] {server.url}?token={PASSWORD}"
            run = self.phone.run("--once", "--verbose", "--resync", rule)
        self.assertEqual(run.status, 0, run.err)
        self.assertRegex(run.out, rf"(?m)^  > GET {server.url}\?token=\*\*\*, User-Agent: \S.*, "
                                  r"user and password if asked$")
        self.assertIn(f"  < HTTP 200, {len(PLAIN)} bytes from 127.0.0.1\n", run.out)
        self.assertRegex(run.out, r"(?m)^  < ms: connected \d+, first byte \d+, last byte \d+, "
                                  r"committed \d+$")
        with StubServer(REFUSED) as server:
            run = self.phone.run("--once", "--resync", server.url)
            self.assertNotIn("  > ", run.out)

    def test_misspelt_parameters_are_warned_of(self):
        warning = "Resync_Periodical: there is no parameter of this name; is Resync_Periodic meant?"
        store = self.make_phone(self.own)
        run = store.run("--once", sets={"Resync_Periodical": "5", "Profile_Rule": ""})
        self.assertIn(f"provision-phone: --set: warning: {warning}\n", run.err)
        profile = b"<flat-profile><Resync_Periodical>5</Resync_Periodical><GPP_A>x</GPP_A>" \
                  b"<Enable_CDP>Yes</Enable_CDP></flat-profile>"
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(profile)}\r\n\r\n".encode()
        with StubServer(head + profile) as server:
            run = self.phone.run("--once", "--resync", server.url)
        self.assertEqual(run.status, 0, run.err)
        self.assertIn(f"  warning: {warning}\n", run.err)
        self.assertEqual(run.err.count("there is no parameter of this name"), 1)

    def test_automatic_proxy_is_said_to_be_unsupported(self):
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(PLAIN)}\r\n\r\n".encode()
        with StubServer(head + PLAIN) as server:
            run = self.phone.run("--once", "--resync", server.url, sets={
                "Proxy_Mode": "Auto", "PAC_URL": "http://127.0.0.1:9/proxy.pac"})
        self.assertEqual(run.status, 0, run.err)
        self.assertIn("warning: Proxy_Mode: Manual needs Proxy_Host, and Auto (PAC, WPAD) is not "
                      "supported: asked without a proxy\n", run.err)

    def test_exit_status_of_misuse(self):
        nowhere = os.path.join(self.work, "no-such-folder", "store.xml")
        cases = [
            ([phone.PROGRAM, "--once"], 2),
            ([phone.PROGRAM, "--frob"], 2),
            ([phone.PROGRAM, "--mac", "xyz", "--model", "m", "--once"], 2),
            (self.phone.command("stray"), 2),
            (self.phone.command("--set", "GPP_A"), 2),
            (self.phone.command("--dhcp-option", "66"), 2),
            (self.phone.command("--dhcp-option", "sixty=h"), 2),
            (self.phone.command("--dhcp-option", "150=0x0a0"), 2),
            (self.phone.command("--dhcp-option", "150=0xzz"), 2),
            (self.phone.command("--set", "Resync_Periodic=often"), 2),
            (self.phone.command("--set", "Profile_Rule=http:///x"), 2),
            (self.phone.command("--user", "Resync_Trigger_1=(1 eq 1)"), 2),
            (self.phone.command("--user", "GPP_A"), 2),
            (self.phone.command("--user", "GPP_A=not-allowed"), 2),
            (self.phone.command("--reset", "all"), 2),
            (self.phone.command("--confirm-within", "0"), 2),
            (self.phone.command("--resync-timeout", "4294968"), 2),
            (self.phone.command("--account", "bob"), 2),
            (self.phone.command("--dhcp-server", "a b"), 2),
            (self.phone.command("--dhcp-server", "foo://h"), 2),
            (self.phone.command("--dhcp-server", "http://h/folder"), 2),
            (self.phone.command("--once", "--confirm"), 2),
            (self.phone.command("--call", "long"), 2),
            (self.phone.command("--user-agent", "name"), 2),
            (self.phone.command("--phones", "1001"), 2),
            (self.phone.command("--phones", "2", "--fetch", "/x", "--output", "x"), 2),
            (self.phone.command("--time-scale", "0"), 2),
            (self.phone.command("--report", "--upgrade"), 2),
            ([phone.PROGRAM, *phone.IDENTITY, "--upgrade", "http://h/x.loads"], 2),
            (self.phone.command("--control", "fd:0"), 3),
            (self.phone.command("--once", "--upgrade", sets={"Upgrade_Enable": "No"}), 1),
            (self.phone.command("--once", "--report", "http://h/a http://h/b http://h/c"), 1),
            ([phone.PROGRAM, *phone.IDENTITY, "--store", nowhere, "--once"], 3),
            (self.phone.command("--once", sets={"Provision_Enable": "No"}), 1),
        ]
        for command, status in cases:
            with self.subTest(command=command[1:]):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertNotEqual(done.stderr, "")

    def test_mac_that_is_none_is_shown_one(self):
        command = [phone.PROGRAM, "--mac", "zz", "--model", "m", "--once"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertIn("--mac: expected 12 hexadecimal digits, such as 000e08abcdef", done.stderr)

    def test_damaged_store_with_backup_is_told(self):
        for value in ["old", "new"]:
            subprocess.run(self.phone.command("--set", f"GPP_A={value}", "--show", "GPP_A"),
                           stdout=subprocess.DEVNULL, check=True)
        with open(self.phone.store, encoding="utf-8") as file:
            text = file.read()
        with open(self.phone.store, "w", encoding="utf-8") as file:
            file.write(text.replace("new", "mine"))
        done = subprocess.run(self.phone.command("--show", "GPP_A"), capture_output=True, text=True,
                              check=True)
        self.assertIn("GPP_A=old", done.stdout)
        self.assertIn("the checksum in the last line does not fit", done.stderr)
        self.assertIn("store.xml.damaged", done.stderr)
        with open(self.phone.store + ".damaged", encoding="utf-8") as file:
            self.assertIn("mine", file.read())

    def test_half_an_answer_is_none(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                self.phone.command("--show", "GPP_A"), stdout=full, stderr=subprocess.PIPE, check=False
            )
            self.assertEqual(done.returncode, 3)
            self.assertIn(b"cannot write", done.stderr)

    def test_damaged_store_without_backup_tells_what_to_do(self):
        with open(self.phone.store, "w", encoding="utf-8") as file:
            file.write("garbage")
        done = subprocess.run(self.phone.command("--once"), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("move it away", done.stderr)


if __name__ == "__main__":
    peers.run_tests()
