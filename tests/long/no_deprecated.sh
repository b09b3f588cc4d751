#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Unit tests and corpora with an OpenSSL that has none of its deprecated functions, and a libcurl on
# top of it, both built from this Debian's sources into build/no-deprecated/prefix.
#
#   tests/long/no_deprecated.sh [MINUTES]     the minutes are ignored
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/packages.sh
. tests/support/release.sh
. tests/support/source.sh

# shellcheck disable=SC2086
need_packages $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_SOURCE || exit 1

begin_prefix build/no-deprecated
for name in openssl curl; do
    need_source "$sources" "$name" || exit 1
done
# NTLM is the one part of libcurl that wants them.
build_openssl no-deprecated && build_curl --disable-ntlm || exit 1

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
unit_tests build/no-deprecated/build
