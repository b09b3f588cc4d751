# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
# shellcheck shell=bash disable=SC2034
#
# Debian and Ubuntu packages that tests/run.sh and examples/quickstart.sh need. Sourced, not run.
# None of them starts a service: servers come as the packages without an init script, or are
# unpacked into a folder of the build tree. A name ending in "?" may be missing from a release.

PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config python3 ca-certificates
    libssl-dev zlib1g-dev libxml2-dev libcurl4-openssl-dev libc-ares-dev libmicrohttpd-dev?
    libosip2-dev?"

PACKAGES_TEST="g++ clang libclang-rt-dev? lld llvm clang-format valgrind libcmocka-dev binutils openssl
    python3-dev python3-cffi python3-pytest mypy cmake doxygen groff man-db zsh
    debhelper dpkg-dev lintian abigail-tools git
    curl sip-tester? apache2-bin dnsmasq-base strace pigz tzdata musl-tools strongswan-pki?
    chromium? chromium-driver? python3-selenium?
    libstrongswan-standard-plugins? iproute2 udhcpc? dhcpcd-base? isc-dhcp-client?"

# The network of docs/tutorial.md, beside PACKAGES_BUILD and the servers to be unpacked.
PACKAGES_LAB="openssl gzip curl iproute2 perl-base apache2-bin dnsmasq-base"

# What the .pc files of libcurl and libxml2 ask for in a static link and their packages only
# suggest.
PACKAGES_STATIC_LINK="liblzma-dev libnghttp2-dev libidn2-dev libpsl-dev libldap-dev libkrb5-dev libzstd-dev
    libbrotli-dev librtmp-dev? libssh2-1-dev? libssh-dev? libunistring-dev libgpg-error-dev"

# Servers to be unpacked: the two TFTP servers conflict, as the two log servers do, and installing any
# of these would start it.
PEERS="tftpd-hpa atftpd nginx rsyslog syslog-ng-core kamailio"

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "neither root nor sudo: cannot run: $*" >&2
        return 1
    fi
}

is_installed() {
    dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'
}

is_available() {
    apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

# Lists of packages are fetched at most once a run, and only when something is missing.
update_lists() {
    [ -n "${PACKAGE_LISTS_UPDATED:-}" ] && return 0
    echo "updating package lists"
    as_root apt-get -qq update >/dev/null && PACKAGE_LISTS_UPDATED=1
}

# need_packages NAME...: installs those that are missing, without a word if none is.
need_packages() {
    local name missing="" wanted=""
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "not a Debian or Ubuntu: please see to these yourself: $*" >&2
        return 0
    fi
    for name in "$@"; do
        is_installed "${name%\?}" || missing="$missing $name"
    done
    # An optional package this release never had is no reason to ask the network every time.
    case "$missing " in
    *[!?]" "*) update_lists || return 1 ;;
    esac
    for name in $missing; do
        case $name in
        *\?) is_available "${name%\?}" && wanted="$wanted ${name%\?}" ;;
        *) wanted="$wanted $name" ;;
        esac
    done
    [ -z "$wanted" ] && return 0
    update_lists || return 1
    echo "installing:$wanted"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends $wanted >/dev/null
}

# Shared libraries a .deb depends on, first alternative of each; other packages do not matter to
# a program that is run from an unpacked folder with a configuration of our own.
library_dependencies() {
    dpkg-deb -f "$1" Depends Pre-Depends | sed 's/^[A-Za-z-]*: *//' | tr ',' '\n' |
        sed 's/|.*//; s/(.*//; s/:any//; s/ //g' | grep '^lib' | grep -v '^libnginx-mod' || true
}

download_package() {
    apt-get -qq -o APT::Sandbox::User=root download "$1"
}

# unpack_peer FOLDER NAME: downloads a server's package and unpacks it into FOLDER/NAME.
unpack_peer() {
    local folder=$1 name=$2 debs=$1/debs/$2 deb
    [ -e "$debs/unpacked" ] && return 0
    rm -rf "$debs" "${folder:?}/$name"
    mkdir -p "$debs" "$folder/$name" || return 1
    echo "unpacking: $name"
    (cd "$debs" && download_package "$name" 2>/dev/null) ||
        (update_lists && cd "$debs" && download_package "$name") || return 1
    for deb in "$debs"/*.deb; do
        # shellcheck disable=SC2046
        need_packages $(library_dependencies "$deb") && dpkg -x "$deb" "$folder/$name" || return 1
    done
    touch "$debs/unpacked"
}

# need_peers FOLDER [NAME...]: those of PEERS named, or all, each in a folder of its own below FOLDER.
need_peers() {
    local folder=$1 name
    shift
    command -v apt-get >/dev/null || return 0
    # shellcheck disable=SC2086
    [ $# -gt 0 ] || set -- $PEERS
    for name in "$@"; do
        unpack_peer "$folder" "$name" || return 1
        # Some releases keep the program in a package of its own.
        [ "$name" != nginx ] || [ -x "$folder/nginx/usr/sbin/nginx" ] ||
            unpack_peer "$folder" nginx-core || return 1
    done
}

# need_axe FOLDER: axe-core, which checks the phone's pages, if there is an npm to fetch it.
need_axe() {
    local folder=$1
    [ -e "$folder/node_modules/axe-core/axe.min.js" ] && return 0
    command -v npm >/dev/null || return 0
    echo "fetching: axe-core"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" axe-core@4.10.3
}
