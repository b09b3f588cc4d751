#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Plants mistakes in a copy of lib/ and prints which of them no unit test and no corpus notices.
#
#   tests/long/mutants.sh MINUTES [MODULE...]
#
# Building and a first run of all tests come before the minutes. Another SEED in the environment takes
# other mistakes.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/packages.sh
. tests/support/long_build.sh

case ${1:-} in
'' | *[!0-9]* | 0)
    sed -n '5,10s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
minutes=$1
shift

# shellcheck disable=SC2086
need_packages $PACKAGES_BUILD $PACKAGES_TEST python3-clang || exit 1

copy=build/mutants
long_build || exit 1
# Debian's clang module is of the system's Python.
/usr/bin/python3 tests/support/plant_mutants.py . "$build" "$copy" || exit 1
CFLAGS="-w -O1" meson setup "$copy/build" "$copy" --buildtype=plain -Dexamples=disabled \
    -Ddocs=disabled >/dev/null && ninja -C "$copy/build" >"$copy/build.log" || exit 1
python3 tests/support/mutants.py "$copy" "$copy/build" "$minutes" "${SEED:-1}" "$@"
