# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
# shellcheck shell=bash
#
# Other releases of Debian in a chroot, to build and test with their libraries. Sourced, not run;
# after packages.sh.

PACKAGES_RELEASE="gcc libc6-dev dpkg-dev meson ninja-build pkg-config python3 ca-certificates tzdata
    libssl-dev zlib1g-dev libxml2-dev libcurl4-openssl-dev libc-ares-dev libcmocka-dev ccache xz-utils"

# The mirror this machine installs from.
debian_mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        grep -v -e security -e '^file:' | head -n 1
}

# need_release FOLDER RELEASE: makes the chroot and brings its packages up to date. The path is a
# full one.
need_release() {
    local folder=$1 release=$2
    if ! [ -e "$folder/.complete" ]; then
        rm -rf "$folder"
        mkdir -p "$folder" || return 1
        echo "unpacking: $release"
        as_root debootstrap --variant=minbase "$release" "$folder" "$(debian_mirror)" \
            >"$folder.log" 2>&1 || {
            tail -n 20 "$folder.log"
            return 1
        }
        # The versions of apt differ, its settings do not.
        as_root cp /etc/apt/apt.conf.d/* "$folder/etc/apt/apt.conf.d/" 2>/dev/null
        as_root touch "$folder/.complete"
    fi
    # shellcheck disable=SC2086
    in_release "$folder" apt-get -qq update >>"$folder.log" 2>&1 &&
        in_release "$folder" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
            --no-install-recommends $PACKAGES_RELEASE >>"$folder.log" 2>&1 || {
        tail -n 20 "$folder.log"
        return 1
    }
}

# in_release FOLDER COMMAND...: runs it there as root, with /proc of its own, this tree at /src, read
# only, and name servers of this machine.
in_release() {
    local folder=$1
    shift
    as_root mkdir -p "$folder/src"
    as_root cp -L /etc/resolv.conf "$folder/etc/resolv.conf" 2>/dev/null
    # shellcheck disable=SC2016
    as_root unshare --mount --pid --fork sh -c '
        folder=$1 tree=$2
        shift 2
        mount --make-rprivate / &&
            mount -t proc proc "$folder/proc" &&
            mount --bind /dev "$folder/dev" &&
            mount --bind "$tree" "$folder/src" &&
            mount -o remount,bind,ro "$folder/src" &&
            exec chroot "$folder" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
                HOME=/root "$@"' sh "$folder" "$PWD" "$@"
}
