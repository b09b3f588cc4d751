#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Many devices on one transport, and many rules on one connection."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

import agents
import peers
import secured
import tcp_relay

N_DEVICES = 1000
N_IDENTITIES = int(os.environ.get("PROV_N_IDENTITIES", "40"))
MAX_AGENT_BYTES = 4096
MAX_IDENTITY_BYTES = 1536  # its certificate, key and custom CA take two thirds of it
MAX_CONNECTIONS = 64  # prov_curl_options.max_connections by default


class FleetTest(peers.ServedCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.root = self.stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o755)
        self.write("profile.xml", agents.PROFILE)

    def write(self, name, data):
        path = os.path.join(self.root, name)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, 0o644)

    def serve_secured(self, *args, **options):
        return self.serve(secured.SecuredNginx(self.root, *args, **options))

    def check_all_new(self, fleet):
        for ended in fleet.devices:
            self.assertTrue(ended.is_new, ended)

    def logged(self, server, n_requests):
        """The fields of each line of the server's log, which it writes after answering."""
        lines = []
        deadline = time.monotonic() + 60
        while len(lines) < n_requests and time.monotonic() < deadline:
            time.sleep(peers.POLL_S)
            with open(server.path("access.log"), encoding="ascii") as file:
                lines = [line.split() for line in file]
        self.assertEqual(len(lines), n_requests)
        return lines

    def test_a_thousand_devices_share_64_connections(self):
        server = self.serve_secured("keepalive_requests 10;", log="$connections_active")
        url = f"http://{server.host}:{server.port}/profile.xml"
        self.check_all_new(agents.run([agents.device(url)] * N_DEVICES))
        n_open = [int(line[0]) for line in self.logged(server, N_DEVICES)]
        self.assertLessEqual(max(n_open), MAX_CONNECTIONS)
        self.assertGreater(max(n_open), 1)

    def make_identities(self):
        """Names of devices whose certificates are NAME.pem and NAME.key in the root."""
        names = [f"device-{n}" for n in range(N_IDENTITIES)]
        for first in range(0, len(names), 4):
            made = [self.make_certificate(name) for name in names[first : first + 4]]
            if any(process.wait() != 0 for process in made):
                self.fail("openssl req failed")
        return names

    def make_certificate(self, name, *issuer):
        files = ["-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem")]
        if name != "devices":
            issuer = ["-CA", self.path("devices.pem"), "-CAkey", self.path("devices.key")]
        args = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        return subprocess.Popen(
            ["openssl", "req", "-x509", *args, "-subj", f"/CN={name}", *issuer, *files],
            stderr=subprocess.DEVNULL,
        )

    def path(self, name):
        return os.path.join(self.root, name)

    def test_each_device_has_its_own_certificate(self):
        """Each is served as itself, though they share one transport and one server."""
        if self.make_certificate("devices").wait() != 0:
            self.fail("openssl req failed")
        names = self.make_identities()
        server = self.serve_secured(
            f"ssl_verify_client on; ssl_client_certificate {self.path('devices.pem')};",
            log="$connections_active $connection $ssl_client_s_dn $arg_device $ssl_session_reused",
        )
        lines = [
            agents.device(
                *(f"{server.tls_url}/profile.xml?device={name}&rule={n}" for n in range(2)),
                cert=self.path(f"{name}.pem"),
                key=self.path(f"{name}.key"),
                custom=server.ca,
            )
            for name in names
        ]
        fleet = agents.run(lines, connections=16)
        self.check_all_new(fleet)
        owners = {}
        for n_active, connection, shown, device, reused in self.logged(server, 2 * len(names)):
            self.assertEqual((shown, reused), (f"CN={device}", "."))
            self.assertLessEqual(int(n_active), 16 + 1)  # one may be on its way out
            self.assertEqual(owners.setdefault(connection, device), device)
        self.assertLessEqual(fleet.agent_bytes, MAX_AGENT_BYTES)
        self.assertLessEqual(fleet.identity_bytes, MAX_IDENTITY_BYTES)
        if "PROV_N_IDENTITIES" in os.environ:
            print(
                f"{len(names)} devices, {len(owners)} connections, "
                f"{fleet.agent_bytes} bytes an agent and {fleet.identity_bytes} its identity, "
                f"{fleet.cpu_s:.1f} s of processor time"
            )

    def test_waiting_in_line_is_not_the_server_s_time(self):
        server = self.serve_secured()
        line = self.stack.enter_context(tcp_relay.TcpRelay(server.port, delay_s=0.1))
        url = f"http://{server.host}:{line.port}/profile.xml"
        devices = [agents.device(url, connect=800, total=800)] * 10
        self.check_all_new(agents.run(devices, connections=1))

    def four_rules(self, url):
        names = [f"rule{n}.xml" for n in range(4)]
        for name in names:
            self.write(name, agents.PROFILE)
        return agents.device(*(f"{url}/{name}" for name in names))

    def test_four_rules_cost_one_handshake(self):
        server = self.serve_secured(log="$connection $connection_requests $ssl_session_reused")
        self.check_all_new(agents.run([self.four_rules(server.tls_url)], ca=server.ca))
        lines = self.logged(server, 4)
        self.assertEqual([line[1:] for line in lines], [[str(n), "."] for n in range(1, 5)])
        self.assertEqual(len({line[0] for line in lines}), 1)

    def test_four_rules_load_the_roots_once(self):
        if not can_trace():
            self.skipTest("strace is not installed or may not trace here")
        server = self.serve_secured()
        trace = server.path("trace")
        tracer = ["strace", "-f", "-e", "trace=open,openat", "-o", trace]
        self.check_all_new(agents.run([self.four_rules(server.tls_url)], tracer, ca=server.ca))
        with open(trace, encoding="utf-8", errors="replace") as file:
            self.assertEqual(sum(server.ca in line for line in file), 1)


def can_trace():
    """The leak sanitizer does not work under strace."""
    if shutil.which("strace") is None or "ASAN_OPTIONS" in os.environ:
        return False
    tried = ["strace", "-o", os.devnull, "true"]
    return subprocess.run(tried, stderr=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    peers.run_tests(agents.PROGRAM)
