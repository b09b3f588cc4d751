/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Records that survive a reboot: fields in little-endian order, and a checksum. */
#ifndef PROVI_BASE_RECORD_H
#define PROVI_BASE_RECORD_H

#include <provision/base.h>

#include "base/buffer.h"

/** A record being written; after a failure, further fields are ignored. */
struct provi_record {
    const struct prov_alloc *alloc;
    struct provi_buffer bytes; /* secret */
    prov_status status;
};

/** Make an empty record of up to @p max bytes; the caller frees its `bytes`. */
void provi_record_init(struct provi_record *record, const struct prov_alloc *alloc, size_t max);

void provi_record_bytes(struct provi_record *record, const void *data, size_t len);

/** Write @p number in @p n_bytes, at most 8. */
void provi_record_number(struct provi_record *record, uint64_t number, unsigned n_bytes);

/** Write a number that is usually small, seven bits in each byte. */
void provi_record_count(struct provi_record *record, uint64_t number);

/** Write bytes, preceded by their length. */
void provi_record_text(struct provi_record *record, prov_str text);

/** A record being read. Past its end all fields are zero, and `is_short` becomes true. */
struct provi_reading {
    struct provi_buffer bytes; /* secret */
    size_t at;
    bool is_short;
};

/** The next @p len bytes, or NULL if there are fewer. */
const char *provi_reading_bytes(struct provi_reading *reading, size_t len);
uint64_t provi_reading_number(struct provi_reading *reading, unsigned n_bytes);
uint64_t provi_reading_count(struct provi_reading *reading);

/** Read bytes that are preceded by their length; borrowed from the record. */
prov_str provi_reading_text(struct provi_reading *reading);

/**
 * CRC-32 of IEEE 802.3: detects damage, gives no protection against an attacker. @p crc is that of
 * all previous bytes, 0 of none.
 */
uint32_t provi_crc32(uint32_t crc, prov_str bytes);

#endif
