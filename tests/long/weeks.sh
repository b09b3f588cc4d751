#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Ten thousand weeks of devices with all jobs, in two processes.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/long_build.sh
long_build tests/unit/test_agent_weeks || exit 1
PROV_TEST_WEEKS="2001 5000" "$build/tests/unit/test_agent_weeks" &
first=$!
PROV_TEST_WEEKS="7001 5000" "$build/tests/unit/test_agent_weeks" && wait "$first"
