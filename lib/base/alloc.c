/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/alloc.h"

#include <stdint.h>
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

static size_t round_up(size_t size)
{
    const size_t step = sizeof(max_align_t);
    return size > SIZE_MAX - step ? SIZE_MAX : (size + step - 1) / step * step;
}

static bool is_within(const struct provi_scratch *scratch, const void *ptr)
{
    uintptr_t start = (uintptr_t)scratch->memory;
    return (uintptr_t)ptr >= start && (uintptr_t)ptr - start < sizeof scratch->memory;
}

static void *take(struct provi_scratch *scratch, size_t size)
{
    size_t rounded = round_up(size);
    if (rounded > sizeof scratch->memory - scratch->used)
        return scratch->beneath.resize(scratch->beneath.ctx, NULL, 0, size);
    void *taken = (char *)scratch->memory + scratch->used;
    scratch->used += rounded;
    return taken;
}

static void *scratch_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct provi_scratch *scratch = ctx;
    if (!ptr)
        return new_size ? take(scratch, new_size) : NULL;
    if (!is_within(scratch, ptr))
        return scratch->beneath.resize(scratch->beneath.ctx, ptr, old_size, new_size);
    size_t used = scratch->used;
    size_t at = (size_t)((char *)ptr - (char *)scratch->memory);
    if (at + round_up(old_size) == used) /* the newest: grows, shrinks or goes where it stands */
        scratch->used = at;
    if (new_size == 0)
        return NULL;
    void *taken = take(scratch, new_size);
    if (!taken)
        scratch->used = used;
    else if (taken != ptr)
        memcpy(taken, ptr, old_size < new_size ? old_size : new_size);
    return taken;
}

struct prov_alloc provi_scratch_alloc(struct provi_scratch *scratch)
{
    return (struct prov_alloc){.resize = scratch_resize, .ctx = scratch};
}
