#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""100 MB over loopback: the built-in transport beside the curl command, TFTP with its block size.

Both talk to the same server in turn; the ratios are those of the medians.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import peers
import secured

FETCH = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "fetch")
FILE_BYTES = 100 * 1000 * 1000
BLOCK_BYTES = 1428
N_ROUNDS = 10


def run(command):
    """(wall seconds, CPU seconds of the client)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall_s = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(url, our_options=(), curl_options=()):
    ours = [FETCH, f"bytes={2 * FILE_BYTES}", *our_options, url]
    curls = ["curl", "-sS", *curl_options, "-o", os.devnull, url]
    rounds = [(run(ours), run(curls)) for _ in range(N_ROUNDS)]
    for what, index in [("wall", 0), ("CPU", 1)]:
        our_s = statistics.median(our[index] for our, _ in rounds)
        curl_s = statistics.median(curl[index] for _, curl in rounds)
        scheme = url.partition(":")[0]
        print(
            f"{scheme:5} {what:4}  ours {our_s:6.3f} s  curl {curl_s:6.3f} s  "
            f"ratio {our_s / curl_s:.2f}"
        )


def measure_tftp(root):
    with peers.TftpdHpa(root) as server:
        url = f"tftp://{server.host}:{server.port}/large.bin"
        measure(url, curl_options=["--tftp-blksize", str(BLOCK_BYTES)])


def measure_http(root):
    with secured.SecuredNginx(root) as server:
        measure(f"http://{server.host}:{server.port}/large.bin")
        options = ["--http1.1", "--cacert", server.ca]
        measure(f"{server.tls_url}/large.bin", [f"ca={server.ca}"], options)


def main():
    if shutil.which("curl") is None or not os.path.exists(FETCH):
        print("no curl command, or built without libcurl")
        return peers.EXIT_SKIPPED
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        with open(os.path.join(root, "large.bin"), "wb") as file:
            file.write(os.urandom(FILE_BYTES))
        os.chmod(file.name, 0o644)
        try:
            measure_http(root)
            measure_tftp(root)
        except peers.PeerMissing as missing:
            print(missing)
            return peers.EXIT_SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
