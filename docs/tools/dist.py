#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Completes the tree of a release, for `meson dist`: writes its SBOM, and gives all files the date of
the commit, so that the same commit makes the same archive.

The SBOM is SPDX 2.3 in JSON, `libprovision.spdx.json`: the files with their checksums, and the
libraries that the build looks for.
"""

import datetime
import hashlib
import json
import os
import re
import subprocess

NAME = "libprovision.spdx.json"
NOASSERTION = "NOASSERTION"
# Dependency of the build: (package, licence).
LIBRARIES = {
    "libcrypto": ("OpenSSL", "Apache-2.0"),
    "zlib": ("zlib", "Zlib"),
    "libxml-2.0": ("libxml2", "MIT"),
    "libcurl": ("curl", "curl"),
    "libcares": ("c-ares", "MIT"),
}


def run(*command, cwd):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=cwd).stdout


def files_of(root):
    """Paths relative to the root, sorted."""
    found = []
    for where, _, names in os.walk(root):
        found += [os.path.relpath(os.path.join(where, name), root) for name in names]
    return sorted(name for name in found if name != NAME)


def digest(root, path, kind):
    with open(os.path.join(root, path), "rb") as file:
        return hashlib.new(kind, file.read()).hexdigest()


def describe_file(root, number, path):
    return {
        "SPDXID": f"SPDXRef-File-{number}",
        "fileName": "./" + path,
        "checksums": [
            {"algorithm": kind.upper(), "checksumValue": digest(root, path, kind)}
            for kind in ("sha1", "sha256")
        ],
        "licenseConcluded": "MIT",
        "licenseInfoInFiles": ["MIT"],
        "copyrightText": "2026 The libprovision authors",
    }


def describe_libraries(root):
    """Those of meson.build, with the versions it asks for."""
    with open(os.path.join(root, "meson.build"), encoding="utf-8") as file:
        text = file.read()
    for name, (package, licence) in LIBRARIES.items():
        match = re.search(rf"dependency\('{re.escape(name)}'(?:, version: '([^']+)')?", text)
        if match is None:
            raise SystemExit(f"dist.py: meson.build does not look for {name}")
        yield {
            "SPDXID": f"SPDXRef-{package}",
            "name": package,
            "versionInfo": match.group(1) or NOASSERTION,
            "downloadLocation": NOASSERTION,
            "filesAnalyzed": False,
            "licenseConcluded": licence,
            "licenseDeclared": licence,
            "copyrightText": NOASSERTION,
        }


def relate(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def describe(root, version, seconds):
    files = [describe_file(root, i, path) for i, path in enumerate(files_of(root), 1)]
    libraries = list(describe_libraries(root))
    # SPDX 2.3, 7.9: of the sorted SHA-1 of all files.
    sums = sorted(file["checksums"][0]["checksumValue"] for file in files)
    code = hashlib.sha1("".join(sums).encode()).hexdigest()
    package = {
        "SPDXID": "SPDXRef-libprovision",
        "name": "libprovision",
        "versionInfo": version,
        "downloadLocation": NOASSERTION,
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": code},
        "licenseConcluded": "MIT",
        "licenseDeclared": "MIT",
        "licenseInfoFromFiles": ["MIT"],
        "copyrightText": "2026 The libprovision authors",
        "hasFiles": [file["SPDXID"] for file in files],
    }
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"libprovision-{version}",
        "documentNamespace": f"urn:libprovision:{version}:{code}",
        "creationInfo": {
            "created": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: libprovision docs/tools/dist.py"],
        },
        "packages": [package, *libraries],
        "files": files,
        "relationships": [
            relate("SPDXRef-DOCUMENT", "DESCRIBES", package["SPDXID"]),
            *(relate(package["SPDXID"], "DEPENDS_ON", library["SPDXID"]) for library in libraries),
            *(relate(package["SPDXID"], "CONTAINS", file["SPDXID"]) for file in files),
        ],
    }


def main():
    root, source = os.environ["MESON_DIST_ROOT"], os.environ["MESON_SOURCE_ROOT"]
    with open(os.path.join(root, "meson.build"), encoding="utf-8") as file:
        version = re.search(r"version: '([^']+)'", file.read()).group(1)
    seconds = int(run("git", "log", "-1", "--format=%ct", cwd=source))
    with open(os.path.join(root, NAME), "w", encoding="utf-8") as file:
        json.dump(describe(root, version, seconds), file, indent=1)
        file.write("\n")
    os.chmod(os.path.join(root, NAME), 0o664)
    for where, folders, names in os.walk(root):
        for name in [*folders, *names, "."]:
            os.utime(os.path.join(where, name), (seconds, seconds))


if __name__ == "__main__":
    main()
