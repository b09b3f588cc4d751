# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
# shellcheck shell=bash disable=SC2034
#
# Another C library: the sources compiled against musl, with this machine's headers of the libraries
# beneath copied beside musl's own. Nothing is linked, since those libraries are built for glibc.
# Sourced, not run; after packages.sh.

PACKAGES_MUSL="musl-tools"

# musl_headers FOLDER: headers in FOLDER/include, and FOLDER/pc for pkg-config.
musl_headers() {
    local folder=$1 name path version multiarch
    multiarch=/usr/include/$(gcc -print-multiarch)
    rm -rf "$folder"
    mkdir -p "$folder/include" "$folder/pc" || return 1
    for name in linux asm asm-generic openssl curl libxml2/libxml unicode zlib.h zconf.h ares.h ares_build.h ares_dns.h \
        ares_nameser.h ares_rules.h ares_version.h ares_dns_record.h; do
        for path in "/usr/include/$name" "$multiarch/$name"; do
            [ -e "$path" ] && cp -RL "$path" "$folder/include/"
        done
    done
    for name in libcrypto libssl zlib libxml-2.0 libcurl libcares; do
        version=$(pkg-config --modversion "$name") || return 1
        printf 'Name: %s\nDescription: headers\nVersion: %s\nCflags: -isystem %s\n' \
            "$name" "$version" "$folder/include" >"$folder/pc/$name.pc"
    done
}

# musl_build FOLDER BUILD: compile the library, with all its parts.
musl_build() {
    local folder=$1 build=$2
    rm -rf "$build"
    CC=musl-gcc PKG_CONFIG_LIBDIR=$folder/pc meson setup "$build" --werror \
        -Ddefault_library=static -Dtests=disabled -Dexamples=disabled -Ddocs=disabled \
        -Dcurl=enabled -Dsrv=enabled && ninja -C "$build" lib/libprovision.a
}
