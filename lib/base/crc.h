/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Tells damaged bytes from those that were written. No protection against an attacker. */
#ifndef PROVI_BASE_CRC_H
#define PROVI_BASE_CRC_H

#include <provision/base.h>

/** CRC-32 of IEEE 802.3, as zlib has it. */
uint32_t provi_crc32(prov_str bytes);

/** That of bytes whose first ones have @p crc and whose others are @p bytes; of none it is 0. */
uint32_t provi_crc32_more(uint32_t crc, prov_str bytes);

#endif
