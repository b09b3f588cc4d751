#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# A million damaged files and five million wrong keys through decoder and parser.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/long_build.sh
long_build tests/unit/test_decode_tamper || exit 1
PROV_TEST_SAMPLES=50 "$build/tests/unit/test_decode_tamper"
