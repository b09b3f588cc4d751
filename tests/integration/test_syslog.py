#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""What rsyslog and syslog-ng write by the recipes of docs/syslog.md is what a phone has sent."""

import contextlib
import os
import re
import tempfile

import log_servers
import peers
import phone

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d"


class SyslogTest(peers.ServedCase):
    def setUp(self):
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        self.root = self.own.enter_context(tempfile.TemporaryDirectory())
        os.chmod(self.root, 0o755)
        path = os.path.join(self.root, "p.xml")
        with open(path, "w", encoding="ascii") as file:
            file.write("<flat-profile><GPP_A>x</GPP_A></flat-profile>")
        os.chmod(path, 0o644)
        server = self.serve(peers.Nginx(self.root))
        self.url = f"http://{server.host}:{server.port}"
        self.phone = self.own.enter_context(
            phone.Phone(self.own.enter_context(tempfile.TemporaryDirectory())))

    def send(self, server, identifier, *args):
        """What the phone has sent: it sends the same to its two servers."""
        sets = {"Debug_Server": f"{server.host}:{server.port}", "Syslog_Identifier": identifier}
        sent = []
        for name in ["p.xml", "missing%0a.xml"]:
            sent += self.phone.resync(f"{self.url}/{name}", *args, sets=sets).syslog
        self.assertEqual(len(sent), 4, sent)
        return sent

    def test_messages_are_written_as_they_were_sent(self):
        for make in [log_servers.Rsyslog, log_servers.SyslogNg]:
            with self.subTest(server=make.__name__):
                server = self.serve(make("."))
                sent = self.send(server, "None") + self.send(server, "$MAC")
                lines = [re.fullmatch(rf"{TIME} 127\.0\.0\.1 (.*)", line)
                         for line in server.lines(8)]
                self.assertTrue(all(lines), server.all_lines())
                self.assertEqual([line.group(1) for line in lines],
                                 [re.sub(r"^<\d+>", "", line) for line in sent])
                self.assertIn(f" {phone.NAME} Requesting resync ", lines[0].group(1))

    def test_messages_of_rfc5424_are_read_in_all_their_parts(self):
        form = re.compile(rf"<13[14]>1 ({TIME}) (\S+) provision - (\w+) - (.*)")
        for make in [log_servers.Rsyslog5424, log_servers.SyslogNg5424]:
            with self.subTest(server=make.__name__):
                server = self.serve(make("."))
                sent = self.send(server, "$MA", "--syslog-format", "rfc5424")
                parts = [form.fullmatch(line) for line in sent]
                self.assertTrue(all(parts), sent)
                self.assertEqual([part.group(3) for part in parts],
                                 ["Log_Request_Msg", "Log_Success_Msg",
                                  "Log_Request_Msg", "Log_Failure_Msg"])
                self.assertEqual({part.group(2) for part in parts}, {"000e08abcdef"})
                self.assertEqual(server.lines(4), [" ".join(part.groups()) for part in parts])


if __name__ == "__main__":
    peers.run_tests(phone.PROGRAM)
