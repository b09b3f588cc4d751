#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""100 MB by TFTP over loopback: the built-in transport beside the curl command, same block size.

Both talk to the same tftpd-hpa in turn; the ratios are those of the fastest rounds.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import peers

FETCH = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "fetch")
FILE_BYTES = 100 * 1000 * 1000
BLOCK_BYTES = 1428
N_ROUNDS = 3


def run(command):
    """(wall seconds, CPU seconds of the client)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall_s = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(url):
    ours = [FETCH, f"bytes={2 * FILE_BYTES}", url]
    curls = ["curl", "-sS", "--tftp-blksize", str(BLOCK_BYTES), "-o", os.devnull, url]
    rounds = [(run(ours), run(curls)) for _ in range(N_ROUNDS)]
    for what, index in [("wall", 0), ("CPU", 1)]:
        our_s = min(our[index] for our, _ in rounds)
        curl_s = min(curl[index] for _, curl in rounds)
        print(f"{what:4}  ours {our_s:6.2f} s  curl {curl_s:6.2f} s  ratio {our_s / curl_s:.2f}")


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
            with peers.TftpdHpa(root) as server:
                measure(f"tftp://{server.host}:{server.port}/large.bin")
        except peers.PeerMissing as missing:
            print(missing)
            return peers.EXIT_SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
