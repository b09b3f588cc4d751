#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# The servers and the phone of docs/tutorial.md, with the chapter's own addresses, in a network
# namespace of their own: a shell in which each command of the tutorial works as printed.
#
#   examples/lab.sh [--no-install] [--phone PROGRAM] [COMMAND...]
#
#   --no-install      install no packages: those of the machine have to do
#   --phone PROGRAM   use this provision-phone instead of building one
#   COMMAND           run this in place of a shell
#
# Everything is in build/lab, and ends with the shell. It needs root, for the namespace and the
# ports. The exit status is that of COMMAND; 77: a server is missing, or the system permits no
# namespace; 1: packages or the build failed; 2: the command line is wrong.
set -u

from=$PWD
cd "$(dirname "$0")/.." || exit 1
. tests/support/packages.sh
. examples/build_phone.sh

install=yes
phone=
peers=${PROV_PEERS:-$PWD/build/peers}
while [ $# -gt 0 ]; do
    case $1 in
    --no-install) install=no ;;
    --phone)
        phone=$(cd "$from" && realpath -- "${2:?--phone needs a program}") || exit 2
        shift
        ;;
    -h | --help)
        sed -n '5,17s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    -*)
        echo "lab: expected --no-install, --phone or --help, found $1" >&2
        exit 2
        ;;
    *) break ;;
    esac
    shift
done

give_up() {
    echo "lab: $*" >&2
    exit 1
}

if [ "$install" = yes ]; then
    # shellcheck disable=SC2086
    need_packages $PACKAGES_BUILD $PACKAGES_LAB || give_up "packages are missing"
    need_peers "$peers" tftpd-hpa nginx rsyslog || give_up "servers could not be fetched"
fi
[ -n "$phone" ] || build_phone build/lab.log
export PROV_PEERS=$peers
exec python3 examples/lab/lab.py up "$phone" build/lab "$@"
