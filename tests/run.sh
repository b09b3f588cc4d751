#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Installs what is missing, builds libprovision in every way that matters and runs all tests.
#
#   tests/run.sh [--no-install] [--quick]
#
#   --no-install  take the machine as it is
#   --quick       the plain build and its tests only
#
# The last line says "N passed, N failed", with ", N skipped" if any; exit status 0 if none failed.
set -u

cd "$(dirname "$0")/.." || exit 1
. tests/support/packages.sh
. tests/support/foreign.sh
. tests/support/musl.sh

install=yes
quick=no
for option in "$@"; do
    case $option in
    --no-install) install=no ;;
    --quick) quick=yes ;;
    *)
        sed -n '5,12s/^# \{0,1\}//p' "$0"
        exit 2
        ;;
    esac
done

n_broken=0 # steps that are not tests: a compile, a missing package
logs=build/run-logs

# Every heading bears the minutes and seconds since the start.
heading() {
    printf '\n== %02d:%02d %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
}

broken() {
    echo "FAILED: $*"
    n_broken=$((n_broken + 1))
}

# compile FOLDER COMPILER MESON-OPTION...: configures, which also finds new test files, and compiles
# all, or TARGETS. A folder made with other options is made anew.
compile() {
    local folder=$1 compiler=$2 stamp options how=--reconfigure
    shift 2
    options="$compiler $*"
    stamp=$folder/.run-options
    if [ "$(cat "$stamp" 2>/dev/null)" != "$options" ]; then
        rm -rf "$folder"
        how=
    fi
    # Beside clang's debug information, lld takes a third of the time of the usual linker.
    if [ "$compiler" = clang ] && command -v ld.lld >/dev/null; then
        local -x CC_LD=lld
    fi
    # shellcheck disable=SC2086
    CC=$compiler meson setup $how "$folder" --werror -Ddefault_library=both "$@" &&
        echo "$options" >"$stamp" && ninja -C "$folder" ${TARGETS:-}
}

# The same sources for another processor; 77 if there are no libraries of it.
compile_foreign() {
    local architecture=$1 folder=$PWD/build/foreign/$1
    if [ "$install" = yes ]; then
        need_sysroot "$folder" "$architecture"
    fi
    [ -e "$folder/unpacked" ] || return 77
    cross_file "$folder/root" "$architecture" >"$folder/cross.ini"
    compile "build/$architecture" gcc --cross-file "$folder/cross.ini" \
        --buildtype=debugoptimized -Dexamples=disabled -Ddocs=disabled
}

# The same sources against another C library; 77 if it is missing.
compile_musl() {
    command -v musl-gcc >/dev/null || return 77
    musl_headers "$PWD/build/musl-headers" && musl_build "$PWD/build/musl-headers" build/musl
}

# report FOLDER COMMAND...: keeps what the command prints, and passes its exit status on to built().
report() {
    local folder=$1
    shift
    "$@" >"$logs/$(basename "$folder").build" 2>&1
    echo "$folder $?"
}

build() {
    report "$1" compile "$@"
}

# All builds, in the order in which their tests run. This goes on in the background, at lower
# priority: compilers use the time in which tests wait.
builds() {
    local architecture
    renice -n 5 "$BASHPID" >/dev/null
    build build/test gcc --buildtype=debugoptimized
    [ "$quick" = yes ] && return
    build build/coverage gcc --buildtype=debug -Db_coverage=true -Db_ndebug=true
    build build/clang clang --buildtype=release -Db_ndebug=true -Dsrv=disabled
    build build/no-curl gcc --buildtype=debugoptimized -Dcurl=disabled -Dexamples=disabled \
        -Ddocs=disabled
    for architecture in $FOREIGN; do
        report "build/$architecture" compile_foreign "$architecture"
    done
    build build/asan clang --buildtype=debugoptimized -Db_sanitize=address,undefined \
        -Db_lundef=false
    TARGETS=tests/unit/test_threads build build/tsan clang --buildtype=debugoptimized \
        -Db_sanitize=thread -Db_lundef=false -Dexamples=disabled -Ddocs=disabled
    build build/small gcc --buildtype=minsize -Dtests=disabled -Dexamples=disabled -Ddocs=disabled
    report build/musl compile_musl
}

# built FOLDER: waits until it is made. False: it could not be.
declare -A status_of
built() {
    local folder status log
    while [ -z "${status_of[$1]:-}" ] && read -r folder status <&"$made"; do
        status_of[$folder]=$status
    done
    log=$logs/$(basename "$1").build
    heading "built $1: $(cat "$1/.run-options" 2>/dev/null)"
    case ${status_of[$1]:-1} in
    0) ;;
    77)
        echo "SKIPPED: no packages for it here"
        return 1
        ;;
    *)
        tail -n 60 "$log"
        broken "build $1"
        return 1
        ;;
    esac
}

# check NAME FOLDER MESON-TEST-OPTION...: run tests and keep their results under NAME. Many wait for
# servers, so there are more of them than processors.
check() {
    local name=$1 folder=$2
    shift 2
    heading "test $name"
    rm -f "$folder/meson-logs/testlog"*.json
    meson test -C "$folder" --no-rebuild --print-errorlogs --logbase testlog \
        --num-processes $(($(nproc) * 3)) "$@" \
        >"$logs/$name.txt" 2>&1
    # Names of passing tests are in the log; what went wrong belongs on the screen.
    grep -v -E ' OK  |^$|^ninja: ' "$logs/$name.txt"
    cat "$folder/meson-logs/testlog"*.json >"$logs/$name.json" 2>/dev/null ||
        broken "no test ran: $name"
}

# How large a build for small devices is.
sizes() {
    built build/small || return
    heading "size at -Os"
    python3 tests/support/sizes.py . build/small || broken "size at -Os"
}

# What repeats from run to run: instructions, allocations, heap.
costs() {
    heading "cost of a profile"
    python3 tests/bench/callgrind.py "$1/tests/bench/bench_chain" "$1/tests/bench/bench_host" ||
        broken "cost of a profile"
    "$1/tests/bench/bench_chain" || broken "bench_chain"
    heading "the longest process()"
    if [ -x "$1/tests/bench/bench_turn" ]; then
        python3 tests/bench/turns.py "$1/tests/bench/bench_turn" || broken "the longest process()"
    fi
}

# What analyzers say of the library's sources, and the stack they take.
recompile() {
    local way
    heading "lib/ analyzed"
    for way in gcc-analyzer clang-analyzer stack; do
        python3 tests/support/recompile.py "$way" . "$1" || broken "lib/ analyzed: $way"
    done
}

# Which branches unit and integration tests take together.
coverage() {
    built build/coverage || return
    find build/coverage -name '*.gcda' -delete
    check coverage build/coverage --setup=coverage --suite unit --suite fuzz --suite integration
    heading "branches taken"
    python3 tests/support/coverage.py . build/coverage || broken "branches taken"
}

# Few libraries are loaded without curl, and all but its own tests are the same there.
valgrind() {
    check valgrind build/no-curl --setup=valgrind
    check valgrind-curl build/test --setup=valgrind --suite curl --no-suite native
}

# Results are one JSON object a line. Adds up all runs, the steps that are not tests included.
summary() {
    heading "all runs"
    python3 tests/support/summary.py --broken "$n_broken" "$logs"/*.json
}

if [ "$install" = yes ]; then
    heading "packages"
    # shellcheck disable=SC2086
    need_packages $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_STATIC_LINK $PACKAGES_FOREIGN \
        $PACKAGES_MUSL ||
        broken "packages"
    need_peers build/peers || broken "servers to test against"
    need_axe build/axe || broken "axe-core"
fi

rm -rf "$logs"
mkdir -p "$logs"

exec {made}< <(builds)

built build/test && check plain build/test

if [ "$quick" = no ]; then
    coverage
    built build/clang && check clang build/clang --setup=few
    # Its other tests run under valgrind.
    built build/no-curl &&
        check no-curl build/no-curl --setup=few --suite native --suite library
    for architecture in $FOREIGN; do
        built "build/$architecture" && check "$architecture" "build/$architecture" --setup=few
    done
    built build/asan && check asan build/asan --setup=asan
    built build/tsan && check threads build/tsan threads
    sizes
    built build/musl
    [ -e build/test/.run-options ] && {
        recompile build/test
        valgrind
        costs build/test
    }
fi

summary
