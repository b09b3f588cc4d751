#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The network of docs/tutorial.md: its servers and its phone, with the chapter's own addresses.

    lab.py up PHONE FOLDER [COMMAND...]   all of it, around COMMAND or a shell; root only
    lab.py start|stop|restart NAME...     within the lab: its servers, and the phone
    lab.py restart phone OPTION...        the phone with further options of provision-phone
    lab.py list                           within the lab: what runs, and where
    lab.py phone COMMAND...               within the lab: a command to the phone (docs/phone.md)

Everything is in a network namespace of its own: servers are at 192.168.1.200, the phone is at
192.168.1.100, and nothing outside can be reached. The phone's page is relayed to a port of
127.0.0.1 outside. Restarting the phone is a power cycle: it keeps its store.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
os.environ.setdefault("PROV_SOURCE_ROOT", ROOT)
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

import log_servers  # noqa: E402  pylint: disable=wrong-import-position
import peers  # noqa: E402  pylint: disable=wrong-import-position

SERVER, PHONE = "192.168.1.200", "192.168.1.100"
NAMES = ["my.server.com", "prov.server.com", "prov.telco.com"]
MAC, SERIAL, MODEL = "000e08abcdef", "88012BA01234", "CP-8841-3PCC"
LOAD = "sip88xx.11-3-1MPP-110"
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
IS_MISSING = 77
ACCESS_LOG = '$remote_addr "$request" $status "$http_user_agent"'


class Fixed:
    """A server at an address of the lab, which lets its log be read by a name in the folder."""

    def place(self, lab, port, log=None):
        self.lab, self.host, self.port, self.log_name = lab, SERVER, port, log
        return self

    def choose_address(self):
        if self.log_name:
            target = "phones.log" if isinstance(self, log_servers.Rsyslog) else "access.log"
            link = os.path.join(self.lab.folder, self.log_name)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(link)
            os.symlink(self.path(target), link)


class Tftp(Fixed, peers.TftpdHpa):
    pass


class Http(Fixed, peers.Nginx):
    pass


class Names(Fixed, peers.DnsmasqDns):
    pass


class Syslog(Fixed, log_servers.Rsyslog):
    pass


class Https(Fixed, peers.Apache2):
    """mod_ssl and CGI; `https/` has the certificates, and `https/extra.conf` lines of the reader's."""

    def __init__(self, lab):
        folder = os.path.join(lab.folder, "https")
        super().__init__(lab.files, modules=["ssl", "cgi", "alias", "env"], extra=f"""
            LogFormat "%h \\"%r\\" %>s \\"%{{User-Agent}}i\\"" phones
            CustomLog {lab.folder}/https.log phones
            SSLEngine on
            SSLCertificateFile {folder}/provserver.cert
            SSLCertificateKeyFile {folder}/privkey.pem
            SSLCACertificateFile {folder}/clients.cert
            SSLOptions +StdEnvVars
            ScriptAlias /cgi-bin/ {lab.folder}/cgi-bin/
            <Directory {lab.folder}/cgi-bin>
                Require all granted
            </Directory>
            IncludeOptional {folder}/extra.conf
        """)


class Program(peers.HttpPeer):
    """A program of the examples, which runs in the lab's folder; its output is NAME.log there."""

    def __init__(self, lab, name, make_command, port, host=SERVER):
        super().__init__(lab.files)
        self.name, self.make_command, self.port, self.host = name, make_command, port, host
        self.folder = lab.folder

    def command(self):
        return self.make_command()

    def path(self, name):
        return os.path.join(self.folder, f"{self.name}.log")

    def __enter__(self):
        self.launch()
        if self.wait_until_ready():
            return self
        self.end()
        raise peers.PeerFailed(f"{self.name} does not start, see {self.name}.log")

    def stop(self):
        self.end()


class Lab:
    """What runs, by name."""

    def __init__(self, phone, folder):
        self.phone, self.folder = os.path.abspath(phone), os.path.abspath(folder)
        self.files = os.path.join(self.folder, "files")
        self.running = {}
        self.phone_options = []

    def prepare(self):
        """A new folder: nothing of an earlier lab is left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ["files", "https", "cgi-bin", "maker", "bin"]:
            os.makedirs(os.path.join(self.folder, name))
        os.chmod(self.folder, 0o755)
        with open(os.path.join(self.folder, "bin", "lab"), "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec python3 {os.path.realpath(__file__)} "$@"\n')
            os.chmod(file.fileno(), 0o755)
        self.make_device()

    def make_device(self):
        """What the maker of the phone does: a CA, and the phone's own certificate."""
        subject = f"/O=Phones/OU={MODEL}/L={SERIAL}/ST={MAC}/CN={MODEL}-{MAC}"
        steps = [
            "req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /O=Phones/CN=Maker"
            " -keyout ca.key -out ca.pem",
            f"req -newkey rsa:2048 -nodes -subj {subject} -keyout device.key -out device.csr",
            "x509 -req -days 365 -in device.csr -CA ca.pem -CAkey ca.key -out device.pem",
        ]
        for step in steps:
            subprocess.run(["openssl", *step.split()], cwd=os.path.join(self.folder, "maker"),
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.copy(os.path.join(self.folder, "maker", "ca.pem"),
                    os.path.join(self.folder, "https", "clients.cert"))

    def phone_command(self):
        sip = ["--sip", f"{PHONE}:5060"] if self.has_sip else []
        return ["ip", "netns", "exec", "phone", self.phone, "--store", "phone.xml", "--mac", MAC, "--serial", SERIAL, "--model",
                MODEL, "--swver", LOAD, "--manufacturer", "Cisco", "--user-agent", "serial",
                "--http", f"{PHONE}:80", "--http-open", "--http-name", "127.0.0.1", *sip,
                "--control", "phone.sock",
                "--client-cert", "maker/device.pem", "--client-key", "maker/device.key",
                "--device-ca", "maker/ca.pem", "--activation-service",
                "https://my.server.com:8443/activate",
                *self.phone_options]

    @property
    def has_sip(self):
        """Whether the program was built with it."""
        done = subprocess.run([self.phone, "--help"], capture_output=True, text=True, check=True)
        return "--sip " in done.stdout

    def script(self, *words):
        return lambda: [sys.executable, *words]

    def make(self, name):
        """A server that is not running yet."""
        names = [f"--host-record={host},{SERVER}" for host in NAMES]
        examples = os.path.join(ROOT, "examples")
        made = {
            "dns": lambda: Names(names).place(self, 53),
            "syslog": lambda: Syslog(".").place(self, 514, "syslog"),
            "tftp": lambda: Tftp(self.files).place(self, 69),
            "tftp-6900": lambda: Tftp(self.files).place(self, 6900),
            "http": lambda: Http(self.files, log=ACCESS_LOG).place(self, 80, "http.log"),
            "https": lambda: Https(self).place(self, 443),
            "activation": lambda: Program(self, "activation", self.script(
                os.path.join(examples, "activation", "server.py"), "--cert", "https/provserver.cert",
                "--key", "https/privkey.pem", "--host", SERVER, "--port", "8443", "codes"), 8443),
            "est": lambda: Program(self, "est", self.script(
                os.path.join(examples, "est_server.py"), "maker", "--host", SERVER, "--port",
                "8085"), 8085),
            "phone": lambda: Program(self, "phone", self.phone_command, 80, PHONE),
        }
        if name not in made:
            raise KeyError(f"{name}: expected one of {', '.join(made)}")
        return made[name]()

    def start(self, name):
        if name in self.running:
            return
        self.running[name] = self.make(name).__enter__()  # pylint: disable=C2801
        if name == "syslog":  # without the messages that it was tried with
            os.truncate(os.path.join(self.folder, "syslog"), 0)

    def stop(self, name):
        server = self.running.pop(name, None)
        if server is None:
            raise KeyError(f"{name}: does not run")
        server.stop()

    def stop_all(self):
        for name in reversed(list(self.running)):
            self.stop(name)

    def list(self):
        return [f"{name:10} {server.host}:{server.port}" for name, server in self.running.items()]

    def obey(self, words):
        """A request of `lab`; the lines to print."""
        verb, *names = words
        if verb == "list":
            return self.list()
        if "phone" in names:
            at = names.index("phone") + 1
            names, self.phone_options = names[:at], names[at:]
        for name in names:
            if verb in ("stop", "restart"):
                self.stop(name)
            if verb in ("start", "restart"):
                self.start(name)
        return []


class Requests(socketserver.UnixStreamServer):
    """The requests of `lab`, one a connection: a JSON list, answered by {lines, error}.

    All in one thread, which lives as long as the lab: servers end with the thread that started them.
    """

    def __init__(self, lab):
        self.lab = lab
        super().__init__(os.path.join(lab.folder, "lab.sock"), Request)


class Request(socketserver.StreamRequestHandler):
    def handle(self):
        answer = {"lines": [], "error": None}
        try:
            answer["lines"] = self.server.lab.obey(json.loads(self.rfile.readline()))
        except (KeyError, peers.PeerMissing, peers.PeerFailed) as error:
            answer["error"] = str(error.args[0])
        self.wfile.write(json.dumps(answer).encode() + b"\n")


def relay(listener):
    """The phone's page for a browser outside: each connection goes on to the phone."""

    def copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve(client):
        with client, contextlib.suppress(OSError):
            with socket.create_connection((PHONE, 80), timeout=5) as phone:
                back = threading.Thread(target=copy, args=(phone, client), daemon=True)
                back.start()
                copy(client, phone)
                back.join()

    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def enter_network(folder):
    """Two network namespaces, joined by a wire: one for the servers and the shell, one for the phone.
    Names are looked up at the lab's server."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
        reason = os.strerror(ctypes.get_errno())
        print(f"lab: no network namespace: {reason}; it needs root", file=sys.stderr)
        sys.exit(IS_MISSING)
    resolver = os.path.join(folder, "resolv.conf")
    with open(resolver, "w", encoding="ascii") as file:
        file.write(f"nameserver {SERVER}\n")
    for step in [
        "mount --make-rprivate /",
        "mkdir -p /run/netns",
        "mount -t tmpfs lab /run/netns",
        "ip netns add phone",
        "ip link add lan type veth peer name lan netns phone",
        "ip link set lo up",
        "ip link set lan up",
        f"ip address add {SERVER}/24 dev lan",
        "ip -n phone link set lo up",
        "ip -n phone link set lan up",
        f"ip -n phone address add {PHONE}/24 dev lan",
        f"mount --bind {resolver} {os.path.realpath('/etc/resolv.conf')}",
    ]:
        subprocess.run(step.split(), check=True)


def shell(folder):
    """The command of a reader who gave none: a shell that says where it is."""
    with tempfile.NamedTemporaryFile("w", suffix=".rc", dir=folder, delete=False) as file:
        file.write("PS1='lab$ '\n")
    return ["bash", "--rcfile", file.name, "-i"]


def up(phone, folder, command):
    lab = Lab(phone, folder)
    lab.prepare()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("LAB_PORT", "0"))))
    page = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    enter_network(lab.folder)
    threading.Thread(target=relay, args=(listener,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for name in ["dns", "syslog", "tftp", "http", "phone"]:
            lab.start(name)
        with Requests(lab) as requests:
            threading.Thread(target=requests.serve_forever, daemon=True).start()
            print(f"lab: the phone's page is {page}\nlab: files of the servers are in {lab.files}",
                  file=sys.stderr, flush=True)
            bin_folders = [os.path.join(lab.folder, "bin"), os.path.dirname(lab.phone),
                           os.environ["PATH"]]
            env = {**os.environ, "LAB": lab.folder, "LAB_PAGE": page,
                   "PATH": os.pathsep.join(bin_folders)}
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return subprocess.run(command or shell(lab.folder), cwd=lab.folder, env=env,
                                  check=False).returncode
    except peers.PeerMissing as missing:
        print(f"lab: {missing}", file=sys.stderr)
        return IS_MISSING
    except peers.PeerFailed as failed:
        print(f"lab: {failed}", file=sys.stderr)
        return 1
    finally:
        lab.stop_all()


def answer_of(name, line):
    """The answer, a line of JSON, at a socket of the lab that this shell is in."""
    folder = os.environ.get("LAB")
    if folder is None:
        sys.exit("lab: not within a lab; examples/lab.sh starts one")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(os.path.join(folder, name))
        client.sendall(line.encode() + b"\n")
        return client.makefile().readline()


def ask(words):
    """One request to the lab."""
    answer = json.loads(answer_of("lab.sock", json.dumps(words)))
    for line in answer["lines"]:
        print(line)
    if answer["error"]:
        sys.exit(f"lab: {answer['error']}")


def main():
    words = sys.argv[1:]
    if len(words) >= 3 and words[0] == "up":
        sys.exit(up(words[1], words[2], words[3:]))
    if words == ["list"] or (len(words) >= 2 and words[0] in ("start", "stop", "restart")):
        ask(words)
    elif len(words) >= 2 and words[0] == "phone":
        print(answer_of("phone.sock", " ".join(words[1:])), end="")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
