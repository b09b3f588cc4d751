#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# A thousand devices with a thousand certificates on one transport, against nginx that verifies
# clients: each is served as itself, connections are bounded, and an idle agent stays small. The
# normal tests do it with forty.
set -u

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/test}
[ -e "$build/build.ninja" ] || meson setup "$build" || exit 1
ninja -C "$build" tests/integration/agents >/dev/null || exit 1

PYTHONPATH=$PWD/tests/support PROV_BUILD_ROOT=$PWD/$build PROV_SOURCE_ROOT=$PWD \
    PROV_N_IDENTITIES=1000 \
    python3 tests/integration/test_fleet.py FleetTest.test_each_device_has_its_own_certificate
