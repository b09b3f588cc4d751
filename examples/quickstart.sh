#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# From nothing to a phone that provisions itself, in one go, on Debian or Ubuntu: installs what is
# missing, builds provision-phone, starts a TFTP, an HTTP and a log server, and lets the phone fetch
# the same profile plain, packed, and packed and encrypted, from both.
#
#   examples/quickstart.sh [--no-install] [--page] [--phone PROGRAM]
#
#   --no-install      install no packages: those of the machine have to do
#   --page            then leave the servers and a phone with its web page running until Enter
#   --phone PROGRAM   use this provision-phone instead of building one
#
# Everything lives in build/quickstart and on unprivileged ports of 127.0.0.1; the servers end with
# the script. Exit status 0 if all went well, 77 if a server is not there.
set -u

from=$PWD
cd "$(dirname "$0")/.." || exit 1
. tests/support/packages.sh
. examples/build_phone.sh

install=yes
page=no
phone=
peers=${PROV_PEERS:-$PWD/build/peers}
while [ $# -gt 0 ]; do
    case $1 in
    --no-install) install=no ;;
    --page) page=yes ;;
    --phone)
        phone=$(cd "$from" && realpath -- "${2:?--phone needs a program}") || exit 2
        shift
        ;;
    -h | --help)
        sed -n '5,16s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *)
        echo "quickstart: expected --no-install, --page, --phone or --help, found $1" >&2
        exit 2
        ;;
    esac
    shift
done

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'
else
    bold='' dim='' plain=''
fi

heading() {
    printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

give_up() {
    echo "quickstart: $*" >&2
    exit 1
}

install_packages() {
    heading "packages"
    # shellcheck disable=SC2086
    need_packages $PACKAGES_BUILD openssl gzip || give_up "packages could not be installed"
    need_peers "$peers" atftpd nginx || give_up "servers could not be fetched"
    echo "  all there"
}

make_profiles() {
    heading "a profile in three forms"
    mkdir -p "$work/files" && chmod 755 "$work" "$work/files" || exit 1
    (
        cd "$work/files" || exit 1
        echo '<flat-profile><GPP_A> 12345678 </GPP_A></flat-profile>' >basic.txt
        gzip -c basic.txt >basic.txt.gz
        # OpenSSL warns that the derivation is an old one. Phones have no other.
        openssl enc -aes-256-cbc -md sha256 -k MyOwnSecret -in basic.txt.gz -out basic.cfg \
            2>/dev/null
        printf '  %-13s' basic.txt && cat basic.txt
        printf '  %-13s%s\n' basic.txt.gz 'gzip basic.txt' \
            basic.cfg 'openssl enc -aes-256-cbc -md sha256 -k MyOwnSecret -in basic.txt.gz'
        [ -s basic.txt.gz ] && [ -s basic.cfg ]
    ) || give_up "the profiles could not be made"
}

# start KIND WHERE: starts one of tests/support/peers.py; sets `address` to HOST:PORT. A server ends
# when the other end of its standard input is closed, however this script ends.
start() {
    local kind=$1 where=$2 said=$work/$1.address server
    python3 tests/support/peers.py "$kind" "$where" <"$work/alive" >"$said" 9>&- &
    server=$!
    servers="$servers $server"
    until [ -s "$said" ]; do
        if ! kill -0 "$server" 2>/dev/null; then
            wait "$server"
            case $? in
            77) exit 77 ;;
            *) give_up "$kind does not start" ;;
            esac
        fi
        sleep 0.05
    done
    address=$(tr ' ' ':' <"$said")
}

stop_servers() {
    trap - EXIT
    [ -z "$phone_pid" ] || kill "$phone_pid"
    exec 9>&-
    # shellcheck disable=SC2086
    [ -z "$servers$phone_pid" ] || wait $servers $phone_pid
    rm -rf "$work"
}

start_servers() {
    heading "servers"
    mkfifo "$work/alive" || exit 1
    exec 9<>"$work/alive"
    start atftpd "$work/files" && tftp=$address
    start nginx "$work/files" && http=$address
    start syslog "$work/log" && syslog=$address
    printf '  %-7s%s\n' tftp "$tftp" http "$http" syslog "$syslog"
}

value_of() {
    "$phone" --store "$work/store.xml" --show "$1" | sed -n '1{s/^[^=]*=//; s/ (default)$//; p}'
}

# The two messages of a resync, as the log server got them; it may be a moment behind.
show_log() {
    local turns=100
    until [ "$(wc -l <"$work/log")" -ge 2 ] || [ $((turns -= 1)) -eq 0 ]; do
        sleep 0.05
    done
    [ "$(wc -l <"$work/log")" -eq 2 ] || give_up "two log messages were expected"
    sed "s/^/  syslog: $dim/; s/\$/$plain/" "$work/log"
}

# A phone that was never provisioned resyncs by a rule.
resync() {
    local rule=$1
    heading "$rule"
    rm -f "$work"/store.xml*
    : >"$work/log"
    echo "  GPP_A before: '$(value_of GPP_A)'"
    "$phone" --store "$work/store.xml" --mac 000e08abcdef --model CP-8841-3PCC \
        --syslog "$syslog" --once --resync "$rule" --quiet || give_up "the resync failed"
    echo "  GPP_A after:  '$(value_of GPP_A)'"
    show_log
    [ "$(value_of GPP_A)" = 12345678 ] || give_up "GPP_A should be 12345678"
}

# A phone with nothing in it, to be configured in a browser.
show_page() {
    heading "the phone's page"
    rm -f "$work"/store.xml*
    "$phone" --store "$work/store.xml" --mac 000e08abcdef --model CP-8841-3PCC \
        --syslog "$syslog" --set Resync_On_Reset=No --http 127.0.0.1:0 >"$work/page" 9>&- &
    phone_pid=$!
    until grep -q '^listening at ' "$work/page"; do
        kill -0 "$phone_pid" 2>/dev/null || give_up "the phone does not start"
        sleep 0.05
    done
    cat <<END
  Open     $bold$(sed -n 's/^listening at //p' "$work/page")/admin/voice/provisioning$plain
  enter    tftp://$tftp/basic.txt
  as       Profile Rule, and press Submit All Changes.
  Reload the page: GPP A is 12345678. Then see Download Status and Debug Info.

  Enter ends the phone and the servers.
END
    read -r
}

[ "$install" = no ] || install_packages
if [ -z "$phone" ]; then
    heading "build in build/quickstart"
    build_phone build/quickstart/build.log
    echo "  $phone"
fi
export PROV_PEERS=$peers
work=$(mktemp -d) || exit 1
servers=
phone_pid=
trap stop_servers EXIT
trap 'exit 130' INT TERM
make_profiles
start_servers
for server in "tftp://$tftp" "http://$http"; do
    resync "$server/basic.txt"
    resync "$server/basic.txt.gz"
    resync "[--key MyOwnSecret] $server/basic.cfg"
done

[ "$page" = no ] || show_page

heading "done"
echo "  Six resyncs went well. To go on: $phone --help"
