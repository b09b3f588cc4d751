#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Unit tests and corpora with the libraries of other Debian releases, each in a chroot of its own
# below build/releases. An interface that one of them marks deprecated fails the build.
#
#   tests/long/releases.sh [MINUTES] [RELEASE...]
#
# The minutes are ignored; without names it is Debian 12, 13 and testing. Needs root.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/packages.sh
. tests/support/release.sh

case ${1:-} in
'' | *[!0-9]*) ;;
*) shift ;;
esac
[ $# -gt 0 ] || set -- bookworm trixie testing

need_packages debootstrap || exit 1

n_failed=0
for release in "$@"; do
    folder=$PWD/build/releases/$release
    echo "== $release"
    need_release "$folder" "$release" && in_release "$folder" /src/tests/support/release_tests.sh || {
        echo "FAILED: $release"
        n_failed=$((n_failed + 1))
    }
done
echo "$# releases, $n_failed failed"
[ "$n_failed" -eq 0 ]
