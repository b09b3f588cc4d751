#!/bin/sh
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Run inside of a chroot that has the tree at /src: unpacks the archive of a release and follows its
# README, whose commands it reads.
#
#   archive_tests.sh ARCHIVE
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
tar xf "$1"
cd libprovision-*

# The indented lines of a section of the README that begin with a word.
command_of() {
    sed -n "/^## $1/,/^## /s/^    \\($2 .*\\)/\\1/p" README.md | head -n 1
}

build=$(command_of 'Build, test, link' 'meson setup')
link=$(command_of 'Build, test, link' 'cc program.c')
[ -n "$build" ] && [ -n "$link" ] || {
    echo "the README has no commands to build and to link"
    exit 1
}
echo "+ $build"
sh -c "$build" >log 2>&1 || {
    tail -n 40 log
    exit 1
}
ldconfig
meson test -C build --no-rebuild -t 10 --suite unit --suite fuzz >log 2>&1 || {
    grep -v ' OK ' log | tail -n 40
    exit 1
}
tail -n 9 log | grep -E '^(Ok|Fail):'

# The complete program that the README prints.
sed -n '/^## A complete program/,/^## /{/^```c$/,/^```$/{/^```/!p}}' README.md >program.c
echo "+ $link"
sh -c "$link -o program"
./program http://127.0.0.1:1/x 2>&1 | grep 'nothing listens'
/usr/local/bin/provision-explain --version
man -w provision-rules >/dev/null 2>&1 || ls /usr/local/share/man/man7/provision-rules.7
