/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The last line of a store's file: a comment with a checksum of all bytes before it, so that bit
 * rot is noticed. A person who edits the file deletes the line.
 */
#ifndef PROVI_STORE_SEAL_H
#define PROVI_STORE_SEAL_H

#include <provision/base.h>

enum provi_seal {
    PROVI_SEAL_NONE,   /* the last line is something else */
    PROVI_SEAL_GOOD,   /* it fits the bytes before it */
    PROVI_SEAL_BROKEN, /* it does not */
};

enum { PROVI_SEAL_BYTES = 65 };

/** Write the line that belongs behind bytes with this CRC-32, line break included. */
prov_str provi_seal_line(uint32_t crc, char line[PROVI_SEAL_BYTES]);

/** Look at the last line; blanks after it do not matter. */
enum provi_seal provi_seal_check(prov_str text);

/** The format this release writes; docs/store.md says what a later one has to do. */
enum { PROVI_STORE_FORMAT = 1 };

/** The format a file names in its first line, `<!-- store format 2 -->`; 1: it names none. */
uint64_t provi_seal_format(prov_str text);

#endif
