# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Drives provision-phone as a harness does: runs it on a store of its own and reads what it says.

    with Phone(work) as phone:
        run = phone.resync("tftp://192.168.1.200/basic.txt")
        assert run.status == 0 and phone.value("GPP_A") == "12345678"

Every run is searched for the secrets that were planted with phone.plant().
"""

import json
import os
import re
import socket
import subprocess
import time

import peers

PROGRAM = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "phone", "provision-phone")
IDENTITY = ["--mac", "000e08abcdef", "--model", "CP-8841-3PCC"]
NAME = "CP-8841-3PCC 00:0e:08:ab:cd:ef"  # what every log message begins with
RUN_TIMEOUT_S = 60
SYSLOG_LINE = re.compile(r"<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (.*)", re.S)


class SecretShown(AssertionError):
    """A planted secret stands in something the phone said."""


class Run:
    """One run that has ended: exit status, what it said, and its log messages."""

    def __init__(self, status, out, err, syslog):
        self.status = status
        self.out = out
        self.err = err
        self.syslog = syslog

    def events(self, kind=None):
        """The events of a --json run, or those of one kind."""
        found = [json.loads(line) for line in self.out.splitlines()]
        return [event for event in found if kind in (None, event["event"])]

    def result(self):
        """The result of the last rule that asked for anything."""
        return [event for event in self.events("result") if event["outcome"] != "skipped"][-1]

    def messages(self):
        """(priority, text) of each log message, time stamps checked and left out."""
        matches = [SYSLOG_LINE.fullmatch(line) for line in self.syslog]
        assert all(matches), self.syslog
        return [(int(match.group(1)), match.group(2)) for match in matches]


class Control:
    """A connection to the control socket of a phone: commands, their replies, and events."""

    def __init__(self, path):
        self.path = path
        self.events = []  # that arrived while a reply was awaited
        self.socket = None
        self.lines = None

    def __enter__(self):
        self.connect()
        return self

    def __exit__(self, *_):
        self.close()

    def connect(self):
        """The socket is there soon after the phone was started, and stays there over a reboot."""
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(RUN_TIMEOUT_S)
            try:
                self.socket.connect(self.path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self.socket.close()
                assert time.monotonic() < deadline, f"no phone listens at {self.path}"
                time.sleep(0.005)
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def close(self):
        self.lines.close()
        self.socket.close()

    def read(self):
        """The next object; None when the phone has closed the connection."""
        try:
            line = self.lines.readline()
        except ConnectionResetError:
            line = ""
        return json.loads(line) if line else None

    def ask(self, command):
        """The reply to a command, whatever it is."""
        self.socket.sendall(f"{command}\n".encode())
        while (found := self.read()) is not None:
            if "command" in found:
                return found
            self.events.append(found)
        raise AssertionError(f"{command}: the phone closed the connection")

    def do(self, command):
        """The reply to a command that has to succeed."""
        reply = self.ask(command)
        assert reply["ok"], reply
        return reply

    def job(self, name):
        return next(job for job in self.do("status")["jobs"] if job["job"] == name)

    def wait_for(self, is_it):
        """The next event that is it, after `events on`."""
        while self.events:
            event = self.events.pop(0)
            if is_it(event):
                return event
        while (event := self.read()) is not None:
            if is_it(event):
                return event
        raise AssertionError("the phone closed the connection")


class Phone:
    """A phone with a store and a log server; `folder` is for its store alone."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.store = os.path.join(folder, "store.xml")
        self.secrets = set()
        self.under = ()  # a command that the phone runs under
        self.sink = peers.SyslogSink()

    def __enter__(self):
        self.sink.__enter__()
        return self

    def __exit__(self, *_):
        self.sink.__exit__()

    def plant(self, secret):
        """From now on no run may say this."""
        self.secrets.add(secret)
        return secret

    def search(self, *texts):
        for secret in self.secrets:
            if any(secret in text for text in texts):
                raise SecretShown(f"{secret} in {texts}")

    def command(self, *args, sets=None):
        pairs = [f"{name}={value}" for name, value in (sets or {}).items()]
        set_options = [word for pair in pairs for word in ("--set", pair)]
        return [*self.under, PROGRAM, *IDENTITY, "--store", self.store, *set_options, *args]

    def start(self, *args, sets=None, **popen):
        """A phone that goes on running; end it with finish()."""
        return subprocess.Popen(
            self.command(*args, sets=sets),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )

    def finish(self, process, already=""):
        """Wait for its end; `already` is what the caller has read of its output."""
        try:
            out, err = process.communicate(timeout=RUN_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        syslog = self.sink.take()
        self.search(already + out, err, *syslog)
        return Run(process.returncode, already + out, err, syslog)

    def run(self, *args, sets=None):
        return self.finish(self.start(*args, sets=sets))

    def resync_options(self, rule=None):
        """One resync, by `rule` or by those of the store; messages go to the log server."""
        which = ["--resync", rule] if rule else []
        return ["--once", *which, "--syslog", f"{self.sink.host}:{self.sink.port}"]

    def resync(self, rule=None, *args, sets=None):
        return self.run(*self.resync_options(rule), "--json", *args, sets=sets)

    def show(self, name):
        """A parameter as --show tells it."""
        run = self.run("--json", "--show", name)
        assert run.status == 0, run.err
        return run.events()[0]

    def value(self, name):
        return self.show(name)["value"]

    def fingerprint(self):
        """Changes whenever the store is written, be it with the same bytes."""
        with open(self.store, "rb") as file:
            content = file.read()
        found = os.stat(self.store)
        return content, found.st_ino, found.st_mtime_ns
