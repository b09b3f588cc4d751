/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Quarantine: documents that were rolled back, and are not applied again. */
#ifndef PROVI_PERSIST_QUARANTINE_H
#define PROVI_PERSIST_QUARANTINE_H

#include <provision/base.h>

struct provi_env;

enum { PROVI_MAX_QUARANTINED = 8 }; /* another one replaces the oldest */

/** All zero is empty and allocates nothing: few agents ever need an entry. */
struct provi_quarantine {
    uint64_t *list; /* provi_stage_hash() of n documents, oldest first; NULL: not allocated yet */
    size_t n;
};

bool provi_quarantine_has(const struct provi_quarantine *quarantine, uint64_t document);

/** Fail with PROV_E_QUARANTINED. */
prov_status provi_quarantine_refuse(struct prov_error *err);

/** Allocate the list, before the first document is added. PROV_OK; PROV_E_NOMEM. */
prov_status provi_quarantine_prepare(struct provi_quarantine *quarantine,
                                     const struct prov_alloc *alloc, struct prov_error *err);

void provi_quarantine_free(struct provi_quarantine *quarantine, const struct prov_alloc *alloc);

/** Add a document, unless the list has it. */
void provi_quarantine_add(struct provi_quarantine *quarantine, uint64_t document);

/** Save the list and @p n more documents; inside a transaction, as a part of it. */
prov_status provi_quarantine_save_with(const struct provi_quarantine *quarantine,
                                       const uint64_t *more, size_t n, struct provi_env *env,
                                       struct prov_error *err);

/** Load the list after a reboot. */
void provi_quarantine_load(struct provi_quarantine *quarantine, struct provi_env *env);

#endif
