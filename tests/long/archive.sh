#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# The archive of the last commit on a bare Debian, each release in a chroot below build/releases:
# built, tested, installed and linked by the commands of its README.
#
#   tests/long/archive.sh [MINUTES] [RELEASE...]
#
# The minutes are ignored; without names it is Debian 12 and 13. Needs root and a repository.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/packages.sh
. tests/support/release.sh

case ${1:-} in
'' | *[!0-9]*) ;;
*) shift ;;
esac
[ $# -gt 0 ] || set -- bookworm trixie

need_packages debootstrap git || exit 1

[ -e build/archive/build.ninja ] ||
    meson setup build/archive -Dtests=disabled -Dexamples=disabled >/dev/null || exit 1
meson dist -C build/archive --no-tests --allow-dirty >/dev/null || exit 1
archive=$(ls build/archive/meson-dist/*.tar.xz)

n_failed=0
for release in "$@"; do
    folder=$PWD/build/releases/$release
    echo "== $release"
    need_release "$folder" "$release" &&
        in_release "$folder" /src/tests/support/archive_tests.sh "/src/$archive" || {
        echo "FAILED: $release"
        n_failed=$((n_failed + 1))
    }
done
exit "$((n_failed > 0))"
