/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/crc.h"

#include <zlib.h>

uint32_t provi_crc32(prov_str bytes)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes.data, bytes.len);
}
