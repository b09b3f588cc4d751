# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Real log servers, with the recipes of docs/syslog.md."""

import glob
import os
import re
import socket
import time

import peers

PAGE = os.path.join(os.environ["PROV_SOURCE_ROOT"], "docs", "syslog.md")
PROBE = "provision-probe"


def recipe(language):
    """The block of the page in that language."""
    with open(PAGE, encoding="utf-8") as file:
        found = re.search(rf"^```{language}\n(.*?)^```$", file.read(), re.M | re.S)
    return found.group(1)


class LogServer(peers.Peer):
    """A server with a recipe, but for its port and file; `root` is not used."""

    kind = socket.SOCK_DGRAM
    is_rfc5424 = False

    def answers(self):
        """It has written a message of our own."""
        message = f"<134>1 - - {PROBE} - - - x" if self.is_rfc5424 else f"<134>{PROBE} {PROBE}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(message.encode(), (self.host, self.port))
        return any(self.all_lines())

    def all_lines(self):
        try:
            with open(self.path("phones.log"), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def messages(self):
        return [line for line in self.all_lines() if PROBE not in line and not line.endswith(" x")]

    def lines(self, n, timeout_s=5):
        """What phones have sent, as soon as there are `n` lines, else after the time-out."""
        deadline = time.monotonic() + timeout_s
        while len(self.messages()) < n and time.monotonic() < deadline:
            time.sleep(peers.POLL_S)
        return self.messages()

    def write_recipe(self, language, port, own_port, before, after=""):
        text = recipe(language + ("-5424" if self.is_rfc5424 else ""))
        assert port in text and "/var/log/phones.log" in text, text
        text = text.replace(port, own_port).replace("/var/log/phones.log", self.path("phones.log"))
        with open(self.path("config"), "w", encoding="utf-8") as file:
            file.write(before + text + after)

    def unpacked(self, package, pattern):
        """A folder of an unpacked package; where it would be installed, if there is none."""
        found = glob.glob(os.path.join(peers.PEERS_FOLDER, package) + pattern)
        return (found or glob.glob(pattern) or [pattern])[0]


class Rsyslog(LogServer):
    program = "rsyslogd"
    packages = ("rsyslog",)

    def command(self):
        self.write_recipe("rsyslog", 'port="514"', f'address="{self.host}" port="{self.port}"', "")
        return [self.program, "-n", "-f", self.path("config"), "-i", self.path("pid"),
                "-M", self.unpacked("rsyslog", "/usr/lib/*/rsyslog")]


class SyslogNg(LogServer):
    program = "syslog-ng"
    packages = ("syslog-ng-core",)

    def command(self):
        self.write_recipe("syslog-ng", "port(514)", f'ip("{self.host}") port({self.port})',
                          "@version: 3.38\noptions { flush-lines(1); };\n")
        modules = self.unpacked("syslog-ng-core", "/usr/lib/syslog-ng/[0-9]*")
        libraries = self.unpacked("syslog-ng-core", "/usr/lib/*-linux-gnu*")
        return ["env", f"LD_LIBRARY_PATH={libraries}:{os.path.dirname(modules)}",
                self.program, "--foreground", "--stderr", "--no-caps",
                *(f"--cfgfile={self.path('config')}", f"--persist-file={self.path('persist')}"),
                *(f"--pidfile={self.path('pid')}", f"--control={self.path('control')}"),
                f"--module-path={modules}"]


class Rsyslog5424(Rsyslog):
    is_rfc5424 = True


class SyslogNg5424(SyslogNg):
    is_rfc5424 = True
