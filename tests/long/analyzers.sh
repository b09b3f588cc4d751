#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# What analyzers say of lib/ when they follow as many paths as they like.
#
#   tests/long/analyzers.sh [MINUTES]     the minutes are ignored
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/long_build.sh
long_build || exit 1
python3 tests/support/recompile.py gcc-analyzer . "$build" &&
    python3 tests/support/recompile.py clang-deeper . "$build"
