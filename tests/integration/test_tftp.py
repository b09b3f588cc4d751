#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""TFTP against real servers over bad lines, in both directions."""

import concurrent.futures
import hashlib
import os
import socket
import subprocess
import tempfile

import peers
import relay

FETCH = os.path.join(os.environ["PROV_BUILD_ROOT"], "tests", "integration", "fetch")
PROFILE = hashlib.shake_256(b"profile").digest(300 * 1024)
# Datagrams both ways: request and its OACK, then each block and its ACK.
UNDISTURBED = 3 + 2 * (len(PROFILE) // 1428 + 1)
SMALL = hashlib.shake_256(b"small").digest(20 * 1024)
BODY = b"<flat-profile/>"
PUT = 2


def fetch(url, **settings):
    """The fetch program's body, its report by name, and how long it waited: timeouts that ran out."""
    args = [f"{name}={value}" for name, value in settings.items()]
    done = subprocess.run([FETCH, *args, url], capture_output=True, timeout=150, check=False)
    lines = (line.partition(" ") for line in done.stderr.decode().splitlines())
    report = {name: value for name, _, value in lines}
    return done.stdout, report, int(report["waited"]) / 1000


class TftpTest(peers.ServedCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.chmod(self.root, 0o777)
        self.write("profile.xml", PROFILE)
        self.write("small.xml", SMALL)

    def write(self, name, data):
        path = os.path.join(self.root, name)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, 0o666)

    def line(self, server, **faults):
        line = relay.Relay(server.host, server.port, **{"seed": 1, **faults})
        line.__enter__()
        self.addCleanup(line.__exit__)
        return line

    def fetch_over(self, server, name="profile.xml", settings=None, **faults):
        line = self.line(server, **faults)
        url = f"tftp://{line.host}:{line.port}/{name}"
        return (*fetch(url, **(settings or {})), line)

    def check_body(self, got, body):
        data, report, _, _ = got
        self.assertEqual(report["status"], "PROV_OK", report)
        self.assertEqual(len(data), len(body))
        self.assertEqual(data, body)

    def many_over_loss(self, loss, n_runs=9):
        """All at once: what takes time is waiting."""
        server = self.serve(peers.TftpdHpa(self.root))
        with concurrent.futures.ThreadPoolExecutor(n_runs) as pool:
            runs = [
                pool.submit(self.fetch_over, server, loss=loss, seed=seed) for seed in range(n_runs)
            ]
        all_got = [run.result() for run in runs]
        for got in all_got:
            self.check_body(got, PROFILE)
            line = got[3]
            self.assertGreater(line.n_lost, 0)
            self.assertLess(line.n_seen, 2 * UNDISTURBED)
        times = [got[2] for got in all_got]
        print(f"{server.program}, {loss:.0%}: {' '.join(f'{t:.1f}' for t in sorted(times))} s")

    def test_5_percent_lost_each_way(self):
        self.many_over_loss(0.05)

    def test_10_percent_lost_each_way(self):
        self.many_over_loss(0.10)

    def test_loss_with_servers_of_slower_clocks(self):
        for kind in [peers.Atftpd, peers.DnsmasqTftp]:
            with self.subTest(server=kind.__name__):
                server = self.serve(kind(self.root))
                self.check_body(self.fetch_over(server, "small.xml", loss=0.05), SMALL)

    def test_copies_out_of_order(self):
        server = self.serve(peers.TftpdHpa(self.root))
        faults = {"copies": 0.3, "jitter_s": 0.02}
        got = self.fetch_over(server, "small.xml", **faults)
        self.check_body(got, SMALL)
        self.assertLess(got[3].n_seen, 100)

    def test_far_away(self):
        server = self.serve(peers.TftpdHpa(self.root))
        got = self.fetch_over(server, "small.xml", delay_s=0.3)
        self.check_body(got, SMALL)

    def test_ipv6_and_a_name_with_many_addresses(self):
        try:
            server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            self.addCleanup(server.close)
            server.bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 here")
        server.settimeout(20)

        def serve():
            _, client = server.recvfrom(1500)
            server.sendto(b"\0\3\0\1" + BODY, client)
            return server.recvfrom(1500)[0]

        for host in ["[::1]", "localhost"]:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                served = pool.submit(serve)
                data, report, _ = fetch(f"tftp://{host}:{server.getsockname()[1]}/basic.txt")
                self.assertEqual(report["status"], "PROV_OK", report)
                self.assertEqual((data, report["server_ip"]), (BODY, "::1"))
                self.assertEqual(served.result(), b"\0\4\0\1")

    def test_answers_that_stop(self):
        server = self.serve(peers.TftpdHpa(self.root))
        # Request, OACK, ACK 0, then block and ACK seventeen times.
        got = self.fetch_over(server, settings={"idle": 1500}, mute_after=3 + 2 * 17)
        data, report, waited_s, _ = got
        self.assertEqual(report["status"], "PROV_E_TIMEOUT")
        self.assertIn("answers stopped at block 17, byte 24276, from 127.0.0.1:", report["message"])
        self.assertEqual(data, PROFILE[: 17 * 1428])
        self.assertLess(waited_s, 5)

    def test_dead_server_within_30_s(self):
        server = self.serve(peers.TftpdHpa(self.root))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            dead = pool.submit(self.fetch_over, server, mute_after=0)
            dying = pool.submit(self.fetch_over, server, mute_after=3)
        for got, message in [(dead.result(), "no answer"), (dying.result(), "before block 1")]:
            self.assertEqual(got[1]["status"], "PROV_E_TIMEOUT")
            self.assertIn(message, got[1]["message"])
            self.assertLess(got[2], 30)

    def test_write_over_loss(self):
        server = self.serve(peers.TftpdHpa(self.root, ["--create", "--umask", "000"]))
        body = "".join(f"<GPP_A>{n}</GPP_A>" for n in range(2000))
        got = self.fetch_over(
            server, "report.xml", settings={"method": PUT, "body": body}, loss=0.05, seed=2
        )
        self.assertEqual(got[1]["status"], "PROV_OK", got[1])
        with open(os.path.join(self.root, "report.xml"), encoding="ascii") as file:
            self.assertEqual(file.read(), body)


if __name__ == "__main__":
    peers.run_tests(FETCH)
