/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Records that an agent loads after a reboot: bytes that the host saves by name.
 *
 * A record is a mark of four bytes for kind and format, fields, and a checksum against damage by a
 * host's storage.
 */
#ifndef PROVI_PERSIST_SAVE_H
#define PROVI_PERSIST_SAVE_H

#include <provision/host.h>

#include "base/record.h"
#include "decode/digest.h"

struct provi_env;

/** Begin a record to be saved. @p mark  Four characters. */
void provi_save_begin(struct provi_record *record, struct provi_env *env, const char *mark);
void provi_save_digest(struct provi_record *record, const struct provi_digest *digest);

/** Append the hash of a document, which takes as many bytes as a digest. */
void provi_save_document(struct provi_record *record, uint64_t document);

/** Add the checksum and have the host save the record as @p name; release it in any case.
 * PROV_OK also where the host has no `save`. */
prov_status provi_save_end(struct provi_record *record, struct provi_env *env, const char *name,
                           struct prov_error *err);

/** Erase the record @p name. PROV_OK also where the host has no `save`. */
prov_status provi_save_erase(struct provi_env *env, const char *name, struct prov_error *err);

/**
 * Load a record from the host; after true, provi_load_end() releases it.
 *
 * @return false: there is no record; or, with `is_short` set, it cannot be read, is damaged or has
 *         another format, which is reported to the host.
 */
bool provi_load(struct provi_reading *reading, struct provi_env *env, const char *name,
                const char *mark);
void provi_load_digest(struct provi_reading *reading, struct provi_digest *digest);

/** Read the hash of a document. */
uint64_t provi_load_document(struct provi_reading *reading);
void provi_load_end(struct provi_reading *reading, struct provi_env *env);

/** Report, as a log event, a record that cannot be saved, or one that cannot be used. */
void provi_save_warn(struct provi_env *env, const char *name, const struct prov_error *error);
void provi_load_warn(struct provi_env *env, const char *name, const struct prov_error *error);

#endif
