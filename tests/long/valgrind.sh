#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Runs under valgrind what takes minutes there and is left out of tests/run.sh.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/packages.sh

need_packages $PACKAGES_BUILD $PACKAGES_TEST || exit 1
build=build/test
[ -e "$build/build.ninja" ] || meson setup "$build" --buildtype=debugoptimized || exit 1

n_failed=0
for name in agent_deaf agent_free agent_weeks chain chain_memory decode decode_faults profile \
    profile_hostile tftp tls_padding; do
    ninja -C "$build" "tests/unit/test_$name" || exit 1
    echo "== $name"
    PROV_TEST_SAMPLES=few valgrind --quiet --leak-check=full --track-origins=yes \
        --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 \
        "$build/tests/unit/test_$name" >/dev/null || {
        echo "FAILED: $name"
        n_failed=$((n_failed + 1))
    }
done
[ "$n_failed" -eq 0 ]
