#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""How the programs start: on closed standard files, on stores that are none, on any command line."""

import glob
import json
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.environ["PROV_SOURCE_ROOT"]
EXAMPLES = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples")
PHONE = os.path.join(EXAMPLES, "phone", "provision-phone")
EXPLAIN = os.path.join(EXAMPLES, "explain", "provision-explain")
FLEET = os.path.join(EXAMPLES, "fleet", "provision-fleet")
IDENTITY = ["--mac", "000e08abcdef", "--model", "X"]
TIMEOUT_S = 30
os.environ.pop("NO_COLOR", None)


def run(command, **more):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, timeout=TIMEOUT_S, check=False, **more,
    )


class StartupTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.store = os.path.join(self.folder.name, "store.xml")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_without(self, closed, command):
        """Exit status of a command whose descriptors `closed` are closed."""
        return run(command, preexec_fn=lambda: [os.close(fd) for fd in closed]).returncode

    def test_closed_standard_files_get_nothing_else(self):
        for closed in ([0], [1], [2], [0, 1, 2]):
            status = self.run_without(
                closed, [PHONE, "--store", self.store, *IDENTITY, "--set", "GPP_A=v4lue",
                         "--once", "--resync", "[--key k"])
            self.assertEqual(status, 1)
            self.assertEqual(os.path.getsize(self.store + ".lock"), 0, closed)
            with open(self.store, encoding="ascii") as file:
                text = file.read()
            self.assertTrue(text.startswith("<flat-profile>\n"), text)
            self.assertIn("<GPP_A>v4lue</GPP_A>", text)

    def test_programs_run_on_closed_standard_files(self):
        with open(self.path("rule"), "w", encoding="ascii") as file:
            file.write("<flat-profile/>")
        for closed in ([0], [1], [2], [0, 1, 2]):
            explain = [EXPLAIN, "--profile", self.path("rule")]
            fleet = [FLEET, "--simulate", "--devices", "10", "--length", "60"]
            self.assertEqual(self.run_without(closed, explain), 0, closed)
            self.assertEqual(self.run_without(closed, fleet), 0, closed)
            with open(self.path("rule"), encoding="ascii") as file:
                self.assertEqual(file.read(), "<flat-profile/>")

    def test_fifo_as_store_is_refused(self):
        os.mkfifo(self.store)
        done = run([PHONE, "--store", self.store, *IDENTITY, "--once", "--resync", "http://h/x"])
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("store.xml: expected a regular file, found a FIFO", done.stderr)

    def test_link_as_store_stays_a_link(self):
        os.symlink("real.xml", self.store)
        for value in ("1", "2"):
            done = run([PHONE, "--store", self.store, "--set", f"GPP_A={value}", "--show", "GPP_A"])
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.islink(self.store))
        self.assertEqual(
            sorted(os.listdir(self.folder.name)),
            ["real.xml", "real.xml.bak", "real.xml.lock", "store.xml"])

    def test_rule_that_does_not_parse_is_drawn(self):
        done = run([PHONE, *IDENTITY, "--once", "--resync", "[--key s3cr3t] (1 gt http://x"])
        self.assertEqual(done.returncode, 1)
        lines = [line.rpartition(": ")[2] for line in done.stderr.splitlines()]
        at = lines.index(" [--key ***] (1 gt http://x")
        self.assertTrue(lines[at + 1].strip().startswith("^"))
        self.assertNotIn("s3cr3t", done.stderr + done.stdout)

    def test_bad_arguments_say_what_is_expected(self):
        for option, argument, expected in (
            ("--mac", "zz", "12 hexadecimal digits, such as 000e08abcdef or 00:0e:08:ab:cd:ef"),
            ("--mac", "000e08abcdef0", "12 hexadecimal digits"),
            ("--dialect", "s3cr3t", "mpp or spa"),
            ("--reset", "s3cr3t", "user or server"),
            ("--confirm-within", "0", "a number of seconds, at least 1"),
            ("--dhcp-server", "http://h/s3cr3t", "a name or an address"),
            ("--dhcp-option", "s3cr3t", "CODE=TEXT"),
            ("--series", "s3cr3t" * 100, "a short name"),
        ):
            done = run([PHONE, option, argument])
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(f"provision-phone: {option}: expected {expected}", done.stderr)
            self.assertNotIn("s3cr3t", done.stderr)
        for option, argument, expected in (
            ("--set", "s3cr3t", "NAME=VALUE"),
            ("--var", "s3cr3t", "NAME=VALUE"),
            ("--bind", "s3cr3t", "NAME=VALUE"),
            ("--prvst", "3", "a number from -1 to 2"),
            ("--prvtmr", "-1", "a number of seconds"),
            ("--upgtmr", "x", "a number of seconds"),
        ):
            done = run([EXPLAIN, "--rule", "/x", option, argument])
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(f"provision-explain: {option}: expected {expected}", done.stderr)
            self.assertNotIn("s3cr3t", done.stderr)
        for option, argument, expected in (
            ("--devices", "0", "a number from 1 to 16777216"),
            ("--length", "x", "a number of seconds from 1 to 1073741824"),
            ("--outage", "9-5", "FROM-TO, two numbers of seconds, the smaller first"),
            ("--outage", "5-9s3cr3t", "FROM-TO"),
            ("--set", "Resync_Periodic=often", "NAME=VALUE of a parameter that --help lists"),
            ("--set", "GPP_A=s3cr3t", "NAME=VALUE of a parameter that --help lists"),
            ("--seed", "s3cr3t", "a number"),
            ("--max-peak", "1.5x", "a number above 0, such as 1.5"),
        ):
            done = run([FLEET, "--simulate", option, argument])
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(f"provision-fleet: {option}: expected {expected}", done.stderr)
            self.assertNotIn("s3cr3t", done.stderr)

    def test_values_that_cannot_be_set_name_the_option(self):
        for program, command in (
            ("phone", [PHONE, "--show", "GPP_A"]),
            ("explain", [EXPLAIN, "--rule", "/x"]),
        ):
            done = run([*command, "--set", "Resync_On_Reset=s3cr3t"])
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stderr.splitlines(), [
                f"provision-{program}: --set: Resync_On_Reset: expected Yes or No [PROV_E_VALUE]",
                f"try 'provision-{program} --help'",
            ])


def options_of(program):
    """The names in the program's table of options."""
    names = []
    for path in glob.glob(os.path.join(ROOT, "examples", program, "*.c")):
        with open(path, encoding="utf-8") as file:
            names += re.findall(r'^    \{"([a-z-]+)", (?:NULL|[A-Z_]+|"[^"]*")', file.read(), re.M)
    return names


def on_terminal(command, stderr=subprocess.STDOUT, **more):
    """Output of a command whose standard output is a terminal."""
    master, slave = os.openpty()
    env = {**os.environ, "TERM": "xterm", **more}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave,
                          stderr=stderr, env=env) as child:
        os.close(slave)
        out = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:  # Linux: the last writer is gone
                break
            if not piece:
                break
            out += piece
        child.wait(TIMEOUT_S)
    os.close(master)
    return out.decode()


class CommandLine:
    """The promises of docs/programs.md; the classes below name its programs."""

    def test_help_lists_all_options_and_statuses(self):
        done = run([self.PROGRAM, "-h"])
        names = options_of(self.NAME)
        self.assertGreater(len(names), 12)
        for option in [*names, "json", "color", "help", "version"]:
            self.assertRegex(done.stdout, rf"(?m)^  .*--{option}\b")
        for status in ("0", "1", "2", "3", r"128\+N"):
            self.assertRegex(done.stdout, rf"(?m)^  {status} ")
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 100)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(run([self.PROGRAM, "--help", "--frob"]).stdout, done.stdout)

    def test_version_names_the_program(self):
        done = run([self.PROGRAM, "--version"])
        self.assertRegex(done.stdout, rf"^provision-{self.NAME} \d+\.\d+\.\d+\n(\w+ door: .+\n)*$")
        self.assertEqual(done.returncode, 0)

    def test_help_lists_what_is_built_in(self):
        parts = run([self.PROGRAM, "--version"]).stdout.splitlines()[1:]
        shown = run([self.PROGRAM, "--help"]).stdout
        for part in parts:
            self.assertIn(f"  {part}\n", shown)
            if part == "web door: none, built without libmicrohttpd":
                done = run([self.PROGRAM, *IDENTITY, "--http", "127.0.0.1:0"])
                self.assertEqual(done.returncode, 3)
                self.assertIn("found one without libmicrohttpd", done.stderr)
        self.assertEqual(len(parts) > 0, self.NAME == "phone")

    def test_colours_follow_option_environment_and_terminal(self):
        command = [self.PROGRAM, *self.FAILING]
        self.assertIn("\033[", on_terminal(command))
        self.assertIn("\033[", on_terminal([*command, "--color=auto"]))
        self.assertNotIn("\033[", on_terminal([*command, "--color=never"]))
        self.assertNotIn("\033[", on_terminal(command, NO_COLOR="1"))
        self.assertNotIn("\033[", on_terminal(command, TERM="dumb"))
        always = run([*command, "--color", "always"], env={**os.environ, "NO_COLOR": "1"})
        self.assertIn("\033[", always.stdout + always.stderr)
        auto = run(command)
        self.assertNotIn("\033[", auto.stdout + auto.stderr)

    def test_each_json_line_begins_with_its_version(self):
        for words in (self.GOOD, self.FAILING):
            lines = run([self.PROGRAM, *words, "--json", "--color=always"]).stdout.splitlines()
            self.assertTrue(lines)
            for line in lines:
                self.assertEqual(next(iter(json.loads(line).items())), ("version", 1), line)

    def test_error_is_one_line_and_a_hint(self):
        when = "auto, always or never"
        unknown = "expected an option of this program, found an unknown one"
        many = "expected one option, found the beginning of several"
        last = [word for word in self.GOOD if word.startswith("--")][-1]
        for words, error in (
            (["--frob=s3cr3t"], f"--frob: {unknown}\n"),
            (["--colour=s3cr3t"], f"--colour: {unknown}; is --color meant?"),
            (["--jsno"], f"--jsno: {unknown}; is --json meant?"),
            (["-ks3cr3t"], f"-k: {unknown}"),
            (["--color"], f"--color: expected {when}, found the end of the command line"),
            (["--color", "s3cr3t"], f"--color: expected {when}"),
            (["--col=s3cr3t"], f"--color: expected {when}"),
            (["--json=s3cr3t"], "--json: expected no argument, found one"),
            ([f"{self.AMBIGUOUS}=s3cr3t"],
             f"{self.AMBIGUOUS}: {many}: {self.AMBIGUOUS}"),
            ([*self.GOOD, "s3cr3t"],
             f"after {last}: expected an option, found another word; "
             "an argument with spaces needs quotes"),
            ([*self.GOOD, "--", "--json"], f"after {last}: expected an option, found"),
            ([], ""),
        ):
            done = run([self.PROGRAM, *words])
            lines = done.stderr.splitlines()
            self.assertTrue(done.stderr.startswith(f"provision-{self.NAME}: {error}"), lines[0])
            self.assertEqual(lines[1:], [f"try 'provision-{self.NAME} --help'"])
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertNotIn("s3cr3t", done.stderr)

    def test_spellings_of_an_option_are_alike(self):
        expected = run([self.PROGRAM, *self.IN_FULL])
        self.assertEqual(expected.returncode, 0, expected.stderr)
        joined = re.sub(r"(--[a-z]+) (?!--)", r"\1=", " ".join(self.IN_FULL)).split()
        short = [word[:-1] if word.startswith("--") else word for word in self.IN_FULL]
        for words in (joined, short, [*self.IN_FULL, "--"]):
            self.assertEqual(run([self.PROGRAM, *words]).stdout, expected.stdout, words)
        self.assertNotEqual(joined, self.IN_FULL)

    def test_exit_statuses_mean_the_same(self):
        with open("/dev/full", "wb") as full:
            self.assertEqual(run([self.PROGRAM, *self.GOOD]).returncode, 0)
            self.assertEqual(run([self.PROGRAM, *self.FAILING]).returncode, 1)
            self.assertEqual(run([self.PROGRAM, *self.GOOD, "--frob"]).returncode, 2)
            for form in ([], ["--json"], ["--help"]):
                command = [self.PROGRAM, *self.GOOD, *form]
                done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 3, form)
                self.assertIn(b"cannot write", done.stderr)


class PhoneCommandLineTest(CommandLine, unittest.TestCase):
    NAME = "phone"
    PROGRAM = PHONE
    GOOD = ["--show", "GPP_A"]
    FAILING = [*IDENTITY, "--once", "--resync", "(1 gt /x"]
    IN_FULL = ["--show", "GPP_A"]
    AMBIGUOUS = "--s"

    def test_errors_in_a_file_have_no_colours(self):
        with tempfile.TemporaryFile("w+") as errors:
            on_terminal([PHONE, *self.FAILING], stderr=errors)
            errors.seek(0)
            text = errors.read()
        self.assertIn("expected", text)
        self.assertNotIn("\033", text)


class ExplainCommandLineTest(CommandLine, unittest.TestCase):
    NAME = "explain"
    PROGRAM = EXPLAIN
    GOOD = ["--rule", "http://h/x"]
    FAILING = ["--rule", "(1 gt /x"]
    IN_FULL = ["--mac", "000e08abcdef", "--rule", "http://h/x"]
    AMBIGUOUS = "--pr"


class FleetCommandLineTest(CommandLine, unittest.TestCase):
    NAME = "fleet"
    PROGRAM = FLEET
    GOOD = ["--simulate", "--devices", "10", "--length", "60"]
    FAILING = ["--simulate", "--length", "60", "--max-peak", "0.1"]
    IN_FULL = ["--length", "60", "--devices", "20", "--simulate"]
    AMBIGUOUS = "--s"


class PageTest(unittest.TestCase):
    def test_page_lists_every_json_member(self):
        with open(os.path.join(ROOT, "docs", "programs.md"), encoding="utf-8") as file:
            page = file.read()
        found = set()
        for path in glob.glob(os.path.join(ROOT, "examples", "*", "*.c")):
            with open(path, encoding="utf-8") as file:
                found |= set(re.findall(r'add_\w+\(\s*&?[\w>.-]+,\s*"([a-z]\w*)"', file.read()))
        self.assertGreater(len(found), 100)
        self.assertEqual([name for name in sorted(found) if f"`{name}`" not in page], [])


if __name__ == "__main__":
    unittest.main()
