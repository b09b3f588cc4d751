#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Hunts for bugs for a given time with fuzzing engines, then runs the long tests.
#
#   tests/long.sh MINUTES
#
# The minutes are shared out evenly between all targets of tests/fuzz: 140 are ten minutes for each of
# fourteen. What a sanitizer reports ends the program and counts as a crash. New inputs that reach new
# code stay in build/long/<target>; a crash leaves its input in build/long/crashes, from where it
# goes to tests/fuzz/corpus/<target> together with the fix. After that every executable
# tests/long/*.sh runs, with the minutes as its only argument.
set -u

cd "$(dirname "$0")/.." || exit 1
. tests/support/packages.sh

case ${1:-} in
'' | *[!0-9]* | 0)
    sed -n '5,14s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
minutes=$1

# shellcheck disable=SC2086
need_packages $PACKAGES_BUILD $PACKAGES_TEST || exit 1

build=build/fuzz
work=build/long
how=
[ -e "$build/build.ninja" ] && how=--reconfigure
CC=clang meson setup $how "$build" --buildtype=debugoptimized -Dfuzz_engine=libfuzzer \
    -Db_sanitize=address,undefined -Db_lundef=false || exit 1
targets=()
for source in tests/fuzz/fuzz_*.c; do
    target=tests/fuzz/$(basename "$source" .c)
    # One that needs a library this machine lacks is not built.
    grep -q "^build $target:" "$build/build.ninja" && targets+=("$target")
done
ninja -C "$build" "${targets[@]}" || exit 1
mkdir -p "$work/crashes"

n_failed=0

# fuzz PROGRAM SECONDS: one target.
fuzz() {
    local program=$1 seconds=$2 name words=()
    name=$(basename "$program")
    name=${name#fuzz_}
    mkdir -p "$work/$name" "tests/fuzz/corpus/$name"
    [ -f "tests/fuzz/$name.dict" ] && words=("-dict=tests/fuzz/$name.dict")
    echo "== $name, $seconds s"
    "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -verbosity=0 -artifact_prefix="$work/crashes/$name-" "${words[@]}" \
        "$work/$name" "tests/fuzz/corpus/$name" || {
        echo "FAILED: $name; inputs in $work/crashes"
        n_failed=$((n_failed + 1))
    }
}

for target in "${targets[@]}"; do
    fuzz "$build/$target" $((minutes * 60 / ${#targets[@]}))
done

for script in tests/long/*.sh; do
    [ -x "$script" ] || continue
    echo "== $script"
    "$script" "$minutes" || {
        echo "FAILED: $script"
        n_failed=$((n_failed + 1))
    }
done

echo "${#targets[@]} targets, $n_failed failed"
[ "$n_failed" -eq 0 ]
