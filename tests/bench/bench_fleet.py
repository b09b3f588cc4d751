#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Many devices in one process beside libcurl's multi interface alone: processor time of a resync.

All fetch one profile of 1.7 KB from the same nginx, by HTTP and by HTTPS, in turn. The median of the
rounds is printed, and the minimum, which other load of the machine increases least. bench_fleet.c says
what each does. Then provision-fleet runs 10,000 phones: the first resync
of each, which stores the profile, and the later ones, for which the server sends the same file
again, or, by its ETag, only that it has not changed.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

import peers
import secured

PROGRAM = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "bench", "bench_fleet")
N_DEVICES = 1000
N_RESYNCS = 5  # of each device in a run
N_ROUNDS = 5
FLEET = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "fleet", "provision-fleet")
N_PHONES = 10000
N_LATER = 4  # resyncs of each phone behind the first
N_FLEET_ROUNDS = 3
CHOICES = [("median", statistics.median), ("minimum", min)]
NO_ETAG = "etag off; if_modified_since off;"
PROFILE = "\n".join([
    "<flat-profile>",
    *(f'<Display_Name_{i}_ ua="na">Extension {i}</Display_Name_{i}_>' for i in range(1, 15)),
    *(f"<User_ID_{i}_>47{i:02}</User_ID_{i}_>" for i in range(1, 15)),
    *(f"<Proxy_{i}_>sip.example.com</Proxy_{i}_>" for i in range(1, 15)),
    "</flat-profile>", ""])


def spent_us(way, *arguments):
    done = subprocess.run([PROGRAM, way, *arguments], check=True, capture_output=True, text=True)
    return float(done.stdout)


def measure(url, *ca):
    arguments = [url, str(N_DEVICES), str(N_RESYNCS), *ca]
    rounds = [(spent_us("ours", *arguments), spent_us("curl", *arguments)) for _ in range(N_ROUNDS)]
    scheme = url.partition(":")[0]
    for name, choose in CHOICES:
        ours, curls = (choose(times) for times in zip(*rounds))
        print(f"{scheme:5} {name}: ours {ours:6.1f} us a resync, curl {curls:6.1f} us, "
              f"ratio {ours / curls:.2f}")


def fleet_us(url, n_resyncs):
    """Processor time of the whole run."""
    done = subprocess.run(
        [FLEET, "--run", str(N_PHONES), "--rule", url, "--rate", "0", "--json",
         "--resyncs", str(n_resyncs), "--connections", "64"],
        check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["cpu_us"]


def measure_fleet(url, words):
    """Each round has the three side by side, so that the machine is as busy for all."""
    rounds = []
    for _ in range(N_FLEET_ROUNDS):
        first = fleet_us(url, 1) / N_PHONES
        later = (fleet_us(url, 1 + N_LATER) / N_PHONES - first) / N_LATER
        rounds.append((first, later, spent_us("curl", url, str(N_PHONES), "1")))
    for name, choose in CHOICES:
        first, later, curl = (choose(times) for times in zip(*rounds))
        print(f"{N_PHONES} phones, {words}, {name}: first {first:.1f} us a resync, "
              f"ratio {first / curl:.2f}; later {later:.1f} us, ratio {later / curl:.2f}; "
              f"curl {curl:.1f} us")


def main():
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        with open(os.path.join(root, "phone.xml"), "w", encoding="utf-8") as file:
            file.write(PROFILE)
        try:
            with secured.SecuredNginx(root, extra="keepalive_requests 1000000;") as server:
                measure(f"http://{server.host}:{server.port}/phone.xml")
                measure(f"{server.tls_url}/phone.xml", server.ca)
            if os.path.exists(FLEET):
                for extra, words in [("", "304 later"), (NO_ETAG, "the file again later")]:
                    with peers.Nginx(root, f"keepalive_requests 1000000; {extra}") as server:
                        measure_fleet(f"http://{server.host}:{server.port}/phone.xml", words)
        except peers.PeerMissing as missing:
            print(missing)
            sys.exit(peers.EXIT_SKIPPED)


if __name__ == "__main__":
    main()
