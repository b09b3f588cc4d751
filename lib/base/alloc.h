/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Memory by `struct prov_alloc`: every handle keeps its own copy. */
#ifndef PROVI_BASE_ALLOC_H
#define PROVI_BASE_ALLOC_H

#include <provision/base.h>

#include <stddef.h>

/** The caller's allocator, or the C library's for NULL. */
struct prov_alloc provi_alloc_or_default(const struct prov_alloc *alloc);

/** Uninitialised memory, or NULL. @p size of 0 is taken as 1. */
void *provi_alloc(const struct prov_alloc *alloc, size_t size);

/** Zeroed memory, or NULL. */
void *provi_alloc_zero(const struct prov_alloc *alloc, size_t size);

/** Resize; NULL leaves the old block as it was. @p new_size is not 0. */
void *provi_resize(const struct prov_alloc *alloc, void *ptr, size_t old_size, size_t new_size);

/** Free; NULL is fine. */
void provi_free(const struct prov_alloc *alloc, void *ptr, size_t size);

enum { PROVI_SCRATCH_BYTES = 4000 };

/** One block for the many small things of a call, in place of an allocation for each. */
struct provi_scratch {
    struct prov_alloc beneath;
    size_t used; /* bytes of `memory`, a multiple of its alignment */
    max_align_t memory[PROVI_SCRATCH_BYTES / sizeof(max_align_t)];
};

/**
 * An allocator that takes from @p scratch, and from `beneath` what does not fit. What is freed in
 * the opposite order of its allocation is there again; the rest is when `used` becomes 0.
 */
struct prov_alloc provi_scratch_alloc(struct provi_scratch *scratch);

#endif
