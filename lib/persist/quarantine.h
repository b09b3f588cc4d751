/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Values that were rolled back, by their digest: they are not applied again. */
#ifndef PROVI_PERSIST_QUARANTINE_H
#define PROVI_PERSIST_QUARANTINE_H

#include <provision/base.h>

#include "decode/digest.h"

struct provi_env;

enum { PROVI_MAX_QUARANTINED = 8 }; /* the oldest makes room */

/** All zero is empty: few agents ever need one. */
struct provi_quarantine {
    struct provi_digest *list; /* n of them, oldest first; NULL: no room yet */
    size_t n;
};

bool provi_quarantine_has(const struct provi_quarantine *quarantine,
                          const struct provi_digest *digest);

/** PROV_E_QUARANTINED, with the words for it. */
prov_status provi_quarantine_refuse(struct prov_error *err);

/** Make room, before the first is added. PROV_OK; PROV_E_NOMEM. */
prov_status provi_quarantine_prepare(struct provi_quarantine *quarantine,
                                     const struct prov_alloc *alloc, struct prov_error *err);

void provi_quarantine_free(struct provi_quarantine *quarantine, const struct prov_alloc *alloc);

/** Add one, if it is not there. */
void provi_quarantine_add(struct provi_quarantine *quarantine, const struct provi_digest *digest);

/** Have the host keep it with @p n more in it; inside a transaction, with that. */
prov_status provi_quarantine_save_with(const struct provi_quarantine *quarantine,
                                       const struct provi_digest *more, size_t n,
                                       struct provi_env *env, struct prov_error *err);

/** Find what was kept before the reboot. */
void provi_quarantine_load(struct provi_quarantine *quarantine, struct provi_env *env);

#endif
