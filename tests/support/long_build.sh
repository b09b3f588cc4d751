# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
# shellcheck shell=bash
#
# The plain build of tests/long, in $build. Sourced, not run.

build=build/long-plain

# long_build [TARGET...]: sets it up and makes these.
long_build() {
    local how=
    [ -e "$build/build.ninja" ] && how=--reconfigure
    meson setup $how "$build" >/dev/null || return 1
    [ $# -eq 0 ] || ninja -C "$build" "$@" >/dev/null
}
