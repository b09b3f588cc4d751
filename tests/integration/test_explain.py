#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""provision-explain answers as the pages and the sessions in tests/vectors/explain/ print.

Usage: test_explain.py [--write]

With --write the answers in the sessions are replaced by those of today, to be read before they are
committed; tests/support/session.py has the form. The page is never written.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import session

ROOT = os.environ["PROV_SOURCE_ROOT"]
PROGRAM = os.path.join(os.environ["PROV_BUILD_ROOT"], "examples", "explain", "provision-explain")
VECTORS = os.path.join(ROOT, "tests", "vectors")
SESSIONS = sorted(glob.glob(os.path.join(VECTORS, "explain", "*.session")))
PAGES = [os.path.join(ROOT, "docs", name) for name in ("explain.md", "programs.md")]

# The device the vectors of the reference assume.
DEVICE = [
    *("--mac", "000E08012345", "--model", "CP-8841-3PCC", "--serial", "88012BA01234"),
    *("--swver", "sip88xx.11-3-1MPP-110.loads", "--var", "CCERT=Installed"),
    *("--prvtmr", "700", "--upgtmr", "400", "--dhcp-server", "192.168.1.200"),
]
BEFORE = "explain() { provision-explain " + " ".join(f"'{word}'" for word in DEVICE) + ' "$@"; }\n'

# The secrets of commands must not be in any output.
SECRET = re.compile(r"hush\w*|s3cret")


def environment():
    env = {**os.environ, "LC_ALL": "C", "VECTORS": VECTORS, "TERM": "xterm"}
    env["PATH"] = os.path.dirname(PROGRAM) + os.pathsep + env["PATH"]
    env.pop("NO_COLOR", None)
    return env


def explain(*args, stdin=b""):
    return subprocess.run(
        [PROGRAM, *args],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(),
        check=False,
    )


def answers(found, folder):
    """(step, what it answers now) of each step, all in one folder."""
    return [(step, session.run(step, folder, environment(), BEFORE)) for step in found]


class SessionTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def check(self, path, found):
        self.assertTrue(found, path)
        for step, answer in answers(found, self.folder):
            where = f"{os.path.relpath(path, ROOT)}:{step.line}"
            with self.subTest(where):
                self.assertEqual(step.text(answer), step.text(step.answer), where)
                self.assertFalse(SECRET.search(answer), f"{where}: a secret in the answer")

    def test_sessions(self):
        self.assertTrue(SESSIONS)
        for path in SESSIONS:
            with open(path, encoding="utf-8") as file:
                self.check(path, session.steps(file.read()))

    def test_pages(self):
        for page in PAGES:
            with open(page, encoding="utf-8") as file:
                self.check(page, session.fenced_steps(file.read()))

    def test_runner_tells_a_wrong_answer(self):
        step = session.steps("$ printf 'a\\nb\\n'; exit 4\na\n")[0]
        self.assertEqual(session.run(step, self.folder, environment()), "a\nb\n(exit status 4)\n")
        self.assertEqual(step.answer, "a\n")


class SecretTest(unittest.TestCase):
    """Secrets planted everywhere a text or a file can hold them, searched for in every answer."""

    RULES = [
        '[--key hush1 --uid hush2 --pwd "hush3"] https://h/$MA.xml',
        "[--key hush1] /$MA.xml",
        "https://hush1:hush2@h/x",
        "https://h/x?mac=$MA&token=hush1",
        "[--key hush1 --frob] /x",
        "[--key hush1 /x",
        "[--key hush1] ftp://hush2:hush3@h/x",
        "[--key $SA --uid $SB --pwd $SC] https://h/$SD",
        "($A eq 1)? /x",
        '("$A" ne "")? (GPP_SA = "hush1"; a = "$A";)! $A',
        '(IKM_HTTP_Encrypt_Content = "hush1";)! /x',
        "$A",
        "$A $A $A",
        '[--post a] http://h/$A',
        "[--key \u201chush1\u201d] http://h/x",
        "[--key 'hush1 hush2'] http://h/x",
        "[--key hush1 hush2 --uid hush3] http://h/x",
        '[--key "hush1"hush2] http://h/x',
        "[--pwd=hush1] http://h/x",
        "[--pasword hush1] http://h/x",
        "[key:hush1] http://h/x",
        "--key hush1 http://h/x",
        "http://u:hush1h/x",
        "http://h/x?token=hush1 y",
        '(Admin_Password := "hush1";)! /x',
        '(Admin_Password = "hush1"hush2"";)! /x',
        "(GPP_SA hush1;)! /x",
    ]
    SETS = ["GPP_SA=hushSA", "GPP_SB=hushSB", "GPP_SC=hushSC", "GPP_SD=hushSD"]
    VALUE = "GPP_A=[--key hushA --pwd hushB] http://hushC:hushD@h/x"
    PROFILE = """<flat-profile>
<GPP_SA>hush1</GPP_SA><Admin_Password>hush2</Admin_Password><Wifi_Passphrase>hush3</Wifi_Passphrase>
<IKM_HTTP_Encrypt_Content>hush4</IKM_HTTP_Encrypt_Content>
<Profile_Rule>[--key hush5] https://hush6:hush7@h/x</Profile_Rule><GPP_A>[--pwd hush8] h/x</GPP_A>
%s</flat-profile>
"""

    def check(self, done):
        self.assertIn(done.returncode, (0, 1), done.stdout)
        self.assertNotIn(b"hush", done.stdout)
        self.assertTrue(done.stdout)

    def test_in_rules(self):
        sets = [word for pair in [*self.SETS, self.VALUE] for word in ("--set", pair)]
        for rule in self.RULES:
            for kind in ["--rule", "--trigger", "--upgrade", "--report", "--message"]:
                for form in [[], ["--json"]]:
                    with self.subTest(rule=rule, kind=kind, form=form):
                        self.check(explain(*DEVICE, *sets, kind, rule, *form))

    def test_in_messages(self):
        for form in [[], ["--json"]]:
            self.check(explain("--rule", "https://h/x?token=hush", "--message", "$SERV$PATH", *form))

    def test_in_profiles(self):
        for end in ["", "<X", "</wrong>", "<Y>&hush;</Y>", "<Resync_On_Reset>hush9</Resync_On_Reset>"]:
            for form in [[], ["--json"]]:
                with self.subTest(end=end, form=form):
                    document = (self.PROFILE % end).encode()
                    self.check(explain("--profile", "-", *form, stdin=document))

    def test_in_keys(self):
        with open(os.path.join(VECTORS, "decode", "cbc-sha256", "input"), "rb") as file:
            document = file.read()
        for option in ["--key", "--ikm"]:
            for data in [document, b"<flat-profile/>", b"\x1f\x8b"]:
                done = explain("--profile", "-", option, "hushhush", stdin=data)
                self.assertNotIn(b"hush", done.stdout)
        self.assertNotIn(b"hush", explain("--rule", "/x", "--prvst", "hush").stdout)

    def test_in_stores(self):
        with tempfile.NamedTemporaryFile() as store:
            store.write((self.PROFILE % "").encode())
            store.flush()
            for form in [[], ["--json"]]:
                self.check(explain("--store", store.name, *form))


class FormTest(unittest.TestCase):
    def test_store_is_only_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "store.xml")
            with open(path, "w", encoding="utf-8") as file:
                file.write("<flat-profile><GPP_A>1</GPP_A></flat-profile>")
            done = explain("--store", path, "--set", "GPP_A=2", "--message", "$A")
            self.assertEqual(done.stdout, b"expands to: 2\n")
            self.assertEqual(os.listdir(folder), ["store.xml"])
            with open(path, encoding="utf-8") as file:
                self.assertIn("<GPP_A>1</GPP_A>", file.read())

    def test_catalogue_is_whole(self):
        listed = json.loads(explain("--parameters", "--json").stdout)["parameters"]
        with open(os.path.join(ROOT, "docs", "parameters.md"), encoding="utf-8") as file:
            printed = re.findall(r"^\| `([^`]+)` \|", file.read(), re.M)
        self.assertEqual([parameter["name"] for parameter in listed], printed)
        lines = explain("--parameters").stdout.decode().splitlines()
        self.assertEqual([line.split("\t")[0] for line in lines], printed)

    def test_half_an_answer_is_none(self):
        with open("/dev/full", "wb") as full:
            for args in [["--rule", "/x"], ["--parameters"], ["--parameters", "--json"]]:
                done = subprocess.run(
                    [PROGRAM, *args], stdout=full, stderr=subprocess.PIPE, check=False
                )
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"cannot write", done.stderr)


def write():
    for path in SESSIONS:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        head = text[: text.index("$ ")]
        with tempfile.TemporaryDirectory() as folder:
            found = answers(session.steps(text), folder)
        with open(path, "w", encoding="utf-8") as file:
            file.write(head + "".join(step.text(answer) for step, answer in found))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        unittest.main(verbosity=2)
