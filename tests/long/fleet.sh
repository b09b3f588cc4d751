#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# One million schedulers through a week on a heap of deadlines, drawn in build/long-plain/week.svg,
# and the simulated weeks of half a million devices.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/long_build.sh
fleet=$build/examples/fleet/provision-fleet
weeks=$build/tests/unit/test_sched_weeks
long_build "${fleet#"$build"/}" "${weeks#"$build"/}" || exit 1
"$fleet" --simulate --devices 1000000 --length 604800 --boot-within 3600 --max-peak 1.5 \
    --svg "$build/week.svg" && PROV_TEST_SAMPLES=50 "$weeks"
