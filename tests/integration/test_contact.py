#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A phone from the factory behind a cable of its own, with dnsmasq at the other end: udhcpc, dhcpcd
and dhclient obtain a real lease, and the phone gets in by DHCP options, by the SRV records of a
domain, or by an activation code.

The script runs itself in namespaces: network, mounts, processes. Nothing of the machine changes, and
all processes end with it. Where that is not permitted it is skipped (exit status 77).
"""

import contextlib
import http.server
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

import peers
import phone
import workshop

HOOKS = os.path.join(peers.SOURCE_ROOT, "examples", "phone", "dhcp")
ACTIVATION_SERVER = os.path.join(peers.SOURCE_ROOT, "examples", "activation", "server.py")
INSIDE = "PROV_CONTACT_INSIDE"
FOLDER = "/run/contact"
LEASES = FOLDER + "/leases"
SERVER, SERVER_V6 = "10.9.0.1", "fd00:9::1"
DOMAIN = "example.test"
CODE = "1234567890123456"
ATTACK = "$(touch /run/contact/pwned)`touch /run/contact/pwned`';touch /run/contact/pwned;'"
QUICK = {"Resync_Random_Delay": "0", "Forced_Resync_Delay": "0"}
PHONE = ["nsenter", "--net=/run/netns/phone"]
TOOLS = ["unshare", "nsenter", "ip", "dnsmasq", "udhcpc", "dhcpcd", "dhclient", "openssl"]
SKIPPED = 77


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def write(path, text, mode=0o644):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def enter():
    """Run this script again in namespaces of its own. Root only: dnsmasq and dhcpcd change their
    groups, which a namespace of users does not permit."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    spaces = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child",
              "--mount-proc"]
    if missing:
        print("skipped: not installed:", *missing)
    elif os.getuid() != 0 or subprocess.run([*spaces, "ip", "link", "add", "type", "veth"],
                                            check=False).returncode != 0:
        print("skipped: not permitted to make namespaces")
    else:
        command = [*spaces, sys.executable, *sys.argv]
        os.execvpe(command[0], command, {**os.environ, INSIDE: "1"})
    sys.exit(SKIPPED)


def build_world():
    """Folders that clients write to, and the cable between here and the phone."""
    run("mount", "-t", "tmpfs", "none", "/run")
    for folder in ["/run/etc", "/run/netns", LEASES]:
        os.makedirs(folder)
    shutil.copytree("/etc", "/run/etc", symlinks=True, dirs_exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink("/run/etc/resolv.conf")  # it may be a link out of the folder
    run("mount", "--bind", "/run/etc", "/etc")
    for folder in ["/var/lib/dhcp", "/var/lib/dhcpcd"]:
        if os.path.isdir(folder):
            run("mount", "-t", "tmpfs", "none", folder)
    run("ip", "netns", "add", "phone")
    run("ip", "link", "add", "here", "type", "veth", "peer", "name", "phone0", "netns", "phone")
    run("ip", "addr", "add", SERVER + "/24", "dev", "here")
    run("ip", "addr", "add", SERVER_V6 + "/64", "dev", "here", "nodad")
    run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/here/accept_dad")
    run(*PHONE, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/phone0/accept_dad")
    for command in [["ip", "link", "set", "lo", "up"], [*PHONE, "ip", "link", "set", "lo", "up"],
                    ["ip", "link", "set", "here", "up"],
                    [*PHONE, "ip", "link", "set", "phone0", "up"]]:
        run(*command)
    run(*PHONE, "ip", "route", "add", "fd00:9::/64", "dev", "phone0")  # as a router advertises it


def install_hooks():
    """As docs/phone.md describes it."""
    hook = os.path.join(HOOKS, "provision-lease")
    shutil.copy(hook, "/etc/dhcpcd.exit-hook")
    shutil.copy(hook, "/etc/dhcp/dhclient-exit-hooks.d/provision-lease")
    write("/etc/dhcpcd.conf", read(os.path.join(HOOKS, "dhcpcd.conf"))
          + f"env PROVISION_LEASES={LEASES}\nnodelay\nnoarp\nipv4only\n"
          + "option domain_name_servers\nrequire dhcp_server_identifier\n")
    write("/etc/dhcp/dhclient.conf", "initial-delay 0;\nrequest subnet-mask, domain-name-servers, "
          + "dhcp6.name-servers;\n" + read(os.path.join(HOOKS, "dhclient.conf")))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.paths.append(self.path)
        body = f"<flat-profile><GPP_A>{self.path}</GPP_A></flat-profile>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """At both addresses of this end; `port` is free."""

    address_family = 10  # AF_INET6, which has the other in it
    daemon_threads = True

    def __init__(self, identity=None):
        super().__init__(("::", 0), Handler)
        self.paths = []
        self.port = self.server_address[1]
        if identity:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(identity.pem, identity.key)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class ContactTest(unittest.TestCase):
    own = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(dir=FOLDER)
        shop = workshop.Workshop(folder)
        cls.ca = shop.authority("ca")
        names = f"DNS:{DOMAIN},DNS:prov.{DOMAIN}"
        identity = shop.certificate("server", cls.ca, names)
        cls.http, cls.https = Server(), Server(identity)
        table = os.path.join(folder, "table")
        write(table, f"code {CODE} http://prov.{DOMAIN}:{cls.http.port}/by-code-$MA.xml\n")
        service = subprocess.Popen(
            [sys.executable, ACTIVATION_SERVER, "--host", SERVER, "--port", "0",
             "--cert", identity.pem, "--key", identity.key, table],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        cls.addClassCleanup(service.stdout.close)
        cls.addClassCleanup(service.wait)
        cls.addClassCleanup(service.kill)
        cls.service = f"https://prov.{DOMAIN}:{service.stdout.readline().split()[-1]}/activate"
        cls.tftp = os.path.join(folder, "tftp")
        os.mkdir(cls.tftp)
        write(os.path.join(cls.tftp, "8841.xml"),
              "<flat-profile><GPP_A>by tftp</GPP_A></flat-profile>")
        os.chmod(folder, 0o755)

    def setUp(self):
        """Also between the rows of a table."""
        if self.own:
            self.own.close()
        self.own = contextlib.ExitStack()
        self.addCleanup(self.own.close)
        shutil.rmtree(LEASES)
        os.mkdir(LEASES)

    def start(self, *command):
        """A process with all its children, until the end of the test."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, text=True, start_new_session=True)

        def end():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stderr.close()

        self.own.callback(end)
        return process

    def serve(self, *options):
        """dnsmasq at this end; the records of the domain are always there."""
        for record in ["https._tls", "http._tcp"]:
            port = self.https.port if record[4] == "s" else self.http.port
            options += (f"--srv-host=_ciscoprov-{record}.{DOMAIN},prov.{DOMAIN},{port}",)
        process = self.start(
            "dnsmasq", "--conf-file=/dev/null", "--keep-in-foreground", "--user=root",
            "--group=root", "--pid-file=", "--log-facility=-", "--interface=here", "--no-hosts",
            "--bind-interfaces", "--no-resolv", "--no-ping", "--dhcp-authoritative",
            "--dhcp-leasefile=/run/contact/given", "--dhcp-rapid-commit",
            "--dhcp-range=10.9.0.10,10.9.0.250,2m", "--dhcp-range=fd00:9::10,fd00:9::fff,64,2m",
            f"--address=/prov.{DOMAIN}/{SERVER}", f"--address=/prov.{DOMAIN}/{SERVER_V6}",
            "--enable-tftp", f"--tftp-root={self.tftp}", *options,
        )
        said = ""
        for line in process.stderr:
            said += line
            if "started" in line:
                break
        else:
            self.fail(said)
        threading.Thread(target=process.stderr.read, daemon=True).start()

    def begin_lease(self, client):
        script = os.path.join(HOOKS, "provision-lease")
        codes = [word for code in [66, 160, 159, 150, 60, 43, 125] for word in ("-O", str(code))]
        lease = os.path.join(LEASES, "dhclient")
        commands = {
            "udhcpc": ["env", f"PROVISION_LEASES={LEASES}", "udhcpc", "-f", "-i", "phone0",
                       "-s", script, *codes],
            "dhcpcd": ["dhcpcd", "-B", "phone0"],
            "dhclient": ["dhclient", "-d", "-lf", lease, "-pf", lease + ".pid",
                         "-e", f"PROVISION_LEASES={LEASES}", "phone0"],
            "dhclient -6": ["dhclient", "-6", "-d", "-lf", lease, "-pf", lease + ".pid",
                            "-e", f"PROVISION_LEASES={LEASES}", "phone0"],
        }
        run(*PHONE, "ip", "addr", "flush", "dev", "phone0", "scope", "global")
        process = self.start(*PHONE, *commands[client])
        threading.Thread(target=process.stderr.read, daemon=True).start()

    def start_phone(self, *args):
        """A phone from the factory, and its connection."""
        self.phone = self.own.enter_context(phone.Phone(tempfile.mkdtemp(dir=FOLDER)))
        self.path = os.path.join(self.phone.folder, "control")
        command = self.phone.command(
            "--control", self.path, "--json", "--ca", self.ca.pem, "--activation-service",
            self.service, "--dhcp-lease", LEASES + "/phone0.v4", "--dhcp-lease",
            LEASES + "/phone0.v6", *args, sets=QUICK,
        )
        self.process = subprocess.Popen([*PHONE, *command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.own.callback(self.process.kill)
        self.said = ""
        control = self.own.enter_context(phone.Control(self.path))
        control.do("events on")
        return control

    def read_until(self, kind):
        while f'"event":"{kind}"' not in self.said:
            line = self.process.stdout.readline()
            self.assertNotEqual(line, "", self.said)
            self.said += line

    def finish(self, control, state, contact, value):
        """The phone is provisioned, and reports how: in events, in --show, in its log."""
        control.wait_for(lambda event: event["event"] == "resync"
                         and event["outcome"] == "applied")
        control.do("quit")
        ended = self.phone.finish(self.process, self.said)
        self.assertEqual(ended.status, 0, ended.err)
        found = ended.events("activation")[-1]
        self.assertEqual((found["customization"], found["contact"]), (state, contact))
        self.assertTrue(any("Successful resync" in event.get("text", "")
                            for event in ended.events("log")), ended.out)
        self.assertEqual(self.phone.value("GPP_A"), value)
        shown = self.phone.run("--show", "state")
        words = {"dhcp": "DHCP", "srv": "SRV records", "code": "activation code"}[contact]
        self.assertEqual(shown.out.splitlines()[0], f"customization: {state}, by {words}")
        self.assertRegex(shown.out, rf"\n  {words}, used: \S+")
        self.assertFalse(os.path.exists("/run/contact/pwned"))
        return ended

    def provision(self, client, options, state, contact, value):
        self.serve(*options)
        control = self.start_phone()
        self.read_until("resync")  # without a server
        self.begin_lease(client)
        return self.finish(control, state, contact, value)

    def offer(self, family, options):
        """Options for dnsmasq; bytes are written as it takes them."""
        prefix = "option6:" if family == 6 else ""
        values = {code: value if isinstance(value, str) else ":".join(f"{b:02x}" for b in value)
                  for code, value in options.items()}
        return [f"--dhcp-option-force={prefix}{code},{value}" for code, value in values.items()]

    def test_dhcp_options(self):
        url = f"http://{SERVER}:{self.http.port}"
        inside = bytes([2, len(url)]) + url.encode()
        whole = {160: url + "/160-$MA.xml", 159: SERVER, 150: SERVER, 60: url, 43: inside,
                 125: bytes([0, 0, 0, 9, len(inside)]) + inside}
        last = {code: whole[code] for code in [150, 60, 43, 125]}
        url6 = f"http://[{SERVER_V6}]:{self.http.port}/six.xml"
        inside6 = bytes([0, 0, 0, 9, 0, 2, 0, len(url6)]) + url6.encode()
        rows = [
            ("udhcpc", 4, whole, 160, "/160-000e08abcdef.xml"),
            ("dhclient", 4, {66: url, **whole}, 66, "/8841.xml"),
            ("dhcpcd", 4, last, 150, "by tftp"),
            ("dhclient", 4, {66: url, 60: ATTACK, 43: ATTACK}, 66, "/8841.xml"),
            ("dhcpcd", 4, {160: url, 60: ATTACK, 43: ATTACK}, 160, "/8841.xml"),
            ("udhcpc", 4, {160: url, 60: ATTACK, 43: ATTACK}, 160, "/8841.xml"),
            ("dhclient -6", 6, {17: inside6, 160: url6, 159: f"[{SERVER_V6}]".encode()}, 17, "/six.xml"),
        ]
        for client, family, options, chosen, value in rows:
            with self.subTest(client=client, options=list(options)):
                self.setUp()
                ended = self.provision(client, self.offer(family, options), "aborted", "dhcp",
                                       value)
                found = {event["option"]: event["verdict"] for event in ended.events("dhcp")
                         if event["family"] == family}
                self.assertEqual(found.pop(chosen), "chosen")
                self.assertEqual(set(found), set(options) - {chosen})
                if ATTACK not in options.values():
                    self.assertEqual(set(found.values()), {"beaten"}, found)

    def test_domain(self):
        rows = [
            ("udhcpc", [f"--domain={DOMAIN}"]),
            ("dhclient -6", [f"--dhcp-option-force=option6:24,{DOMAIN}",
                             f"--dhcp-option=option6:dns-server,[{SERVER_V6}]"]),
        ]
        for client, options in rows:
            with self.subTest(client=client):
                self.setUp()
                self.provision(client, options, "aborted", "srv", "/8841.xml")
                self.assertEqual(self.https.paths, ["/8841.xml"])
                self.https.paths.clear()

    def test_code(self):
        self.serve("--dhcp-option=66")
        control = self.start_phone()
        self.read_until("resync")
        self.begin_lease("dhcpcd")
        self.read_until("lease")
        control.do(f"activate {CODE[:4]}-{CODE[4:]}")
        self.phone.plant(CODE)
        self.finish(control, "acquired", "code", "/by-code-000e08abcdef.xml")


if __name__ == "__main__":
    if INSIDE not in os.environ:
        enter()
    build_world()
    install_hooks()
    unittest.main()
