#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The control socket of provision-phone, and what else a harness needs: calls, User-Agent."""

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import peers
import phone
import workshop

PROFILE = "<flat-profile><GPP_A>new</GPP_A></flat-profile>"
QUIET = {"Resync_Random_Delay": "0", "Forced_Resync_Delay": "0", "Resync_On_Reset": "No"}


class ControlTest(peers.ServedCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root = self.own.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o755)
        self.write("p.xml", PROFILE)
        self.phone = self.own.enter_context(
            phone.Phone(self.own.enter_context(tempfile.TemporaryDirectory()))
        )
        self.path = os.path.join(self.phone.folder, "control")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o644)

    def start(self, *args, sets=None, json=True):
        """A phone that does nothing by itself, and a connection to it."""
        process = self.phone.start("--control", self.path, *(["--json"] if json else []), *args,
                                   sets={**QUIET, **(sets or {})})
        self.addCleanup(process.kill)
        control = self.own.enter_context(phone.Control(self.path))
        return process, control

    def end(self, process, control):
        control.do("quit")
        run = self.phone.finish(process)
        self.assertEqual(run.status, 0, run.err)
        self.assertFalse(os.path.exists(self.path))
        return run

    def test_a_harness_drives_a_phone(self):
        server = self.serve(peers.Nginx(self.root))
        url = f"http://{server.host}:{server.port}"
        process, control = self.start(sets={"Profile_Rule": f"{url}/p.xml", "GPP_SA": "hush"})
        self.phone.plant("hush")
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o700)  # the owner's alone
        control.do("events on")

        control.do("call")
        self.assertTrue(control.do("status")["has_call"])
        control.do("resync")
        job = control.job("resync")
        self.assertEqual((job["state"], job["waits_for"]), ("waiting", "lines"))
        control.do("hangup")
        done = control.wait_for(lambda event: event["event"] == "resync")
        self.assertEqual((done["outcome"], done["cause"]), ("applied", "host"))
        self.assertEqual(control.do("get gpp_a")["value"], "new")
        self.assertEqual(control.job("resync")["last"]["outcome"], "applied")

        control.do(f"resync {url}/p.xml?x=1")
        done = control.wait_for(lambda event: event["event"] == "resync")
        self.assertEqual((done["cause"], done["rule"]), ("url", "rule on request"))

        control.do("set User_Configurable_Resync=No")
        self.assertEqual(control.ask("press resync")["error"]["status"], "PROV_E_POLICY")
        control.do("set User_Configurable_Resync=Yes")
        control.do("press resync")
        done = control.wait_for(lambda event: event["event"] == "resync")
        self.assertEqual(done["cause"], "menu")

        control.do("events off")
        self.assertTrue(control.do("get GPP_SA")["is_secret"])
        control.do("network lost")
        self.assertTrue(control.do("status")["is_link_lost"])
        control.do("network back")
        control.do("cancel resync")
        control.do("confirm")
        self.end(process, control)

    def test_commands_that_cannot_be_carried_out_say_why(self):
        process, control = self.start()
        for command, status, words in [
            ("dance hush", "PROV_E_INVALID", "found 'dance', expected one of call, hangup, "),
            ("", "PROV_E_INVALID", "found ''"),
            ("call soon", "PROV_E_INVALID", "expected call, or call SECONDS"),
            ("cancel all", "PROV_E_INVALID", "the name of a job"),
            ("network up", "PROV_E_INVALID", "expected network lost, or network back"),
            ("events", "PROV_E_INVALID", "expected events on, or events off"),
            ("get", "PROV_E_INVALID", "the name of a parameter"),
            ("set GPP_A", "PROV_E_INVALID", "expected NAME=VALUE"),
            ("set Resync_Periodic=often", "PROV_E_VALUE", ""),
            ("user GPP_A=x", "PROV_E_POLICY", ""),
            ("press key", "PROV_E_INVALID", "expected press resync"),
            ("renew", "PROV_E_INVALID", "expected --client-cert, and no --phones beside it, for renew"),
        ]:
            with self.subTest(command=command):
                reply = control.ask(command)
                self.assertFalse(reply["ok"])
                self.assertEqual(reply["error"]["status"], status)
                self.assertIn(words, reply["error"]["message"])
                self.assertNotIn("hush", str(reply))
        self.end(process, control)

    def test_a_call_of_the_command_line_ends_by_itself(self):
        server = self.serve(peers.Nginx(self.root))
        rule = f"http://{server.host}:{server.port}/p.xml"
        run = self.phone.run("--once", "--call", "1", "--resync", rule, "--json", sets=QUIET)
        self.assertEqual(run.status, 0, run.err)
        self.assertIn("line", [event["why"] for event in run.events("scheduled")])

    def test_connections_are_bounded_and_a_long_line_ends_one(self):
        process, control = self.start()
        with contextlib.ExitStack() as stack:
            rest = [stack.enter_context(phone.Control(self.path)) for _ in range(8)]
            for other in rest[:7]:
                other.do("status")
            rest[7].socket.sendall(b"status\n")
            control.do("status")  # the ninth waits, and this one goes on
            rest[0].close()
            self.assertEqual(rest[7].read()["command"], "status")
            with contextlib.suppress(ConnectionError):
                rest[1].socket.sendall(b"x" * 20000)
            self.assertIsNone(rest[1].read())
            rest[2].socket.sendall(b"call\nstatus\nhang")
            self.assertEqual(rest[2].read()["command"], "call")
            self.assertTrue(rest[2].read()["has_call"])
            self.assertEqual(rest[2].ask("up\r")["command"], "hangup")
        self.end(process, control)

    def test_events_wait_for_a_client_that_reads_late(self):
        """A profile commits in one turn: its events are more than a socket holds."""
        long_value = "x" * 2000
        values = "".join(f"<P{i}>{long_value}</P{i}>" for i in range(700))
        self.write("big.xml", f"<flat-profile>{values}</flat-profile>")
        server = self.serve(peers.Nginx(self.root))
        process, control = self.start("--quiet", json=False)
        with phone.Control(self.path) as late:
            late.do("events on")
            control.do("events on")
            control.do(f"resync http://{server.host}:{server.port}/big.xml")
            done = control.wait_for(lambda event: event["event"] == "resync")
            self.assertEqual(done["n_changed"], 700)
            names = [late.wait_for(lambda event: event["event"] == "changed")["name"]
                     for _ in range(700)]
            self.assertEqual(names, [f"P{i}" for i in range(700)])
        self.end(process, control)

    def test_a_socket_left_behind_is_replaced_and_one_in_use_is_not(self):
        process, control = self.start()
        other = self.phone.command("--control", self.path)
        done = subprocess.run([*other[:5], *other[7:]], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("--control: expected a path or fd:N to listen at, found", done.stderr)
        process.kill()
        self.phone.finish(process)
        self.assertTrue(os.path.exists(self.path))
        process, control = self.start()
        self.end(process, control)

    def test_the_socket_of_a_successor_is_not_removed(self):
        process, control = self.start()
        os.unlink(self.path)
        with socket.socket(socket.AF_UNIX) as successor:
            successor.bind(self.path)
            control.do("quit")
            self.assertEqual(self.phone.finish(process).status, 0)
            self.assertTrue(os.path.exists(self.path))

    def test_an_inherited_socket(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path)
            listener.listen()
            process = self.phone.start("--control", f"fd:{listener.fileno()}", sets=QUIET,
                                       pass_fds=[listener.fileno()])
        self.addCleanup(process.kill)
        with phone.Control(self.path) as control:
            control.do("status")
            self.end(process, control)
        for where in ["fd:0", "fd:99", "fd:x", self.path + "x" * 108]:
            run = self.phone.run("--control", where, sets=QUIET)
            self.assertEqual(run.status, 3)
            self.assertIn(f"found {where}: ", run.err)

    def serve_uploads(self):
        os.chmod(self.root, 0o777)
        return self.serve(peers.Nginx(self.root, "dav_methods PUT; client_max_body_size 0;"))

    def values(self, name):
        """The parameters of a report."""
        root = xml.etree.ElementTree.parse(os.path.join(self.root, name)).getroot()
        self.assertEqual([root.tag, root[0].tag], ["device", "flat-profile"])
        return {element.tag: element.text for element in root[0]}

    def test_reports(self):
        server = self.serve_uploads()
        url = f"http://{server.host}:{server.port}"
        self.phone.plant("hush")
        log_server = f"{self.phone.sink.host}:{self.phone.sink.port}"
        run = self.phone.run("--once", "--report", "--json", "--syslog", log_server, sets={
            **QUIET, "HTTP_Report_Method": "PUT", "GPP_SA": "hush", "GPP_A": "a b",
            "Report_Rule": f"{url}/$MA.xml {url}/again.xml"})
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual([event["outcome"] for event in run.events("result")], ["applied"] * 2)
        self.assertEqual(run.events("resync"), [])
        for name in ["000e08abcdef.xml", "again.xml"]:
            values = self.values(name)
            self.assertEqual((values["GPP_A"], values["Resync_On_Reset"]), ("a b", "No"))
            self.assertNotIn("GPP_SA", values)
        self.assertIn("CP-8841-3PCC", server.wait_for_log("PUT /again.xml"))

        nowhere = f"http://127.0.0.1:{peers.free_port(socket.SOCK_STREAM)}/r"
        run = self.phone.run("--once", "--report", f"{nowhere} {url}/more.xml", "--syslog", log_server)
        self.assertEqual(run.status, 1, run.err)  # the first of two failed
        self.assertIn("  delivered\n", run.out)
        self.assertIn("Report failed: ", " ".join(run.syslog))
        self.assertEqual(self.values("more.xml")["GPP_A"], "a b")

        run = self.phone.run("--once", "--report", f"[--status]{url}/s.xml", "--swver", "12-0-7")
        self.assertEqual(run.status, 0, run.err)
        with open(os.path.join(self.root, "s.xml"), encoding="utf-8") as file:
            status = file.read()
        self.assertRegex(status, r"<Phone_Status>\s*<Running_Bank>a</Running_Bank>\s*</Phone_Status>")
        self.assertRegex(status, r"<PRT_Status>\s*<PRT_Upload_Status></PRT_Upload_Status>\s*</PRT_Status>")
        self.assertIn("<Software_Version>12-0-7</Software_Version>", status)

        process, control = self.start()
        control.do("events on")
        control.do("set GPP_A=c")
        control.do(f"report {url}/third.xml")
        done = control.wait_for(lambda event: event["event"] == "result")
        self.assertEqual((done["job"], done["outcome"]), ("report", "applied"))
        self.assertEqual(self.values("third.xml")["GPP_A"], "c")
        for path, expected in [("prt.tar", "Success"), ("none/prt.tar", "Failed")]:
            control.do(f"set PRT_Upload_Rule={url}/{path}")
            control.do("set PRT_Upload_Method=PUT")
            control.do("problem-report")
            control.wait_for(lambda event: event["event"] == "result")
            control.do(f"report [--status]{url}/s.xml")
            control.wait_for(lambda event: event["event"] == "result")
            with open(os.path.join(self.root, "s.xml"), encoding="utf-8") as file:
                self.assertIn(f"<PRT_Upload_Status>{expected}</PRT_Upload_Status>", file.read())
        self.end(process, control)

    def test_user_agents(self):
        server = self.serve(peers.Nginx(self.root))
        url = f"http://{server.host}:{server.port}/p.xml"
        version = ["--swver", "sip88xx.11-3-1MPP-110", "--serial", "FCH1"]
        for options, expected in [
            ([], "CP-8841-3PCC/sip88xx.11-3-1MPP-110 (000e08abcdef)"),
            (["--manufacturer", "Cisco"],
             "Cisco-CP-8841-3PCC/sip88xx.11-3-1MPP-110 (000e08abcdef)"),
            (["--manufacturer", "Cisco", "--user-agent", "serial"],
             "Cisco-CP-8841-3PCC/sip88xx.11-3-1MPP-110 (FCH1)"),
        ]:
            with self.subTest(options=options):
                run = self.phone.resync(url, *version, *options)
                self.assertEqual(run.status, 0, run.err)
                self.assertIn(f'200 "{expected}"', server.wait_for_log(f'"{expected}"'))

    @unittest.skipIf(shutil.which("openssl") is None, "no openssl command")
    def test_update_ca_installs_once(self):
        ca = workshop.Workshop(self.own.enter_context(tempfile.TemporaryDirectory())).authority("ours")
        with open(ca.pem, encoding="ascii") as file:
            self.write("ca.pem", file.read())
        server = self.serve(peers.Nginx(self.root))
        url = f"http://{server.host}:{server.port}/ca.pem"
        run = self.phone.run("--once", "--update-ca", url, "--json")
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(self.phone.value("Custom_CA_Info"), "ours")
        run = self.phone.run("--once", "--json", "--update-ca", f"{url}x")
        self.assertEqual(run.status, 1, run.err)
        self.assertEqual(self.phone.value("Custom_CA_Info"), "ours")


if __name__ == "__main__":
    peers.run_tests()
