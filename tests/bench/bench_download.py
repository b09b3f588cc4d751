#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""An image of 100 MB over loopback: the upgrade job beside the curl command, TFTP with its block
size.

Both talk to the same server in turn, and discard the bytes. The fastest round of each is the one
that other work on the machine disturbed least; its throughput must be at least 0.95 of curl's.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import peers
import secured

IMAGE = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "image")
FILE_BYTES = 100 * 1000 * 1000
BLOCK_BYTES = 1428
N_ROUNDS = int(os.environ.get("PROV_BENCH_ROUNDS", 10))
LEAST_THROUGHPUT = 0.95


def run(command):
    """(wall seconds, CPU seconds of the client)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall_s = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(url, our_options=(), curl_options=()):
    """Whether it is fast enough."""
    ours = [IMAGE, "quiet=1", *our_options, url]
    curls = ["curl", "-sS", *curl_options, "-o", os.devnull, url]
    rounds = [(run(ours), run(curls)) for _ in range(N_ROUNDS)]
    ratios = {}
    for what, index in [("wall", 0), ("CPU", 1)]:
        our_s = min(our[index] for our, _ in rounds)
        curl_s = min(curl[index] for _, curl in rounds)
        scheme = url.partition(":")[0]
        ratios[what] = our_s / curl_s
        print(
            f"{scheme:5} {what:4}  ours {our_s:6.3f} s  curl {curl_s:6.3f} s  "
            f"ratio {ratios[what]:.2f}"
        )
    return 1 / ratios["wall"] >= LEAST_THROUGHPUT


def measure_tftp(root):
    with peers.TftpdHpa(root) as server:
        url = f"tftp://{server.host}:{server.port}/large.bin"
        return measure(url, curl_options=["--tftp-blksize", str(BLOCK_BYTES)])


def measure_http(root):
    with secured.SecuredNginx(root) as server:
        is_fast = measure(f"http://{server.host}:{server.port}/large.bin")
        options = ["--http1.1", "--cacert", server.ca]
        return measure(f"{server.tls_url}/large.bin", [f"ca={server.ca}"], options) and is_fast


def main():
    if shutil.which("curl") is None or not os.path.exists(IMAGE):
        print("no curl command, or built without libcurl")
        return peers.EXIT_SKIPPED
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        with open(os.path.join(root, "large.bin"), "wb") as file:
            file.write(os.urandom(FILE_BYTES))
        os.chmod(file.name, 0o644)
        try:
            is_fast = [measure_http(root), measure_tftp(root)]
        except peers.PeerMissing as missing:
            print(missing)
            return peers.EXIT_SKIPPED
    if not all(is_fast):
        print(f"the throughput is below {LEAST_THROUGHPUT} of that of curl")
    return 0 if all(is_fast) else 1


if __name__ == "__main__":
    sys.exit(main())
