/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

struct prov_alloc provi_alloc_or_default(const struct prov_alloc *alloc)
{
    if (alloc && alloc->resize)
        return *alloc;
    return (struct prov_alloc){.resize = libc_resize};
}

void *provi_alloc(const struct prov_alloc *alloc, size_t size)
{
    return alloc->resize(alloc->ctx, NULL, 0, size ? size : 1);
}

void *provi_alloc_zero(const struct prov_alloc *alloc, size_t size)
{
    void *ptr = provi_alloc(alloc, size);
    if (ptr)
        memset(ptr, 0, size);
    return ptr;
}

void *provi_resize(const struct prov_alloc *alloc, void *ptr, size_t old_size, size_t new_size)
{
    return alloc->resize(alloc->ctx, ptr, ptr && !old_size ? 1 : old_size, new_size);
}

void provi_free(const struct prov_alloc *alloc, void *ptr, size_t size)
{
    if (ptr)
        alloc->resize(alloc->ctx, ptr, size ? size : 1, 0);
}
