/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Keys and passwords: kept in one block, wiped on every path out, never moved by a resize. */
#ifndef PROVI_BASE_SECRET_H
#define PROVI_BASE_SECRET_H

#include <provision/base.h>

/** Overwrite with zeros in a way no optimiser drops. */
void provi_wipe(void *ptr, size_t len);

/** Wipe, then free; NULL is fine. */
void provi_free_secret(const struct prov_alloc *alloc, void *ptr, size_t size);

/** A secret of its own. All zero is the empty secret. */
struct provi_secret {
    char *data; /* exactly `len` bytes */
    size_t len;
};

/**
 * Copy @p text, which is not part of @p secret; what was kept before is wiped first. PROV_OK or
 * PROV_E_NOMEM (then empty).
 */
prov_status provi_secret_set(struct provi_secret *secret, const struct prov_alloc *alloc,
                             prov_str text);

/** Wipe and release. */
void provi_secret_clear(struct provi_secret *secret, const struct prov_alloc *alloc);

prov_str provi_secret_str(const struct provi_secret *secret);

#endif
