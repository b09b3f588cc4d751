#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Several phones in one provision-phone, and clocks that run faster than the machine's."""

import contextlib
import json
import os
import tempfile
import xml.etree.ElementTree

import peers
import phone

MACS = ["000e08abcdfe", "000e08abcdff", "000e08abce00"]
PROFILE = "<flat-profile><GPP_A>{mac}</GPP_A></flat-profile>"


class PhonesTest(peers.ServedCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root, self.stores, self.sockets = [
            self.own.enter_context(tempfile.TemporaryDirectory()) for _ in range(3)
        ]
        os.chmod(self.root, 0o755)
        for mac in MACS:
            self.write(f"{mac}.xml", PROFILE.format(mac=mac))
        server = self.serve(peers.Nginx(self.root))
        self.url = f"http://{server.host}:{server.port}"
        self.phone = self.own.enter_context(phone.Phone(self.stores))

    def write(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o644)

    def options(self, *args):
        return ["--mac", MACS[0], "--phones", "3", "--store", self.stores, "--json", *args]

    def stored(self, mac, name):
        root = xml.etree.ElementTree.parse(os.path.join(self.stores, f"{mac}.xml")).getroot()
        return root.findtext(name)

    def test_each_has_an_address_and_a_store(self):
        run = self.phone.run(*self.options("--once", "--resync", f"{self.url}/$MA.xml"))
        self.assertEqual(run.status, 0, run.err)
        ended = {event["mac"]: event["outcome"] for event in run.events("resync")}
        self.assertEqual(ended, dict.fromkeys(MACS, "applied"))
        self.assertEqual([self.stored(mac, "GPP_A") for mac in MACS], MACS)

    def test_one_that_fails_decides_the_exit_status(self):
        os.remove(os.path.join(self.root, f"{MACS[1]}.xml"))
        run = self.phone.run(*self.options("--once", "--resync", f"{self.url}/$MA.xml"))
        self.assertEqual(run.status, 1)
        ended = {event["mac"]: event["outcome"] for event in run.events("resync")}
        self.assertEqual(ended, dict(zip(MACS, ["applied", "failed", "applied"])))

    def test_lines_for_people_begin_with_the_address(self):
        run = self.phone.run("--mac", MACS[0], "--phones", "2", "--store", self.stores, "--once",
                             "--resync", f"{self.url}/$MA.xml")
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual({line.split(":")[0] for line in run.out.splitlines()}, set(MACS[:2]))

    def test_each_is_driven_and_reboots_by_itself(self):
        process = self.phone.start(*self.options("--control", self.sockets),
                                   sets={"Resync_On_Reset": "No"})
        self.addCleanup(process.kill)
        controls = [self.own.enter_context(phone.Control(os.path.join(self.sockets, mac)))
                    for mac in MACS]
        controls[1].do("set GPP_B=middle")
        controls[1].do("reboot")
        self.assertIsNone(controls[1].read())
        controls[1].close()
        controls[1].connect()
        self.assertEqual([control.do("get GPP_B")["value"] for control in controls],
                         ["", "middle", ""])
        self.assertEqual([len(control.do("status")["reboots"]) for control in controls],
                         [0, 1, 0])
        controls[0].do("quit")
        self.assertIsNone(controls[0].read())
        controls[1].do("quit")
        controls[2].do("quit")
        run = self.phone.finish(process)
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(os.listdir(self.sockets), [])
        self.assertEqual([event["mac"] for event in run.events("boot")], [MACS[1]])

    def test_a_store_that_cannot_be_read_names_the_phone(self):
        with open(os.path.join(self.stores, f"{MACS[1]}.xml"), "w", encoding="ascii") as file:
            file.write("<nonsense")
        run = self.phone.run(*self.options("--once"))
        self.assertEqual(run.status, 3)
        self.assertIn(f"{MACS[1]}: provision-phone: ", run.err)

    def test_periods_can_be_watched(self):
        self.write("p.xml", PROFILE.format(mac="x"))
        process = self.phone.start("--json", "--time-scale", "600", sets={
            "Profile_Rule": f"{self.url}/p.xml", "Resync_Periodic": "300",
            "Resync_Random_Delay": "0"})
        self.addCleanup(process.kill)
        ends = []
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "resync":
                self.assertNotEqual(event["outcome"], "failed")
                ends.append(event["wall_s"])
            if len(ends) == 4:
                break
        process.terminate()
        self.assertEqual(self.phone.finish(process).status, 0)
        self.assertTrue(all(later - earlier >= 300 for earlier, later in zip(ends[1:], ends[2:])),
                        ends)


if __name__ == "__main__":
    peers.run_tests()
