#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Writes the table of tests/unit/test_names.c: each enumerator of each public enumeration, the
function that names it, and its name. The rule: without the prefix that all enumerators of the
enumeration share, in lower case, with "-" for "_".

Usage: names.py ROOT
"""

import os
import re
import sys

import sources

HEADERS = os.path.join("include", "provision")
ENUM = re.compile(r"^enum prov_(\w+) \{(.*?)^\};", re.M | re.S)
ENUMERATOR = re.compile(r"^\s*(PROV_\w+)", re.M)
# Words that the field has for them.
NAMES = {
    "PROV_ACCESS_NONE": "na",
    "PROV_ACCESS_READ": "ro",
    "PROV_ACCESS_WRITE": "rw",
    "PROV_CAUSE_AT": "daily",
    "PROV_DIGEST_ALGORITHM_MD5": "MD5",
    "PROV_DIGEST_ALGORITHM_SHA256": "SHA-256",
    "PROV_ENCODING_AES_CBC": "aes-256-cbc",
    "PROV_ENCODING_RFC8188": "aes128gcm",
    "PROV_PARAM_TYPE_HHMM": "HHmm",
    "PROV_TLS_1_0": "1.0",
    "PROV_TLS_1_1": "1.1",
    "PROV_TLS_1_2": "1.2",
    "PROV_TLS_1_3": "1.3",
}


def shared_prefix(enumerators):
    """Whole words; of one enumerator alone all but its last word."""
    prefix = os.path.commonprefix([name.rpartition("_")[0] + "_" for name in enumerators])
    return prefix[: prefix.rindex("_") + 1]


def enumerations(root):
    """(name without prov_, its enumerators) of each public enumeration that has a name."""
    for path in sources.walk(root, [HEADERS], [".h"]):
        text = sources.without_comments(sources.read(root, path))
        for name, body in ENUM.findall(text):
            yield name, ENUMERATOR.findall(body)


def main():
    for enumeration, enumerators in enumerations(sys.argv[1]):
        prefix = shared_prefix(enumerators)
        for enumerator in enumerators:
            name = NAMES.get(enumerator, enumerator[len(prefix) :].lower().replace("_", "-"))
            print(f'ROW(prov_{enumeration}_name, {enumerator}, "{name}")')


if __name__ == "__main__":
    main()
