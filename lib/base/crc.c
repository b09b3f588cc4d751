/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/crc.h"

#include <zlib.h>

uint32_t provi_crc32(prov_str bytes)
{
    return provi_crc32_more(0, bytes);
}

uint32_t provi_crc32_more(uint32_t crc, prov_str bytes)
{
    return bytes.len ? (uint32_t)crc32_z(crc, (const unsigned char *)bytes.data, bytes.len) : crc;
}
