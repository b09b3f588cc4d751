#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
#
# Images of 200 MB through the upgrade job, from nginx, apache2, tftpd-hpa and atftpd, each cut ten
# times at random places. The normal tests fetch 40 MB and cut twice.
#
#   tests/long/images.sh [MINUTES]
#
# It takes some minutes, whatever its arguments are. The seed of the places is printed; PROV_IMAGE_SEED sets it.
set -u

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/test}
[ -e "$build/build.ninja" ] || meson setup "$build" || exit 1
ninja -C "$build" tests/integration/image >/dev/null || exit 1

seed=${PROV_IMAGE_SEED:-$RANDOM}
echo "seed $seed"
PYTHONPATH=$PWD/tests/support PROV_BUILD_ROOT=$PWD/$build PROV_SOURCE_ROOT=$PWD \
    PROV_IMAGE_BYTES=200000000 PROV_IMAGE_CUTS=10 PROV_IMAGE_PEERS='apache2 atftpd' \
    PROV_IMAGE_SEED=$seed python3 tests/integration/test_images.py
