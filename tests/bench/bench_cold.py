#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A cold start: `provision-phone --once` beside the shell pipeline that does the same by hand.

Both fetch one file of 300 KB, gzip in AES, from the same server in turn: curl | openssl enc -d |
gunzip | xmllint. What counts is processor time of all processes, user and system together. The phone
also looks 4,700 names up, compares, commits and prints each change.
"""

import gzip
import os
import resource
import statistics
import subprocess
import sys
import tempfile

import peers

PHONE = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "phone", "provision-phone")
KEY = "a key of the benchmark"
N_PARAMS = 4700
N_ROUNDS = 50
KINDS = ("Display_Name", "User_ID", "Proxy", "SIP_Port", "Ring", "Line_Enable", "Dial_Plan",
         "Extended_Function", "Preferred_Codec", "Register_Expires")


def profile():
    """Elements as a provisioning system writes them."""
    lines = [
        f'<{KINDS[i % len(KINDS)]}_{i // len(KINDS) + 1}_ ua="na">value {i}'
        f"</{KINDS[i % len(KINDS)]}_{i // len(KINDS) + 1}_>"
        for i in range(N_PARAMS)
    ]
    return "\n".join(["<flat-profile>", *lines, "</flat-profile>", ""]).encode()


def pack(path):
    command = ["openssl", "enc", "-aes-256-cbc", "-md", "sha256", "-salt", "-pass", f"pass:{KEY}"]
    with open(path, "wb") as file:
        subprocess.run(command, input=gzip.compress(profile()), stdout=file, check=True,
                       stderr=subprocess.DEVNULL)
    os.chmod(path, 0o644)


def processor_s(command, **options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def phone(url, *options):
    rule = f"[--key {KEY!r}] {url}".replace("'", '"')
    return [PHONE, "--mac", "000e08abcdef", "--model", "CP-8841-3PCC", "--once", "--resync", rule,
            *options]


def rounds(url, folder):
    """Processor time of each way in one round, so that what disturbs meets all of them."""
    store = os.path.join(folder, "phone.xml")
    pipeline = (f"curl -sS {url} | openssl enc -d -aes-256-cbc -md sha256 -pass 'pass:{KEY}' "
                "2>/dev/null | gunzip | xmllint --noout -")
    for _ in range(N_ROUNDS):
        for name in os.listdir(folder):
            os.remove(os.path.join(folder, name))
        yield {
            "pipeline": processor_s(["sh", "-c", pipeline]),
            "phone": processor_s(phone(url)),
            "phone, with a file": processor_s(phone(url, "--store", store)),
        }


def main():
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as folder:
        os.chmod(root, 0o755)
        pack(os.path.join(root, "phone.xml.gz.enc"))
        try:
            with peers.Nginx(root) as server:
                url = f"http://{server.host}:{server.port}/phone.xml.gz.enc"
                taken = list(rounds(url, folder))
        except peers.PeerMissing as missing:
            print(missing)
            sys.exit(peers.EXIT_SKIPPED)
    medians = {way: statistics.median(round[way] for round in taken) for way in taken[0]}
    for way, median_s in medians.items():
        ratio = median_s / medians["pipeline"]
        print(f"{way:20} {median_s * 1000:6.2f} ms of processor time, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
