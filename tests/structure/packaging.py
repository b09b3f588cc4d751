#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Makes the archive of a release and builds from it as others do: in folders of other depth, as a
subproject, and as a Debian package.

Usage: packaging.py ROOT BUILD
"""

import gzip
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile

import install

LIGHT = ["-Dcurl=disabled"]  # fewer files; they are compiled the same way
CONSUMER = """project('consumer', 'c')
provision = dependency('libprovision', fallback: 'libprovision')
executable('consumer', 'consumer.c', dependencies: provision)
"""


def run(*command, **options):
    print("+", " ".join(command), flush=True)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )
    if done.returncode != 0:
        print(done.stdout)
        sys.exit(f"{command[0]}: exit status {done.returncode}")
    return done.stdout


def built_files(folder):
    """The libraries a build made: (name, bytes)."""
    found = {}
    for name in ("libprovision.a", "libprovision.so"):
        with open(os.path.join(folder, "lib", name), "rb") as file:
            found[name] = file.read()
    return found


def check_same_bytes(root, work):
    """The assertions of a debug build name files, and its debug information does."""
    alone = [*LIGHT, "-Ddefault_library=both"]
    alone += [f"-D{part}=disabled" for part in ("tests", "examples", "docs")]
    found = []
    for folder in (os.path.join(work, "a"), os.path.join(work, "b", "c", "d")):
        run("meson", "setup", folder, root, "--buildtype=debug", *alone)
        run("ninja", "-C", folder)
        found.append(built_files(folder))
        shutil.rmtree(folder)
    for name, data in found[0].items():
        if data != found[1][name]:
            sys.exit(f"{name} differs between build folders")
        if work.encode() in data:
            sys.exit(f"{name} names the folder it was built in")


def introspect(build, what):
    return json.loads(run("meson", "introspect", build, "--" + what))


def make_consumer(root, work, kind):
    """A program of one file beside the library, its subproject."""
    source = os.path.join(work, "consumer")
    os.makedirs(os.path.join(source, "subprojects"))
    os.symlink(root, os.path.join(source, "subprojects", "libprovision"))
    shutil.copy(os.path.join(root, "tests", "structure", "consumer.c"), source)
    with open(os.path.join(source, "meson.build"), "w", encoding="ascii") as file:
        file.write(CONSUMER)
    build = os.path.join(source, "build")
    run(
        "meson",
        "setup",
        build,
        source,
        "--wrap-mode=forcefallback",
        "-Doptimization=0",
        "-Ddefault_library=" + kind,
        "-Dlibprovision:curl=disabled",
    )
    return build


def check_subproject(build, kind):
    """One kind of library and the program: no tests, no programs of ours, nothing else."""
    run("ninja", "-C", build)
    run(os.path.join(build, "consumer"))

    if introspect(build, "tests"):
        sys.exit("a subproject has tests")
    kinds = {
        target["type"] for target in introspect(build, "targets") if target["name"] == "provision"
    }
    programs = [
        target["name"] for target in introspect(build, "targets") if target["type"] == "executable"
    ]
    if kinds != {kind + " library"}:
        sys.exit(f"default_library={kind} made {kinds}")
    if programs != ["consumer"]:
        sys.exit(f"a subproject has programs: {programs}")
    needed = run("readelf", "-d", os.path.join(build, "consumer"))
    if ("libprovision.so" in needed) != (kind == "shared"):
        sys.exit(f"default_library={kind}: linked against the other one")


def make_archive(build, kind, ending, opener):
    """Path of an archive of the last commit, and its bytes before they were compressed."""
    run("meson", "dist", "-C", build, "--no-tests", "--allow-dirty", "--formats", kind)
    folder = os.path.join(build, "meson-dist")
    (name,) = [name for name in os.listdir(folder) if name.endswith(ending)]
    path = os.path.join(folder, name)
    with opener(path) as file:
        return path, file.read()


def check_bill(tree):
    """The SBOM lists every file of the archive with its checksum, and nothing else."""
    name = "libprovision.spdx.json"
    with open(os.path.join(tree, name), encoding="utf-8") as file:
        bill = json.load(file)
    listed = {
        entry["fileName"]: {sum["algorithm"]: sum["checksumValue"] for sum in entry["checksums"]}
        for entry in bill["files"]
    }
    for where, _, names in os.walk(tree):
        for path in (os.path.join(where, file) for file in names):
            relative = os.path.relpath(path, tree)
            if relative == name:
                continue
            with open(path, "rb") as file:
                found = hashlib.sha256(file.read()).hexdigest()
            if listed.pop("./" + relative, {}).get("SHA256") != found:
                sys.exit(f"{name}: {relative} is missing, or has another checksum")
    if listed or bill["spdxVersion"] != "SPDX-2.3":
        sys.exit(f"{name}: the archive lacks {list(listed)}")
    packages = {package["name"] for package in bill["packages"]}
    if packages != {"libprovision", "OpenSSL", "zlib", "libxml2", "curl", "c-ares"}:
        sys.exit(f"{name}: packages {packages}")


def unpack_archive(root, build, work):
    """The tree of the archive, which is the same twice (gzip is quicker than xz); without a
    repository the sources as they are."""
    if not os.path.exists(os.path.join(root, ".git")) or shutil.which("git") is None:
        print("no repository here: the archive is left out")
        return root
    _, first = make_archive(build, "gztar", ".tar.gz", gzip.open)
    path, second = make_archive(build, "xztar", ".tar.xz", lzma.open)
    if first != second:
        sys.exit(f"{path}: two archives of one commit differ")
    shutil.unpack_archive(path, work)
    tree = path.rsplit("/", 1)[-1].removesuffix(".tar.xz")
    check_bill(os.path.join(work, tree))
    return os.path.join(work, tree)


def check_debian_package(root, work):
    """A package for Debian, at -O0 to be quick; lintian finds no error in it."""
    if not all(shutil.which(name) for name in ("dpkg-buildpackage", "dh", "lintian")):
        print("no debhelper or lintian here: the Debian package is left out")
        return
    tree = os.path.join(work, "debian", "libprovision-0.1.0")
    shutil.copytree(root, tree, ignore=shutil.ignore_patterns("build", ".git"))
    shutil.copytree(
        os.path.join(root, "tests", "packaging", "debian"), os.path.join(tree, "debian")
    )
    options = "nocheck noopt parallel=2"
    run(
        "env",
        f"DEB_BUILD_OPTIONS={options}",
        "dpkg-buildpackage",
        "-us",
        "-uc",
        "-b",
        "-d",
        cwd=tree,
    )
    (changes,) = [name for name in os.listdir(os.path.dirname(tree)) if name.endswith(".changes")]
    found = run("lintian", "--allow-root", "--fail-on", "error", changes, cwd=os.path.dirname(tree))
    print(found)
    for package, path in {
        "libprovision0": "libprovision.so.0",
        "libprovision-dev": "include/provision/agent.h",
        "provision-tools": "man1/provision-explain.1.gz",
        "libprovision-doc": "html/rules.html",
    }.items():
        (deb,) = [
            name for name in os.listdir(os.path.dirname(tree)) if name.startswith(package + "_")
        ]
        if path not in run("dpkg-deb", "-c", deb, cwd=os.path.dirname(tree)):
            sys.exit(f"{deb}: it lacks {path}")
    run("dpkg-deb", "-x", deb, "unpacked", cwd=os.path.dirname(tree))  # the last one: documents
    found, n = install.dead_links(os.path.join(os.path.dirname(tree), "unpacked"))
    if found or n < 500:
        sys.exit("\n".join([*found, f"{deb}: {n} links, {len(found)} of them dead"]))


def main():
    root, build = (os.path.abspath(path) for path in sys.argv[1:])
    # Debug information names the folder of the sources, so the builds have another one.
    with tempfile.TemporaryDirectory() as sources, tempfile.TemporaryDirectory() as work:
        root = unpack_archive(root, build, sources)
        check_debian_package(root, work)
        check_same_bytes(root, work)
        consumer = make_consumer(root, work, "static")
        check_subproject(consumer, "static")
        # The other kind is linked from the same object files.
        run("meson", "configure", consumer, "-Dlibprovision:default_library=shared")
        check_subproject(consumer, "shared")


if __name__ == "__main__":
    main()
