# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A provision-phone with its web door, and clients of it."""

import contextlib
import http.client
import os
import re
import socket
import subprocess
import tempfile
import time

import peers
import phone

QUIET = {"Resync_Random_Delay": "0", "Forced_Resync_Delay": "0", "Resync_On_Reset": "No"}
PROFILE = "<flat-profile><GPP_A>{}</GPP_A></flat-profile>"
TIMEOUT_S = 20


class Answer:
    """Of one request."""

    def __init__(self, response):
        self.status = response.status
        self.fields = response.headers
        self.text = response.read().decode()


class WebCase(peers.ServedCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root = self.folder()
        os.chmod(self.root, 0o755)
        self.phone = self.own.enter_context(phone.Phone(self.folder()))
        self.path = os.path.join(self.phone.folder, "control")

    def folder(self):
        return self.own.enter_context(tempfile.TemporaryDirectory())

    def write(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o644)

    def start(self, *args, http="127.0.0.1:0", sets=None):
        """A phone that does nothing by itself; `self.web` is its address."""
        self.process = self.phone.start("--control", self.path, "--http", http, *args, "--syslog",
                                        f"{self.phone.sink.host}:{self.phone.sink.port}",
                                        sets={**QUIET, **(sets or {})})
        self.addCleanup(self.process.kill)
        self.control = self.own.enter_context(phone.Control(self.path))
        self.web = self.control.do("status")["http"]
        self.control.do("events on")

    def end(self):
        self.control.do("quit")
        run = self.phone.finish(self.process)
        self.assertEqual(run.status, 0, run.err)
        return run

    def request(self, method, target, body=None, fields=None, source=None):
        """One request on a connection of its own; what comes back has no planted secret."""
        connection = http.client.HTTPConnection(
            self.web, timeout=TIMEOUT_S, source_address=(source, 0) if source else None)
        with contextlib.closing(connection):
            connection.request(method, target, body, fields or {})
            answer = Answer(connection.getresponse())
        self.phone.search(answer.text, str(answer.fields))
        return answer

    def get(self, target, fields=None, source=None):
        return self.request("GET", target, None, fields, source)

    def raw(self, data):
        """Status of the answer to these bytes; None: the connection was closed without one."""
        host, port = self.web.rsplit(":", 1)
        with socket.create_connection((host, int(port)), TIMEOUT_S) as client:
            with contextlib.suppress(ConnectionError):
                client.sendall(data)
            answer = b""
            with contextlib.suppress(ConnectionError):
                while not re.match(rb"HTTP/1.1 \d\d\d", answer) and (more := client.recv(4096)):
                    answer += more
        return int(answer[9:12]) if answer else None

    def abandon(self, data):
        """A client that goes away after these bytes."""
        host, port = self.web.rsplit(":", 1)
        with socket.create_connection((host, int(port)), TIMEOUT_S) as client:
            client.sendall(data)

    def curl(self, *args):
        """Status and body, as curl gets them; `PHONE` stands for its address."""
        words = [word.replace("PHONE", f"http://{self.web}") for word in args]
        done = subprocess.run(["curl", "-s", "-g", "-w", "\n%{http_code}", *words], timeout=TIMEOUT_S,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        body, status = done.stdout.rsplit("\n", 1)
        self.phone.search(body)
        return int(status), body

    def wait_for(self, name, job="resync"):
        return self.control.wait_for(lambda event: event["event"] == name and
                                     event.get("job", job) == job)

    def wait_until(self, is_it):
        deadline = time.monotonic() + TIMEOUT_S
        while not is_it():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def wait_for_reboot(self):
        """The phone closes its control connection; the next one finds it booted."""
        while self.control.read():
            pass
        self.control.close()
        self.control.connect()

    def expect_resync(self, outcome="applied"):
        done = self.wait_for("resync")
        self.assertEqual(done["outcome"], outcome, done)
        return done

    def value(self, name):
        return self.control.do(f"get {name}")["value"]

    def serve_nginx(self):
        server = self.serve(peers.Nginx(self.root))
        return server, f"http://{server.host}:{server.port}"
