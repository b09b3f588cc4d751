# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
# shellcheck shell=bash disable=SC2034
#
# Other processors: a cross compiler, the libraries of that processor unpacked into a folder of the
# build tree, and an emulator to run what was built. The packages of this machine stay those of one
# processor. Sourced, not run; after packages.sh.

PACKAGES_FOREIGN="qemu-user gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu"

# 32 bits, as most phones have; and the byte order that hardly anything has.
FOREIGN="armhf s390x"

LIBRARIES_FOREIGN="libc6-dev libssl-dev zlib1g-dev libxml2-dev libcurl4-openssl-dev libc-ares-dev libcmocka-dev"

# foreign_apt FOLDER ARCHITECTURE ARGUMENT...: apt-get as on a machine of that architecture where
# nothing is installed, with all it writes in FOLDER.
foreign_apt() {
    local folder=$1 architecture=$2
    shift 2
    apt-get -qq -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o APT::Sandbox::User=root -o Debug::NoLocking=1 -o Dir::State="$folder/state" \
        -o Dir::State::status="$folder/status" -o Dir::Cache="$folder/cache" "$@"
}

# need_sysroot FOLDER ARCHITECTURE: unpacks the libraries into FOLDER/root; the path is a full one.
# False: there are none.
need_sysroot() {
    local folder=$1 architecture=$2 deb
    [ -e "$folder/unpacked" ] && return 0
    rm -rf "$folder"
    mkdir -p "$folder/root" "$folder/state/lists/partial" "$folder/cache/archives/partial" || return 1
    : >"$folder/status"
    echo "unpacking: libraries of $architecture"
    # A list that is missing shows when a package is.
    foreign_apt "$folder" "$architecture" update >"$folder/log" 2>&1
    # shellcheck disable=SC2086
    foreign_apt "$folder" "$architecture" install -y --no-install-recommends --download-only \
        $LIBRARIES_FOREIGN >>"$folder/log" 2>&1 || return 1
    for deb in "$folder"/cache/archives/*.deb; do
        dpkg -x "$deb" "$folder/root" || return 1
    done
    rm -rf "$folder/cache" "$folder/state"
    touch "$folder/unpacked"
}

# cross_file ROOT ARCHITECTURE: what meson has to know.
cross_file() {
    local root=$1 triple family endian emulator
    case $2 in
    armhf) triple=arm-linux-gnueabihf family=arm endian=little emulator=qemu-arm ;;
    s390x) triple=s390x-linux-gnu family=s390x endian=big emulator=qemu-s390x ;;
    *) return 1 ;;
    esac
    cat <<END
[binaries]
c = '$triple-gcc'
ar = '$triple-ar'
strip = '$triple-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['$emulator', '-L', '$root']
[built-in options]
c_args = ['--sysroot=$root']
c_link_args = ['--sysroot=$root']
[properties]
sys_root = '$root'
pkg_config_libdir = ['$root/usr/lib/$triple/pkgconfig', '$root/usr/share/pkgconfig']
[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$family'
endian = '$endian'
END
}
