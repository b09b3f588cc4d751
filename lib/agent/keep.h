/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * What an agent finds again after a reboot: records of bytes that the host keeps by name.
 *
 * A record is a mark of four bytes for kind and format, fields, and a checksum that tells what a
 * host's storage has damaged.
 */
#ifndef PROVI_AGENT_KEEP_H
#define PROVI_AGENT_KEEP_H

#include <provision/host.h>

#include "base/record.h"
#include "decode/digest.h"

struct prov_agent;

/** Begin a record to be kept. @p mark  Four characters. */
void provi_keep_begin(struct provi_record *record, struct prov_agent *agent, const char *mark);
void provi_keep_digest(struct provi_record *record, const struct provi_digest *digest);

/** Seal it and hand it to the host under @p name; released in any case. PROV_OK without `keep`. */
prov_status provi_keep_end(struct provi_record *record, struct prov_agent *agent, const char *name,
                           struct prov_error *err);

/** Forget what is kept under @p name. As above. */
prov_status provi_keep_forget(struct prov_agent *agent, const char *name, struct prov_error *err);

/**
 * Fetch a record from the host; provi_keep_recall_end() is due if it is true.
 *
 * @return false: there is none; or, with `is_short` set, it cannot be read, is damaged or of
 *         another format, of which the host is told.
 */
bool provi_keep_recall(struct provi_reading *reading, struct prov_agent *agent, const char *name,
                       const char *mark);
void provi_keep_recall_digest(struct provi_reading *reading, struct provi_digest *digest);
void provi_keep_recall_end(struct provi_reading *reading, struct prov_agent *agent);

/** A log event about keeping that does not work. */
void provi_keep_complain(struct prov_agent *agent, const char *name,
                         const struct prov_error *error);

#endif
