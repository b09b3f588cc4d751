#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""provision-fleet --run and --merge: phones against real servers, and what is reported of them."""

import collections
import contextlib
import csv
import json
import math
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest
import xml.etree.ElementTree

import agents
import peers
import secured
import tcp_relay
import workshop

FLEET = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "fleet", "provision-fleet")
TIMEOUT_S = 90
STAGES = ["wait", "connect", "tls", "first_byte", "whole", "applied", "resync"]
PERCENTILES = {"p50_ms": 0.5, "p90_ms": 0.9, "p95_ms": 0.95, "p99_ms": 0.99, "p999_ms": 0.999}
SVG = "{http://www.w3.org/2000/svg}"


def start(*args, **more):
    return subprocess.Popen(
        [FLEET, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, **more,
    )


def finish(process):
    """Status, standard output and standard error."""
    out, err = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, out, err


def nearest_rank(values, share):
    return values[max(1, math.ceil(share * len(values))) - 1]


class DyingServer:
    """A server that ends the first connections of each path without a response, and serves the file
    from then on."""

    def __init__(self, n_deaths):
        self.n_deaths = n_deaths
        self.deaths = collections.Counter()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.answer(connection)

    def answer(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        path = request.split()[1]
        self.deaths[path] += 1
        if self.deaths[path] <= self.n_deaths:
            reset = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            return
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(agents.PROFILE)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + agents.PROFILE)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class FleetRunTest(peers.ServedCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.chmod(self.root, 0o755)
        with open(self.path("p.xml"), "wb") as file:
            file.write(agents.PROFILE)

    def path(self, name):
        return os.path.join(self.root, name)

    def serve_nginx(self, extra="", log="$arg_mac $arg_sn $remote_addr $connection"):
        server = self.serve(peers.Nginx(self.root, extra=extra, log=log))
        self.rule = f"http://{server.host}:{server.port}/p.xml?mac=$MA&sn=$SN"
        return server

    def run_fleet(self, *args, status=0, **more):
        """The JSON document, and standard error."""
        found, out, err = finish(start(*args, "--json", **more))
        self.assertEqual(found, status, err)
        return json.loads(out), err

    def logged(self, server, n):
        text = server.wait_for_log("\n", 0)
        deadline = TIMEOUT_S / peers.POLL_S
        while deadline > 0:
            with open(server.path("access.log"), encoding="ascii") as file:
                lines = [line.split() for line in file]
            if len(lines) >= n:
                return lines
            text = server.wait_for_log("\n" * 2, 1, peers.POLL_S)
            deadline -= 1
        self.fail(text)

    def check_figures(self, document, samples):
        """The figures are those of all samples, exactly."""
        columns = {name: i for i, name in enumerate(document["columns"])}
        for stage in STAGES:
            at = columns[f"{stage}_ms"]
            values = sorted(sample[at] for sample in samples if sample[at] >= 0)
            if not values:
                self.assertNotIn(stage, document["stages"])
                continue
            figures = document["stages"][stage]
            self.assertEqual(figures["n"], len(values), stage)
            self.assertEqual((figures["min_ms"], figures["max_ms"]), (values[0], values[-1]))
            self.assertAlmostEqual(figures["mean_ms"], sum(values) / len(values), delta=0.1)
            for name, share in PERCENTILES.items():
                self.assertEqual(figures[name], nearest_rank(values, share), (stage, name))

    def test_each_phone_is_provisioned_once(self):
        server = self.serve_nginx()
        document, _ = self.run_fleet(
            *("--run", "150", "--rule", self.rule, "--rate", "0", "--connections", "16"),
            *("--mac", "00:0e:08:00:00:f0", "--serial", "A###B"),
        )
        self.assertTrue(document["is_good"])
        counts = [document[name] for name in ("n_phones", "n_done", "n_resyncs", "n_failed")]
        self.assertEqual(counts, [150, 150, 150, 0])
        self.assertEqual(document["bytes"], 150 * len(agents.PROFILE))
        self.assertEqual(document["n_connections"] + document["n_reused"], 150)
        self.assertLessEqual(document["n_connections"], 16)
        self.check_figures(document, document["samples"])
        lines = self.logged(server, 150)
        wanted = {(f"000e080000{0xf0 + n:02x}" if n < 16 else f"000e0800{0xf0 + n:04x}", f"A{n:03}B")
                  for n in range(150)}
        self.assertEqual({(line[0], line[1]) for line in lines}, wanted)
        self.assertGreater(document["phone_bytes"], 1000)

    def shards_of(self, n_phones, n_parts, *more):
        args = ["--run", str(n_phones), "--rule", self.rule, "--rate", "0", *more]
        processes = [start(*args, "--shard", f"{i + 1}/{n_parts}", "--json") for i in range(n_parts)]
        names = [self.path(f"part{i}.json") for i in range(n_parts)]
        for process, name in zip(processes, names):
            status, out, err = finish(process)
            self.assertEqual(status, 0, err)
            with open(name, "w", encoding="utf-8") as file:
                file.write(out)
        return args, names

    def test_four_shards_are_one_fleet(self):
        """What does not depend on time is equal to that of one run, and the figures are exact."""
        server = self.serve_nginx()
        args, names = self.shards_of(102, 4, "--resyncs", "2", "--connections", "8")
        of_shards = self.logged(server, 204)
        merged, _ = self.run_fleet("--merge", *names)
        whole, _ = self.run_fleet(*args)
        of_one = self.logged(server, 408)[204:]
        for name in ("n_phones", "n_done", "n_resyncs", "n_failed", "bytes", "is_good", "settings"):
            self.assertEqual(merged[name], whole[name], name)
        self.assertEqual(sorted(line[:2] for line in of_shards), sorted(line[:2] for line in of_one))
        outcomes = [
            collections.Counter((sample[0], sample[4]) for sample in document["samples"])
            for document in (merged, whole)
        ]
        self.assertEqual(*outcomes)
        parts = []
        for name in names:
            with open(name, encoding="utf-8") as file:
                parts.append(json.load(file))
        self.assertEqual(len(merged["parts"]), 4)
        self.check_figures(merged, [sample for part in parts for sample in part["samples"]])
        self.check_figures(whole, whole["samples"])
        self.assertEqual(merged["cpu_us"], sum(part["cpu_us"] for part in parts))
        again = self.path("merged.json")
        with open(again, "w", encoding="utf-8") as file:
            json.dump(merged, file)
        self.assertEqual(self.run_fleet("--merge", again)[0], merged)

    def test_parts_that_are_not_of_one_run_are_refused(self):
        self.serve_nginx()
        _, names = self.shards_of(6, 3)
        others = self.path("others.json")
        with open(others, "w", encoding="utf-8") as file:
            file.write(finish(start("--run", "7", "--rule", self.rule, "--rate", "0", "--json"))[1])
        with open(self.path("cut.json"), "w", encoding="utf-8") as file, open(names[0]) as whole:
            file.write(whole.read()[:-30])
        for name, text in [("empty.json", ""), ("none.json", "{}"), ("list.json", "[1]"),
                           ("deep.json", "{\"x\":" + "[" * 100000)]:
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(names[0], encoding="utf-8") as file:
            first = json.load(file)
        (part,) = first["parts"]

        def edit(name, *parts, **members):
            with open(self.path(name), "w", encoding="utf-8") as file:
                json.dump({**first, "parts": [{**part, **other} for other in parts], **members}, file)
            return self.path(name)

        for files, status, words in [
            ([names[0], names[0]], 1, "expected each shard once, found shard 1 again"),
            ([edit("twice.json", {}, {})], 1, "expected each shard once, found shard 1 again"),
            ([edit("none-of-3.json", {"shard": 0})], 1, "one of 3 shards, found shard 0 of 3"),
            ([edit("4-of-3.json", {"shard": 4})], 1, "one of 3 shards, found shard 4 of 3"),
            ([edit("1-of-0.json", {"n_shards": 0})], 1, "one of 0 shards, found shard 1 of 0"),
            ([edit("mixed.json", {}, {"shard": 2, "n_shards": 4})], 1, "found shard 2 of 4"),
            ([names[1], edit("1-of-4.json", {"n_shards": 4})], 1, "3 shards, found shard 1 of 4"),
            ([edit("other.json", {"shard": 3})], 1, "shards only, found phone 0 of shard 1"),
            ([names[1], edit("rate.json", {}, settings=[])], 1, "expected the settings of the files"),
            ([names[0], others], 1, "expected the settings of the files before"),
            ([self.path("cut.json")], 1, "offset"),
            ([self.path("empty.json")], 1, "offset 0: expected the beginning of an object"),
            ([self.path("none.json")], 1, 'expected the member "parts"'),
            ([self.path("list.json")], 1, "expected the beginning of an object"),
            ([self.path("deep.json")], 1, "expected a value"),
            ([self.path("missing.json")], 3, "cannot read"),
        ]:
            found, out, err = finish(start("--merge", *files))
            self.assertEqual((found, out), (status, ""), files)
            self.assertIn(words, err)

    def test_missing_shards_are_named(self):
        """A merge fails without all shards, and what it reports holds for the whole alone."""
        self.serve_nginx()
        _, names = self.shards_of(6, 3)

        def merge(files, words):
            status = 1 if words else 0
            document, err = self.run_fleet("--merge", *files, status=status)
            self.assertEqual(document["is_good"], not words)
            self.assertEqual(document["limits"], [words] if words else [])
            self.assertEqual(err, f"provision-fleet: {words}\n" if words else "")
            return document

        def keep(document, name):
            with open(self.path(name), "w", encoding="utf-8") as file:
                json.dump(document, file)
            return self.path(name)

        one = keep(merge(names[:1], "shards: 1 of 3 were merged; missing: 2, 3"), "one.json")
        two = merge([names[2], names[0]], "shards: 2 of 3 were merged; missing: 2")
        merge([one, names[1]], "shards: 2 of 3 were merged; missing: 3")
        merge([keep(two, "two.json"), names[1]], "")
        two["parts"] = [{**part, "n_shards": 4294967295} for part in two["parts"]]
        two["samples"] = [sample for sample in two["samples"] if sample[0] < 3]
        named = ", ".join(str(number) for number in [2, *range(4, 23)])
        merge([keep(two, "many.json")], "shards: 2 of 4294967295 were merged; "
              f"missing: {named} and 4294967273 others")

    def test_retries_follow_the_parameters(self):
        """Each phone finds the server dead twice: its third attempt comes 1 and 2 seconds later."""
        server = DyingServer(2)
        self.addCleanup(server.stop)
        report = self.path("report.html")
        document, _ = self.run_fleet(
            *("--run", "12", "--rule", f"{server.url}/$MA.xml", "--rate", "0", "--floor", "1"),
            *("--set", "Resync_Error_Retry_Delay=1,2", "--report", report),
        )
        self.assertEqual((document["n_done"], document["n_failed"]), (12, 24))
        retries = [[entry[name] for name in ("retry", "n", "n_good")] for entry in document["retries"]]
        self.assertEqual(retries, [[1, 12, 0], [2, 12, 12]])
        for entry, least_ms in zip(document["retries"], (1000, 2000)):
            self.assertGreaterEqual(entry["min_ms"], least_ms)
        self.assertEqual(sum(reason["n"] for reason in document["reasons"]), 24)
        self.assertEqual(len(document["outages"]), 1)
        self.assertTrue(any(limit.startswith("the server: ") for limit in document["limits"]))
        with open(report, encoding="utf-8") as file:
            page = file.read()
        for words in ("no success", "retries among them", "<h2>Retries", "Resync_Error_Retry_Delay"):
            self.assertIn(words, page)

    def test_a_server_that_comes_back_serves_all(self):
        """The phones report their failures to a log server; then the server starts again."""
        server = self.serve_nginx()
        server.end()
        with peers.SyslogSink() as sink:
            process = start(
                *("--run", "8", "--rule", self.rule, "--rate", "0", "--floor", "1", "--json"),
                *("--set", "Resync_Error_Retry_Delay=1"),
                *("--set", f"Syslog_Server={sink.host}:{sink.port}"),
            )
            lines = sink.wait_for(16, TIMEOUT_S)
            self.assertGreaterEqual(len(lines), 16)
            server.launch()
            status, out, err = finish(process)
        self.assertEqual(status, 0, err)
        document = json.loads(out)
        self.assertEqual(document["n_done"], 8)
        self.assertGreaterEqual(document["n_failed"], 8)
        self.assertEqual(document["reasons"][0]["status"], "PROV_E_CONNECT")

    def test_results_in_every_form_agree(self):
        self.serve_nginx()
        names = {name: self.path(f"result.{name}") for name in ("csv", "prometheus", "svg", "report")}
        document, _ = self.run_fleet(
            *("--run", "30", "--rule", self.rule, "--rate", "0", "--resyncs", "2"),
            *(word for name, path in names.items() for word in (f"--{name}", path)),
        )
        with open(names["csv"], encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(document["samples"]))
        at = document["columns"].index("resync_ms")
        self.assertEqual([int(row["resync_ms"]) for row in rows],
                         [sample[at] for sample in document["samples"]])
        self.assertEqual(collections.Counter(row["outcome"] for row in rows),
                         {"applied": 30, "unchanged": 30})
        with open(names["prometheus"], encoding="utf-8") as file:
            metrics = [line.rsplit(" ", 1) for line in file if not line.startswith("#")]
        values = {name: float(value) for name, value in metrics}
        self.assertEqual(values["provision_fleet_phones"], 30)
        self.assertEqual(values['provision_fleet_resyncs_total{result="good"}'], 60)
        p99 = 'provision_fleet_stage_seconds{stage="resync",quantile="0.99"}'
        self.assertAlmostEqual(values[p99], document["stages"]["resync"]["p99_ms"] / 1000)
        for name in ("svg", "report"):
            with open(names[name], encoding="utf-8") as file:
                self.check_pictures(file.read(), 1 if name == "svg" else 3, "--connections 256")

    def check_pictures(self, page, n, *words):
        """Each has a title, axes with units, a legend; nothing is loaded from elsewhere."""
        pictures = re.findall(r"<svg.*?</svg>", page, re.S)
        self.assertEqual(len(pictures), n)
        for picture in pictures:
            root = xml.etree.ElementTree.fromstring(picture)
            texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
            self.assertTrue(any("[" in text for text in texts), texts)
            self.assertTrue(any(text in ("100", "1", "10", "0") for text in texts))
            self.assertTrue(root.iter(f"{SVG}path"))
        first = "".join(xml.etree.ElementTree.fromstring(pictures[0]).itertext())
        for word in words:
            self.assertIn(word, first)
        for outside in ("src=", "href=", "@import", "url("):
            self.assertNotIn(outside, page)

    def test_the_simulation_has_a_picture(self):
        svg, page = self.path("load.svg"), self.path("load.html")
        status, _, err = finish(start(
            *("--simulate", "--devices", "500", "--length", "900", "--outage", "300-600"),
            *("--link-loss", "700-720", "--sleep", "800-820", "--svg", svg, "--report", page),
        ))
        self.assertEqual(status, 0, err)
        for name in (svg, page):
            with open(name, encoding="utf-8") as file:
                self.check_pictures(
                    file.read(), 1, "requests per second", "outage", "no link", "asleep",
                    "time since the start [min]", "--devices 500", "Resync_Periodic 3600",
                )

    def test_phones_are_spread_over_addresses(self):
        server = self.serve_nginx()
        self.run_fleet("--run", "20", "--rule", self.rule, "--rate", "0", "--spread", "5")
        lines = self.logged(server, 20)
        self.assertEqual(collections.Counter(line[2] for line in lines),
                         {f"127.0.0.{n}": 4 for n in range(1, 6)})

    def test_each_phone_shows_its_certificate(self):
        shop = workshop.Workshop(self.root)
        ca = shop.authority("phones")
        for n in range(3):
            shop.certificate(f"000e0800000{n}", ca, "")
        server = self.serve(secured.SecuredNginx(
            self.root, f"ssl_verify_client on; ssl_client_certificate {ca.pem};",
            log="$arg_mac $ssl_client_s_dn",
        ))
        document, _ = self.run_fleet(
            *("--run", "3", "--rule", f"{server.tls_url}/p.xml?mac=$MA", "--rate", "0"),
            *("--ca", server.ca, "--client-cert", self.path("$MA.pem")),
            *("--client-key", self.path("$MA.key")),
        )
        self.assertEqual(document["n_connections"], 3)
        self.assertEqual(document["stages"]["tls"]["n"], 3)
        self.assertEqual(sorted(line for line in self.logged(server, 3)),
                         [[f"000e0800000{n}", f"CN=000e0800000{n}"] for n in range(3)])
        status, _, err = finish(start(
            *("--run", "4", "--rule", f"{server.tls_url}/p.xml", "--client-cert", self.path("$MA.pem")),
            *("--client-key", self.path("$MA.key")),
        ))
        self.assertEqual(status, 3)
        self.assertIn("000e08000003", err)

    def limit_descriptors(self, soft, hard):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_limits_are_raised_and_named(self):
        self.serve_nginx()
        args = ["--run", "20", "--rule", self.rule, "--rate", "0", "--connections"]
        _, err = self.run_fleet(*args, "40", preexec_fn=self.limit_descriptors(64, 200))
        self.assertIn("raised the limit of descriptors from 64 to 144", err)
        document, err = self.run_fleet(*args, "400", preexec_fn=self.limit_descriptors(64, 100))
        self.assertIn("the hard limit of 100 allows 18 connections in place of 400", err)
        self.assertTrue(any(limit.startswith("descriptors: ") for limit in document["limits"]))
        self.assertLessEqual(document["n_connections"], 18)

    def test_a_server_at_its_limit_is_named(self):
        self.serve_nginx("return 444;")
        document, _ = self.run_fleet(
            "--run", "3", "--rule", self.rule, "--rate", "0", "--length", "1", status=1)
        self.assertFalse(document["is_good"])
        self.assertEqual(document["n_failed"], 3)
        self.assertTrue(any("closed connections without a response" in limit
                            for limit in document["limits"]))

    def test_the_delay_of_a_power_up_is_that_of_the_parameters(self):
        """Without a delay all ask at once; with one of up to 2,000 s few do in the first second."""
        self.serve_nginx()
        args = ["--run", "40", "--rule", self.rule, "--length", "1", "--set"]
        document, _ = self.run_fleet(*args, "Resync_Random_Delay=0")
        self.assertEqual(document["n_resyncs"], 40)
        document, _ = self.run_fleet(*args, "Resync_Random_Delay=100")
        self.assertLess(document["n_resyncs"], 10)

    def test_phones_that_may_not_resync_end_the_run(self):
        self.serve_nginx()
        args = ["--run", "3", "--rule", self.rule, "--set"]
        for more in (["Provision_Enable=No"], ["Resync_On_Reset=No", "--set", "Resync_Periodic=0"]):
            document, _ = self.run_fleet(*args, *more, status=1)
            self.assertEqual((document["n_done"], document["n_resyncs"]), (0, 0))
            self.assertIn("Provision_Enable", document["limits"][0])
        status, _, err = finish(start(*args, "Provision_Enable=No", "--rate", "0"))
        self.assertEqual(status, 3)
        self.assertIn("Provision_Enable", err)

    def test_a_slow_server_shows_in_its_stages(self):
        server = self.serve_nginx()
        with tcp_relay.TcpRelay(server.port, delay_s=0.2) as line:
            rule = self.rule.replace(f":{server.port}/", f":{line.port}/")
            document, _ = self.run_fleet("--run", "4", "--rule", rule, "--rate", "0")
        for stage in ("first_byte", "whole", "applied", "resync"):
            self.assertGreaterEqual(document["stages"][stage]["min_ms"], 150, stage)

    def test_a_signal_ends_with_a_result(self):
        server = self.serve_nginx()
        process = start("--run", "5", "--rule", self.rule, "--rate", "0", "--length", "3600", "--json")
        self.logged(server, 5)
        process.send_signal(signal.SIGINT)
        status, out, err = finish(process)
        self.assertEqual(status, 128 + signal.SIGINT, err)
        self.assertEqual(json.loads(out)["n_phones"], 5)

    def test_a_terminal_shows_how_far_it_is(self):
        self.serve_nginx()
        ours, theirs = os.openpty()
        with open(theirs, "wb", closefd=True) as terminal:
            process = subprocess.Popen(
                [FLEET, "--run", "30", "--rule", self.rule, "--rate", "60", "--color", "never"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal,
                env={**os.environ, "TERM": "xterm"},
            )
        shown = b""
        with open(ours, "rb", buffering=0) as screen, contextlib.suppress(OSError):
            while more := screen.read(65536):  # EIO when the program has ended
                shown += more
        self.assertEqual(process.wait(TIMEOUT_S), 0)
        lines = shown.decode().split("\r")
        self.assertRegex(lines[-2], r"^\[#{24}\] 30 of 30 phones, \d+/s, 0 failed, 0 running, ")
        self.assertTrue(any(re.match(r"\[#*\.+\] \d+ of 30", line) for line in lines), lines)

    def test_secrets_are_not_in_results(self):
        self.serve_nginx()
        report = self.path("report.html")
        rule = self.rule.replace("http://", "[--key hunter2abc] http://")
        status, out, _ = finish(start(
            *("--run", "1", "--rule", rule, "--rate", "0", "--length", "1", "--json"),
            *("--set", "Admin_Password=hunter2abc", "--report", report),
        ))
        self.assertEqual(status, 1)
        with open(report, encoding="utf-8") as file:
            self.assertNotIn("hunter2abc", out + file.read())

    def test_the_command_line(self):
        for args, words in [
            (["--run", "5"], "expected --rule"),
            (["--run", "5", "--simulate"], "expected one of"),
            ([], "expected one of"),
            (["--merge"], "--merge: expected files"),
            (["--run", "3", "--rule", "/x", "--shard", "4/4"], "--shard"),
            (["--run", "3", "--rule", "/x", "--shard", "5/4"], "--shard: expected I/N"),
            (["--run", "3", "--rule", "/x", "--set", "Resync_Periodic=often"], "Resync_Periodic"),
            (["--run", "3", "--rule", "( ( x"], "Profile_Rule"),
            (["--run", "3", "--rule", "/x", "--floor", "0"], "--floor: expected a number of seconds, at"),
            (["--simulate", "--csv", "x"], "--csv"),
            (["--run", "3", "--rule", "/x", "--client-key", "y"], "--client-cert"),
        ]:
            status, out, err = finish(start(*args))
            self.assertEqual((status, out), (2, ""), (args, err))
            self.assertIn(words, err)


class RuleTest(unittest.TestCase):
    """Rules that lead to no file."""

    def setUp(self):
        self.server = DyingServer(1 << 30)
        self.addCleanup(self.server.stop)
        self.quick = ["--set", "Resync_Random_Delay=0", "--run", "3"]
        self.rule = ["--rule", f"{self.server.url}/$MA.xml"]

    def test_attempts(self):
        for n in [1, 2]:
            args = [*self.quick, *self.rule, "--json", "--attempts", str(n)]
            retries = ["--floor", "1", "--set", "Resync_Error_Retry_Delay=1"]
            status, out, err = finish(start(*args, *retries))
            document = json.loads(out)
            self.assertEqual((status, document["n_done"], err), (1, 0, ""))
            self.assertEqual((document["n_resyncs"], document["n_failed"]), (3 * n, 3 * n))
            self.assertEqual(set(self.server.deaths.values()), {n})
            self.server.deaths.clear()

    def test_failures_without_end_are_reported(self):
        process = start(*self.quick, *self.rule)
        line = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        status, out, _ = finish(process)
        self.assertEqual(status, 128 + signal.SIGINT)
        self.assertRegex(
            line,
            "all 3 phones have failed, e.g.: .*; the next tries again in (60|59) s. "
            "Ctrl-C ends this, as --attempts and --length do\n",
        )
        self.assertIn("0 of 3 phones done", out)

    def test_no_file_is_requested(self):
        for rule in ["", '("a" eq "b")? http://127.0.0.1:1/x', '( GPP_A = "x" )!']:
            status, out, err = finish(start(*self.quick, "--rule", rule))
            self.assertEqual((status, err), (1, ""), rule)
            self.assertIn("limit: the rule: no phone requested a file", out)

    def test_a_shard_without_requests(self):
        """The rule requests a file for the phone of the first shard alone."""
        self.server.n_deaths = 0
        rule = f'("$MA" eq "000e08000000")? {self.server.url}/f.xml'
        limit = "the rule: no phone requested a file"
        with tempfile.TemporaryDirectory() as folder:
            names = [os.path.join(folder, f"{number}.json") for number in (1, 2)]
            for number, name in enumerate(names, 1):
                status, out, _ = finish(start(
                    *("--run", "2", "--rule", rule, "--rate", "0", "--json"),
                    *("--shard", f"{number}/2"),
                ))
                self.assertEqual((status, limit in out), (number - 1, number == 2))
                with open(name, "w", encoding="utf-8") as file:
                    file.write(out)
            status, out, err = finish(start("--merge", *names))
            self.assertEqual((status, err), (0, ""), out)
            self.assertIn("rules: 1 applied, 1 skipped", out)
            self.assertNotIn("limit: ", out)
            status, out, _ = finish(start("--merge", names[1]))
            self.assertEqual((status, out.count(limit)), (1, 1), out)


if __name__ == "__main__":
    peers.run_tests(agents.PROGRAM)
