#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Real servers for tests: unprivileged, on loopback, on a free port, in a folder of their own.

    with TftpdHpa(root) as server:
        fetch(f"tftp://{server.host}:{server.port}/basic.txt")

A server answers before `with` goes on, and is gone after it, whatever happens in between. The
folder served has to be readable by everybody. As a command, for shell scripts, one server runs
until standard input ends; its first line of output is "HOST PORT":

    peers.py tftpd-hpa|atftpd|dnsmasq|nginx|apache2 ROOT
    peers.py syslog FILE        each log message becomes a line of FILE
"""

import contextlib
import hashlib
import ctypes
import grp
import os
import pwd
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOURCE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEERS_FOLDER = os.environ.get("PROV_PEERS", os.path.join(SOURCE_ROOT, "build", "peers"))
START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 2
START_ATTEMPTS = 5
POLL_S = 0.02
EXIT_SKIPPED = 77


class PeerMissing(Exception):
    """The server is not installed, or may not run here."""


class ServedCase(unittest.TestCase):
    """A test with servers of its own."""

    def serve(self, server):
        """The server, ended with the test; where it is not installed, the test is skipped."""
        try:
            server.__enter__()
        except PeerMissing as missing:
            self.skipTest(str(missing))
        self.addCleanup(server.stop)
        return server


class PeerFailed(Exception):
    """The server did not start; the text has its output."""


def find_program(name, packages):
    """A server's program: unpacked by tests/support/packages.sh, or installed."""
    unpacked = [os.path.join(PEERS_FOLDER, package, "usr", "sbin") for package in packages]
    installed = ["/usr/sbin", "/usr/local/sbin", os.environ.get("PATH", "")]
    program = shutil.which(name, path=os.pathsep.join(unpacked + installed))
    if program is None:
        raise PeerMissing(f"{name} is not installed: expected a run without --no-install before")
    return program


def free_ports(n, kind=socket.SOCK_STREAM, host="127.0.0.1"):
    """As many different ones."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket(socket.AF_INET, kind)) for _ in range(n)]
        for probe in probes:
            probe.bind((host, 0))
        return [probe.getsockname()[1] for probe in probes]


def free_port(kind, host="127.0.0.1"):
    return free_ports(1, kind, host)[0]


def end_with_parent():
    """In the child: end when the test does, even if that is killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def whoami():
    """User and group this process runs as, by name."""
    return pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


class Peer:
    """One server process. Subclasses say which program, how it is called and how it answers."""

    kind = socket.SOCK_STREAM
    program = ""
    packages = ()  # where packages.sh may have unpacked it

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.host = "127.0.0.1"
        self.port = 0
        self.folder = None
        self.process = None

    def command(self):
        """The command line that serves self.root on self.host and self.port."""
        raise NotImplementedError

    def answers(self):
        """Whether a client gets an answer now."""
        raise NotImplementedError

    def choose_address(self):
        self.port = free_port(self.kind, self.host)

    def __enter__(self):
        self.program = find_program(self.program, self.packages)
        self.folder = tempfile.mkdtemp(prefix="provision-peer-")
        os.chmod(self.folder, 0o755)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def path(self, name):
        """A file in the server's own folder."""
        return os.path.join(self.folder, name)

    def log(self):
        """What the server has written so far, for assertions and post-mortems."""
        text = ""
        for name in ["output", "error.log", "access.log"]:
            with contextlib.suppress(FileNotFoundError):
                with open(self.path(name), encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text

    def wait_for_log(self, text, n=1, timeout_s=5):
        """The log as soon as it has `text`, `n` times, else after the time-out: servers write after
        answering."""
        deadline = time.monotonic() + timeout_s
        while self.log().count(text) < n and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return self.log()

    def start(self):
        """Somebody else may take the free port before the server does: try again with another."""
        for _ in range(START_ATTEMPTS):
            self.choose_address()
            self.launch()
            if self.wait_until_ready():
                return
            if self.process.poll() is None:
                break
            self.end()
        raise PeerFailed(f"{self.program} does not start:\n{self.log()}")

    def launch(self):
        with open(self.path("output"), "ab") as output:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def wait_until_ready(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.answers():
                # Not a stranger that was here first and made ours give up.
                return self.process.poll() is None
            time.sleep(POLL_S)
        return False

    def end(self):
        """Ask the server to end its children and itself, then see to it; fine if it is gone."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_TIMEOUT_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self):
        self.end()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


class TftpPeer(Peer):
    kind = socket.SOCK_DGRAM

    def answers(self):
        """Any answer to a read request will do, "no such file" included (RFC 1350)."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            try:
                request = struct.pack("!H", 1) + b"no-such-file\0octet\0"
                probe.sendto(request, (self.host, self.port))
                probe.recvfrom(1024)
                return True
            except OSError:
                return False


class HttpPeer(Peer):
    def answers(self):
        try:
            with socket.create_connection((self.host, self.port), timeout=1):
                return True
        except OSError:
            return False


class TftpdHpa(TftpPeer):
    """H. Peter Anvin's in.tftpd; `extra` goes before the folder on its command line."""

    program = "in.tftpd"
    packages = ("tftpd-hpa",)

    def __init__(self, root, extra=()):
        super().__init__(root)
        self.extra = extra

    def choose_address(self):
        if os.getuid() != 0:
            raise PeerMissing("in.tftpd gives up its groups, which only root may do")
        super().choose_address()

    def command(self):
        # Instead of --secure and its chroot: every name is put below the root.
        with open(self.path("map"), "w", encoding="utf-8") as file:
            file.write(f"r ^/*(.*)$ {self.root}/\\1\n")
        return [
            *(self.program, "--listen", "--foreground", "--permissive"),
            *("--address", f"{self.host}:{self.port}", "--user", whoami()[0]),
            *("--map-file", self.path("map"), *self.extra, self.root),
        ]


class Atftpd(TftpPeer):
    """Jean-Pierre Lefebvre's atftpd: threads instead of processes, all options on."""

    program = "atftpd"
    packages = ("atftpd",)

    def command(self):
        user, group = whoami()
        return [
            *(self.program, "--daemon", "--no-fork", "--logfile", "-"),
            *("--bind-address", self.host, "--port", str(self.port)),
            *("--user", user, "--group", group, self.root),
        ]


class DnsmasqTftp(TftpPeer):
    """dnsmasq's TFTP server.

    Its port is 69 and nothing else, so it gets a loopback address of its own; without the right to
    bind a low port it counts as missing.
    """

    program = "dnsmasq"

    def choose_address(self):
        self.host = "127." + ".".join(str(random.randint(2, 254)) for _ in range(3))
        self.port = 69
        with socket.socket(socket.AF_INET, self.kind) as probe:
            try:
                probe.bind((self.host, self.port))
            except PermissionError as denied:
                raise PeerMissing("dnsmasq needs port 69, not allowed for this user") from denied

    def command(self):
        return [
            *(self.program, "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file="),
            *("--log-facility=-", f"--user={whoami()[0]}", "--port=0", "--no-hosts"),
            *(f"--listen-address={self.host}", "--bind-interfaces"),
            *("--enable-tftp", f"--tftp-root={self.root}"),
        ]


class DnsmasqDns(Peer):
    """dnsmasq as a name server; `records` are its options, e.g. `--host-record=a.test,127.0.0.1`."""

    kind = socket.SOCK_DGRAM
    program = "dnsmasq"

    def __init__(self, records):
        super().__init__(".")
        self.records = records

    def answers(self):
        """Any answer will do (RFC 1035, section 4.1): here to a question about the root."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            try:
                probe.sendto(
                    struct.pack("!6H", 1, 0x100, 1, 0, 0, 0) + b"\0\0\x02\0\x01",
                    (self.host, self.port),
                )
                probe.recvfrom(512)
                return True
            except OSError:
                return False

    def command(self):
        return [
            *(self.program, "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file="),
            *("--log-facility=-", "--log-queries", f"--user={whoami()[0]}", f"--port={self.port}"),
            *("--no-resolv", "--no-hosts", "--no-poll", "--local=/test/"),
            *(f"--listen-address={self.host}", "--bind-interfaces", *self.records),
        ]


class Nginx(HttpPeer):
    """nginx; `extra` goes into the server block, `servers` behind it.

    `log` is what its access log has of a request.
    """

    program = "nginx"
    packages = ("nginx", "nginx-core")

    def __init__(
        self, root, extra="", servers="", log='$remote_addr "$request" $status "$http_user_agent"'
    ):
        super().__init__(root)
        self.extra = extra
        self.servers = servers
        self.log_format = log

    def command(self):
        temp_kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        temp_paths = "\n".join(f"    {kind}_temp_path {self.path(kind)};" for kind in temp_kinds)
        with open(self.path("nginx.conf"), "w", encoding="utf-8") as file:
            file.write(
                f"""daemon off;
master_process off;
pid {self.path("pid")};
error_log {self.path("error.log")} info;
events {{}}
http {{
    log_format own '{self.log_format}';
    access_log {self.path("access.log")} own;
    default_type application/octet-stream;
{temp_paths}
    server {{
        listen {self.host}:{self.port};
        root {self.root};
        {self.extra}
    }}
    {self.servers}
}}
"""
            )
        return [self.program, "-p", self.folder, "-c", self.path("nginx.conf")]


class Apache2(HttpPeer):
    """Apache httpd; `extra` is appended to the configuration, `modules` are loaded by name."""

    program = "apache2"
    module_folder = "/usr/lib/apache2/modules"

    def __init__(self, root, extra="", modules=()):
        super().__init__(root)
        self.extra = extra
        self.modules = ["mpm_prefork", "authz_core", *modules]

    def command(self):
        load = "\n".join(
            f"LoadModule {name}_module {self.module_folder}/mod_{name}.so" for name in self.modules
        )
        # Its children refuse to be root.
        nobody = pwd.getpwnam("nobody")
        identity = f"User #{nobody.pw_uid}\nGroup #{nobody.pw_gid}" if os.getuid() == 0 else ""
        with open(self.path("apache2.conf"), "w", encoding="utf-8") as file:
            file.write(
                f"""ServerRoot {self.folder}
ServerName localhost
DefaultRuntimeDir {self.folder}
PidFile {self.path("pid")}
Mutex sysvsem
{load}
{identity}
Listen {self.host}:{self.port}
ErrorLog {self.path("error.log")}
LogFormat "%h %m %U%q %>s %B \\"%{{User-Agent}}i\\"" short
CustomLog {self.path("access.log")} short
DocumentRoot {self.root}
StartServers 2
<Directory {self.root}>
    Require all granted
</Directory>
{self.extra}
"""
            )
        return [self.program, "-D", "FOREGROUND", "-f", self.path("apache2.conf")]


def password_guard(folder, kind, user, password):
    """(extra, modules) for an Apache2 that lets only `user` in; `kind` is Basic or Digest."""
    users = os.path.join(folder, f"users-{kind}")
    digest = hashlib.md5(f"{user}:phones:{password}".encode()).hexdigest()
    line = f"{user}:phones:{digest}\n"
    if kind == "Basic":
        command = ["openssl", "passwd", "-apr1", password]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        line = f"{user}:{done.stdout}"
    with open(users, "w", encoding="ascii") as file:
        file.write(line)
    extra = f"""
        <Location />
            AuthType {kind}
            AuthName phones
            Auth{kind}Provider file
            AuthUserFile {users}
            Require valid-user
        </Location>
    """
    return extra, ["authn_core", "authn_file", "authz_user", f"auth_{kind.lower()}"]


class OpensslServer(HttpPeer):
    """openssl s_server with a page about the connection at every path; `args` are its options."""

    program = "openssl"

    def __init__(self, *args):
        super().__init__(".")
        self.args = args

    def command(self):
        address = f"{self.host}:{self.port}"
        return [self.program, "s_server", "-accept", address, "-www", *self.args]


class SyslogSink:
    """A UDP socket that keeps every datagram it gets, as text; also in the file `copy`, if given."""

    def __init__(self, copy=None):
        self.copy = copy
        self.host = "127.0.0.1"
        self.lines = []
        self.changed = threading.Condition()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.host, 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.collect, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # An empty datagram of our own wakes the thread, which takes it as the end.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (self.host, self.port))
        self.thread.join()
        self.socket.close()

    def collect(self):
        while True:
            datagram = self.socket.recv(65536)
            if not datagram:
                return
            line = datagram.decode("utf-8", "replace")
            if self.copy is not None:
                with open(self.copy, "a", encoding="utf-8") as file:
                    file.write(line + "\n")
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()

    def take(self, timeout_s=5):
        """Every line sent before this call, which are then forgotten.

        A datagram of our own comes behind them: loopback keeps the order.
        """
        marker = f"taken {time.monotonic_ns()}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(marker.encode(), (self.host, self.port))
        with self.changed:
            if not self.changed.wait_for(lambda: marker in self.lines, timeout_s):
                raise TimeoutError("the log server does not hear itself")
            end = self.lines.index(marker)
            lines = self.lines[:end]
            del self.lines[: end + 1]
        return lines

    def wait_for(self, n_lines, timeout_s=5):
        """All lines so far, as soon as there are `n_lines`, else after the time-out."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.lines) >= n_lines, timeout_s)
            return list(self.lines)


PEERS = {
    "tftpd-hpa": TftpdHpa,
    "atftpd": Atftpd,
    "dnsmasq": DnsmasqTftp,
    "nginx": Nginx,
    "apache2": Apache2,
}


def run_tests(program=None):
    """Run the tests of the script. It is skipped if all of them are, or if a build without libcurl
    has left out `program`."""
    if program and not os.path.exists(program):
        print("built without libcurl")
        sys.exit(EXIT_SKIPPED)
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(EXIT_SKIPPED if len(result.skipped) == result.testsRun else 0)


def main():
    commands = {**PEERS, "syslog": SyslogSink}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with commands[sys.argv[1]](sys.argv[2]) as server:
            print(server.host, server.port, flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                sys.stdin.read()
    except PeerMissing as missing:
        print(missing, file=sys.stderr)
        sys.exit(EXIT_SKIPPED)
    except PeerFailed as failed:
        sys.exit(str(failed))


if __name__ == "__main__":
    main()
