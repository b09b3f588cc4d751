#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Four rules of one HTTPS server beside one rule: CPU time of the resync, and its connections.

The device trusts the system's roots, so that loading them counts.
"""

import os
import shutil
import statistics
import sys
import tempfile

import agents
import peers
import secured

SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"
N_RULES = 4
N_ROUNDS = 20


def make_roots(folder, ca):
    """A file with the system's roots, if it has any, and our own."""
    path = os.path.join(folder, "roots.pem")
    with open(path, "wb") as roots:
        for name in filter(os.path.exists, [SYSTEM_ROOTS, ca]):
            with open(name, "rb") as file:
                shutil.copyfileobj(file, roots)
    return path


def resync_s(rules, roots):
    """CPU seconds of one resync."""
    fleet = agents.run([agents.device(*rules)], ca=roots)
    assert fleet.devices[0].is_new, fleet.devices[0]
    return fleet.cpu_s


def measure(url, roots):
    """Of one rule and of all, the median of the rounds."""
    rules = [f"{url}/{n}.xml" for n in range(N_RULES)]
    rounds = [(resync_s(rules[:1], roots), resync_s(rules, roots)) for _ in range(N_ROUNDS)]
    return [statistics.median(took) for took in zip(*rounds)]


def count_connections(server):
    with open(server.path("access.log"), encoding="ascii") as file:
        return len({line.split()[0] for line in file})


def run(root, folder):
    for n in range(N_RULES):
        with open(os.path.join(root, f"{n}.xml"), "wb") as file:
            file.write(agents.PROFILE)
        os.chmod(file.name, 0o644)
    with secured.SecuredNginx(root, log="$connection") as server:
        one_s, all_s = measure(server.tls_url, make_roots(folder, server.ca))
        n_connections = count_connections(server)
    print(
        f"CPU of one rule {one_s * 1000:.2f} ms, of {N_RULES} {all_s * 1000:.2f} ms, "
        f"ratio {all_s / one_s:.2f}"
    )
    print(f"{n_connections} connections for {2 * N_ROUNDS} resyncs")


def main():
    if not os.path.exists(agents.PROGRAM):
        print("built without libcurl")
        return peers.EXIT_SKIPPED
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as folder:
        os.chmod(root, 0o755)
        try:
            run(root, folder)
        except peers.PeerMissing as missing:
            print(missing)
            return peers.EXIT_SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
