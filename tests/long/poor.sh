#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Lets each allocation of a process fail while it resyncs over TFTP, HTTP and HTTPS, a plain file and
# an encrypted one: once, and from then on. That is every position of the dial; the normal tests try
# samples.
#
#   tests/long/poor.sh [MINUTES]
#
# It takes as long as there are allocations, some minutes, whatever its arguments are.
set -u

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/test}
[ -e "$build/build.ninja" ] || meson setup "$build" || exit 1
ninja -C "$build" tests/integration/poor tests/integration/libmalloc_dial.so || exit 1

PYTHONPATH=$PWD/tests/support PROV_BUILD_ROOT=$PWD/$build PROV_SOURCE_ROOT=$PWD PROV_POOR_STEP=1 \
    python3 tests/integration/test_poor.py
