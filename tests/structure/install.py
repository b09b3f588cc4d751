#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Installs into a staging folder and builds foreign hosts from it alone: with the compiler, shared and
static, as C and C++, with CMake and with meson.

Usage: install.py ROOT BUILD [--docs]    --docs: the build installs documents and examples
"""

import http.server
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading

TOOLS = os.path.join(os.path.dirname(__file__), os.pardir, os.pardir, "docs", "tools")
sys.path.insert(0, TOOLS)

import markdown  # noqa: E402

CMAKE = """cmake_minimum_required(VERSION 3.13)
project(consumer C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROVISION REQUIRED IMPORTED_TARGET libprovision)
foreach(name consumer minimal)
  add_executable(${name} ${name}.c)
  target_link_libraries(${name} PRIVATE PkgConfig::PROVISION)
endforeach()
"""
MESON = """project('consumer', 'c')
foreach name : ['consumer', 'minimal']
  executable(name, name + '.c', dependencies: dependency('libprovision'))
endforeach
"""
PROFILE = b"<flat-profile><GPP_A>installed</GPP_A></flat-profile>"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


def run(*command, **options):
    print("+", " ".join(command), flush=True)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: exit status {done.returncode}")
    return done.stdout


def find(folder, name):
    for where, _, files in os.walk(folder):
        if name in files:
            return os.path.join(where, name)
    sys.exit(f"{name} was not installed")


def relocate(pc, stage):
    """Staged files are not at their prefix yet: say in the .pc where they are."""
    with open(pc, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"^prefix=(.*)$", lambda m: f"prefix={stage}{m.group(1)}", text, flags=re.M)
    with open(pc, "w", encoding="utf-8") as file:
        file.write(text)


def pkg_config(pc, *arguments):
    env = dict(os.environ)
    env["PKG_CONFIG_PATH"] = os.path.dirname(pc) + ":" + env.get("PKG_CONFIG_PATH", "")
    return shlex.split(run("pkg-config", *arguments, "libprovision", env=env))


def is_linked_against(program, library):
    dynamic = run("readelf", "-d", program)
    return any("NEEDED" in line and library in line for line in dynamic.splitlines())


def build_and_run(stage, source, work, compiler, is_static):
    pc = find(stage, "libprovision.pc")
    libs = os.path.dirname(os.path.dirname(pc))
    cflags = pkg_config(pc, "--cflags", *(["--static"] if is_static else []))
    ldflags = pkg_config(pc, "--libs", *(["--static"] if is_static else []))
    program = os.path.join(work, "consumer")
    run(*compiler, *WARNINGS, *cflags, source, "-x", "none", "-o", program, *ldflags)
    if is_linked_against(program, "libprovision") == is_static:
        sys.exit("linked against the wrong kind of library")
    run(program, env={**os.environ, "LD_LIBRARY_PATH": libs})


class Profile(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(PROFILE)))
        self.end_headers()
        self.wfile.write(PROFILE)

    def log_message(self, *_):
        """What the host prints is enough."""


def check_fetch(program, work, env):
    """The installed example fetches a profile."""
    with http.server.HTTPServer(("127.0.0.1", 0), Profile) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/x.xml"
        if "GPP_A = installed" not in run(program, url, env=env, cwd=work):
            sys.exit(f"{program}: it did not apply the profile")


def build_with(tool, stage, source, example, work):
    """The same hosts by a build system, which finds the library by pkg-config."""
    project, build = os.path.join(work, tool), os.path.join(work, tool, "build")
    os.mkdir(project)
    shutil.copy(source, project)
    shutil.copy(example, project)
    pc = find(stage, "libprovision.pc")
    env = {
        **os.environ,
        "PKG_CONFIG_PATH": os.path.dirname(pc),
        "LD_LIBRARY_PATH": os.path.dirname(os.path.dirname(pc)),
    }
    if tool == "cmake":
        with open(os.path.join(project, "CMakeLists.txt"), "w", encoding="ascii") as file:
            file.write(CMAKE)
        run("cmake", "-G", "Ninja", "-S", project, "-B", build, env=env)
    else:
        with open(os.path.join(project, "meson.build"), "w", encoding="ascii") as file:
            file.write(MESON)
        run("meson", "setup", build, project, env=env)
    run("ninja", "-C", build, env=env)
    run(os.path.join(build, "consumer"), env=env)
    if "libcurl" in run("pkg-config", "--print-requires-private", "libprovision", env=env):
        check_fetch(os.path.join(build, "minimal"), project, env)


def remove_shared_library(stage):
    for where, _, files in os.walk(stage):
        for name in files:
            if name.startswith("libprovision.so"):
                os.remove(os.path.join(where, name))


def read_document(path):
    """(targets of its links, its anchors)"""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".html"):
        return re.findall(r'(?:href|src)="([^"]+)"', text), re.findall(r'\bid="([^"]+)"', text)
    blocks = markdown.parse(text)
    headings = [block.text for block in blocks if isinstance(block, markdown.Heading)]
    links = [target for _, _, target in markdown.inline(re.sub(r"```.*?```", "", text, flags=re.S))]
    return [link for link in links if link], [markdown.slug(heading) for heading in headings]


def dead_links(folder):
    """Relative links in documents of a folder that lead nowhere; also how many there are."""
    found, n = [], 0
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if not name.endswith((".md", ".html")):
                continue
            for link in read_document(path)[0]:
                target, _, anchor = link.partition("#")
                there = os.path.normpath(os.path.join(where, target)) if target else path
                if re.match(r"[a-z]+:|/", link):
                    continue
                n += 1
                if not os.path.exists(there):
                    found.append(f"{path}: {link}: there is no such file")
                elif anchor and anchor not in read_document(there)[1]:
                    found.append(f"{path}: {link}: there is no such heading")
    return found, n


def check_documents(stage):
    """What belongs to the documentation, and each link in it."""
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "rules.md", "index.html", "rules.html"):
        find(stage, name)
    found, n = dead_links(os.path.dirname(find(stage, "LICENSE")))
    print(f"{n} links")
    if found or n < 500:
        sys.exit("\n".join([*found, f"{n} links, {len(found)} of them dead"]))


def main():
    root, build, *options = sys.argv[1:]
    has_docs = "--docs" in options
    source = os.path.join(root, "tests", "structure", "consumer.c")
    compilers = [["cc", "-std=c99", "-x", "c"]]
    if shutil.which("c++"):
        compilers.append(["c++", "-std=c++11", "-x", "c++"])
    else:
        print("no c++ here: the C++ consumer is left out")

    with tempfile.TemporaryDirectory() as work:
        stage = os.path.join(work, "stage")
        run("meson", "install", "-C", build, "--no-rebuild", "--destdir", stage)
        relocate(find(stage, "libprovision.pc"), stage)
        for compiler in compilers:
            build_and_run(stage, source, work, compiler, is_static=False)
        example = os.path.join(root, "examples", "minimal.c")
        if has_docs:
            check_documents(stage)
            example = find(stage, "minimal.c")
        for tool in ("cmake", "meson"):
            if shutil.which(tool):
                build_with(tool, stage, source, example, work)
            else:
                print(f"no {tool} here: its consumer is left out")
        remove_shared_library(stage)
        for compiler in compilers:
            build_and_run(stage, source, work, compiler, is_static=True)


if __name__ == "__main__":
    main()
