#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Unit tests and corpora on musl. The libraries beneath are built from this Debian's sources by
# musl-gcc, into build/musl/prefix.
#
#   tests/long/musl.sh [MINUTES]     the minutes are ignored
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/packages.sh
. tests/support/release.sh
. tests/support/source.sh

# shellcheck disable=SC2086
need_packages $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_SOURCE musl-tools linux-libc-dev || exit 1

begin_prefix build/musl
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
# Warnings about headers that are not ours do not count.
export CC=musl-gcc CFLAGS="-O2 -fPIC -isystem $prefix/include -isystem $top/kernel"
export LDFLAGS="-L$prefix/lib -Wl,-rpath,$prefix/lib"

# musl brings no headers of the kernel.
kernel_headers() {
    mkdir -p "$top/kernel"
    ln -sfn /usr/include/linux "$top/kernel/linux"
    ln -sfn /usr/include/asm-generic "$top/kernel/asm-generic"
    ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" "$top/kernel/asm"
}

build_cmocka() {
    [ -e "$prefix/lib/libcmocka.so" ] && return 0
    echo "building: cmocka"
    quietly "$top/cmocka.log" cmake -S "$sources/cmocka" -B "$top/cmocka" \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib &&
        quietly "$top/cmocka.log" make -C "$top/cmocka" install
}

for name in zlib openssl libxml2 curl cmocka; do
    need_source "$sources" "$name" || exit 1
done
kernel_headers
configured zlib libz.so || exit 1
build_openssl || exit 1
autotools libxml2 libxml2.so --without-python --without-lzma --without-icu --with-zlib="$prefix" ||
    exit 1
# Its programs for another host are not run: they would find these libraries, and so would the compiler.
build_curl --build="$(uname -m)-linux-gnu" --host="$(uname -m)-linux-musl" || exit 1
build_cmocka || exit 1

# Libraries of musl's are found by their paths in programs; meson itself must not find them.
library_path=
# c-ares stays out: the library is built without it here, as on small systems.
unit_tests build/musl/build -Dsrv=disabled
