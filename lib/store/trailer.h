/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The lines of a store's file after its document, where no profile can write anything. Each is a
 * comment:
 *
 *     <!-- kept NAME 0123…ef -->    a record
 *     <!-- kept origins 01…ef -->   the origins of the values, and the server's values beneath the
 *                                   user's; they belong to the values in the document, and are
 *                                   ignored if a person edited those
 *     <!-- crc32 01234567, … -->    the checksum of all bytes before it; a person who edits the
 *                                   file deletes it
 */
#ifndef PROVI_STORE_TRAILER_H
#define PROVI_STORE_TRAILER_H

#include "base/record.h"
#include "store/store_priv.h"

enum provi_checksum {
    PROVI_CHECKSUM_NONE,  /* the last line is not a checksum */
    PROVI_CHECKSUM_GOOD,  /* it is that of the bytes before it */
    PROVI_CHECKSUM_WRONG, /* it is not */
};

enum { PROVI_CHECKSUM_BYTES = 65 };

/** Write the checksum line for bytes with this CRC-32, including the line break. */
prov_str provi_checksum_line(uint32_t crc, char line[PROVI_CHECKSUM_BYTES]);

/** Check the last line; blanks after it are ignored. */
enum provi_checksum provi_checksum_check(prov_str text);

/** The file format of this release; docs/store.md has the rules for later ones. */
enum { PROVI_STORE_FORMAT = 1 };

/** The format in the first line of a file, `<!-- store format 2 -->`; 1 without that line. */
uint64_t provi_store_format(prov_str text);

/** Name in the line of origins. */
extern const prov_str provi_origins_name;

/** Whether a record may have this name. */
bool provi_records_is_name(prov_str name);

/** Write the line of one record. @return The sink's status. */
prov_status provi_records_write_line(prov_str name, prov_str bytes, const struct prov_sink *sink,
                                     struct prov_error *err);

/**
 * Remove the lines of records at the end of a file and read them. Comments among and after them are
 * skipped, such as the checksum, or one that is damaged.
 *
 * @param[out]    origins  Bytes of the line of origins; empty if there is none. The caller frees
 *                         them, with the allocator of @p records.
 * @param[in,out] text     The file; then the document.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_LIMIT.
 */
prov_status provi_records_read(struct provi_stage *records, struct provi_buffer *origins,
                               prov_str *text, struct prov_error *err);

/** Whether a staged change differs from the committed records. */
bool provi_records_differ(const struct provi_stage *committed, const struct provi_stage *staged);

/** Add the committed records to @p next, with the staged changes. */
prov_status provi_records_join(const struct provi_stage *committed,
                               const struct provi_stage *staged, struct provi_stage *next,
                               struct prov_error *err);

/** Whether the line of origins would have any content. */
bool provi_origins_exist(const struct provi_holdings *holdings);

void provi_origins_write(struct provi_record *record, const struct provi_holdings *holdings);

/**
 * Read the origins of `params`, which are complete. Origins that belong to other values are
 * ignored.
 *
 * @return PROV_OK; PROV_E_NOMEM.
 */
prov_status provi_origins_read(struct provi_reading *reading, struct provi_holdings *holdings);

#endif
