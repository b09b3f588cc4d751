# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
# shellcheck shell=bash
#
# Sourced by quickstart.sh and lab.sh, in the root folder of the sources; not run.

# build_phone LOG: builds provision-phone and sets `phone`; what the build prints goes to LOG.
build_phone() {
    local folder=$PWD/build/quickstart/meson log=$1
    mkdir -p "$(dirname "$log")"
    if ! {
        { [ -e "$folder/build.ninja" ] ||
            meson setup "$folder" --buildtype=release -Dcurl=enabled -Dtests=disabled \
                -Ddocs=disabled; } && ninja -C "$folder"
    } >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        give_up "the build failed; all of its output is in $log"
    fi
    # shellcheck disable=SC2034
    phone=$folder/examples/phone/provision-phone
}
