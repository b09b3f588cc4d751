# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
# shellcheck shell=bash disable=SC2034
#
# Sources of this Debian's packages, and builds of them that differ from the packages. Sourced, not
# run; after packages.sh and release.sh.

PACKAGES_SOURCE="dpkg-dev make cmake perl autoconf automake libtool"

# need_source FOLDER NAME: downloads a source package and unpacks what its authors released, without
# Debian's patches, into FOLDER/NAME. apt writes below FOLDER only. The path is a full one.
need_source() {
    local folder=$1 name=$2 work=$1/apt key
    [ -e "$folder/$name/.unpacked" ] && return 0
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/$name" || return 1
    for key in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/ubuntu-archive-keyring.gpg; do
        [ -e "$key" ] && break
    done
    # shellcheck disable=SC1091
    echo "deb-src [signed-by=$key] $(debian_mirror) $(. /etc/os-release && echo "$VERSION_CODENAME") main" \
        >"$work/sources.list"
    echo "unpacking: source of $name"
    source_apt "$work" update >"$work/log" 2>&1 &&
        (cd "$work/$name" && source_apt "$work" source --download-only "$name") >>"$work/log" 2>&1 || {
        tail -n 20 "$work/log"
        return 1
    }
    rm -rf "${folder:?}/$name"
    mkdir "$folder/$name" &&
        find "$work/$name" -name "*.orig.tar.?z*" ! -name "*.asc" -exec \
            tar -x -C "$folder/$name" --strip-components=1 -f {} \; &&
        touch "$folder/$name/.unpacked"
}

source_apt() {
    local work=$1
    shift
    apt-get -qq -o APT::Sandbox::User=root -o Debug::NoLocking=1 -o Dir::State::lists="$work/lists" \
        -o Dir::Cache="$work/cache" -o Dir::Etc::SourceList="$work/sources.list" \
        -o Dir::Etc::SourceParts=- "$@"
}

# quietly LOG COMMAND...: shows the end of what it printed if it fails.
quietly() {
    local log=$1
    shift
    "$@" >>"$log" 2>&1 || {
        tail -n 30 "$log"
        return 1
    }
}

# begin_prefix FOLDER: from here on packages are built from $sources, below FOLDER, into $prefix. All
# as shared libraries, which meson prefers to static ones wherever they are.
begin_prefix() {
    top=$PWD/$1
    prefix=$top/prefix
    sources=$top/source
    library_path=$prefix/lib
    mkdir -p "$prefix/include" "$prefix/lib"
}

# configured NAME LIBRARY OPTION...: builds and installs a package of the usual kind.
configured() {
    local name=$1 library=$2 log=$top/$1.log
    shift 2
    [ -e "$prefix/lib/$library" ] && return 0
    echo "building: $name"
    (cd "$sources/$name" && quietly "$log" ./configure --prefix="$prefix" "$@" &&
        quietly "$log" make -j"$(nproc)" && quietly "$log" make install)
}

# autotools NAME LIBRARY OPTION...: the same where a release may come without its configure.
autotools() {
    [ -x "$sources/$1/configure" ] || (cd "$sources/$1" && quietly "$top/$1.log" autoreconf -fi) ||
        return 1
    configured "$@" --disable-static
}

# build_openssl OPTION...
build_openssl() {
    local log=$top/openssl.log
    [ -e "$prefix/lib/libssl.so" ] && return 0
    echo "building: openssl $*"
    (cd "$sources/openssl" && quietly "$log" ./Configure --prefix="$prefix" --libdir=lib no-tests "$@" &&
        quietly "$log" make -j"$(nproc)" build_sw && quietly "$log" make install_sw)
}

# build_curl OPTION...: with that OpenSSL, and nothing that the library has no use for.
build_curl() {
    autotools curl libcurl.so --with-openssl="$prefix" --without-libpsl --without-brotli \
        --without-zstd --without-nghttp2 --without-libidn2 --without-librtmp --without-libssh2 \
        --disable-ldap --disable-manual "$@"
}

# unit_tests FOLDER MESON-OPTION...: builds the library there and runs unit tests and corpora.
unit_tests() {
    local folder=$1 status package
    shift
    for package in libxml-2.0 libcurl openssl zlib libcares cmocka; do
        pkg-config --exists "$package" && printf '%s %s, ' "$package" "$(pkg-config --modversion "$package")"
    done
    ${CC:-gcc} --version | head -n 1
    rm -rf "$folder"
    quietly "$top/build.log" meson setup "$folder" --werror -Dexamples=disabled -Ddocs=disabled "$@" &&
        quietly "$top/build.log" ninja -C "$folder" || return 1
    LD_LIBRARY_PATH=$library_path meson test -C "$folder" --no-rebuild -t 10 --suite unit --suite fuzz --print-errorlogs \
        >"$top/test.log" 2>&1
    status=$?
    grep -v -E ' OK  |^$|^ninja: ' "$top/test.log"
    return $status
}
