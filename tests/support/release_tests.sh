#!/bin/sh
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Run inside of a chroot that has the tree at /src: builds it in /build and runs unit tests and
# corpora.
set -u

for package in libxml-2.0 libcurl openssl zlib libcares cmocka; do
    printf '%s %s, ' "$package" "$(pkg-config --modversion "$package")"
done
gcc --version | head -n 1

# A later run compiles only what has changed.
export CC="ccache gcc"
rm -rf /build
meson setup /build /src --werror -Dexamples=disabled -Ddocs=disabled \
    -Dc_args=-Werror=deprecated-declarations >/build.log 2>&1 &&
    ninja -C /build -k 0 >>/build.log 2>&1 || {
    grep -v '^\[' /build.log | tail -n 60
    exit 1
}
meson test -C /build --no-rebuild -t 10 --suite unit --suite fuzz --print-errorlogs >/test.log 2>&1
status=$?
grep -v -E ' OK  |^$|^ninja: ' /test.log
exit $status
