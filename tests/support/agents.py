# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Many devices in one process, each of which resyncs once, all at the same time.

    for ended in run([device("http://127.0.0.1:8080/profile.xml", total=3000)]).devices:
        assert ended.is_new

PROFILE sets all the parameters that are looked at.
"""

import collections
import os
import subprocess

PROGRAM = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "agents")
LETTERS = "ABCDEFGHIJKLMNOP"
PROFILE = (
    "<flat-profile>" + "".join(f"<GPP_{n}>new</GPP_{n}>" for n in LETTERS) + "</flat-profile>"
).encode()
TIMEOUT_S = 150

# `waited_s`: by timeouts that ran out, for all devices together.
Fleet = collections.namedtuple(
    "Fleet", ["devices", "cpu_s", "waited_s", "agent_bytes", "identity_bytes"]
)


class Ended:
    """How one device's resync ended."""

    def __init__(self, line):
        self.status, ms, self.values, self.message = line.split("\t")
        self.took_s = int(ms) / 1000

    @property
    def is_new(self):
        return self.status == "PROV_OK" and self.values == "n" * len(LETTERS)

    @property
    def is_old(self):
        """It failed, and nothing of the profile was applied."""
        return self.status != "PROV_OK" and self.values == "o" * len(LETTERS)

    def __repr__(self):
        return f"{self.status} {self.took_s} s {self.values} {self.message}"


def device(*rules, **settings):
    """A device's line; settings are `connect`, `idle` and `total` in milliseconds, and the files
    `cert`, `key` and `custom`."""
    return "\t".join([*(f"{name}={value}" for name, value in settings.items()), *rules])


def run(devices, under=(), **options):
    """Run them to their ends, in their order. Options are `ca`, `system`, `connections`; `under` is
    a command that the program runs under."""
    done = subprocess.run(
        [*under, PROGRAM, *(f"{name}={value}" for name, value in options.items())],
        input="".join(line + "\n" for line in devices),
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    *lines, spent, memory = done.stdout.splitlines()
    ended = [Ended(line) for line in lines]
    cpu_us, waited_ms = map(int, spent.split("\t")[1:])
    return Fleet(ended, cpu_us / 1e6, waited_ms / 1e3, *map(int, memory.split("\t")[1:]))
