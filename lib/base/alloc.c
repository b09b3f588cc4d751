/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/alloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* More than a C library gets at once, in blocks that it does not get one by one. */
#define PROBES 64
#define PROBE_BYTES 32768

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

bool provi_alloc_errno_tells(void)
{
    /* Some compilers know malloc() well enough to leave it out, or to keep errno in a register. */
    void *(*volatile get)(size_t) = malloc;
    void *blocks[PROBES];
    size_t n = 0;
    errno = 0;
    while (n < PROBES && (blocks[n] = get(PROBE_BYTES)))
        n++;
    bool is_telling = errno == 0 || n < PROBES;
    while (n > 0)
        free(blocks[--n]);
    return is_telling;
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
        return scratch->lower.resize(scratch->lower.ctx, NULL, 0, size);
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
        return scratch->lower.resize(scratch->lower.ctx, ptr, old_size, new_size);
    size_t used = scratch->used;
    size_t at = (size_t)((char *)ptr - (char *)scratch->memory);
    if (at + round_up(old_size) == used) /* the newest block: resized in place */
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

/* Volatile, so that no optimiser removes the call; as fast as memset() itself. */
static void *(*const volatile wiper)(void *, int, size_t) = memset;

void provi_wipe(void *ptr, size_t len)
{
    if (len != 0)
        wiper(ptr, 0, len);
}

void provi_free_secret(const struct prov_alloc *alloc, void *ptr, size_t size)
{
    if (ptr)
        provi_wipe(ptr, size);
    provi_free(alloc, ptr, size);
}

prov_status provi_secret_set(struct provi_secret *secret, const struct prov_alloc *alloc,
                             prov_str text)
{
    provi_secret_clear(secret, alloc);
    if (text.len == 0)
        return PROV_OK;
    secret->data = provi_alloc(alloc, text.len);
    if (!secret->data)
        return PROV_E_NOMEM;
    memcpy(secret->data, text.data, text.len);
    secret->len = text.len;
    return PROV_OK;
}

void provi_secret_clear(struct provi_secret *secret, const struct prov_alloc *alloc)
{
    provi_free_secret(alloc, secret->data, secret->len);
    secret->data = NULL;
    secret->len = 0;
}

prov_str provi_secret_str(const struct provi_secret *secret)
{
    return (prov_str){secret->data, secret->len};
}

enum {
    FIRST_BLOCK = 4096,
    LARGE_BYTES = 65536,
};

/* As large as all previous blocks together; from LARGE_BYTES on, a quarter of that. A multiple of a
 * pointer's size, so that `room` is one too. */
static size_t next_size(const struct provi_arena *arena, size_t len)
{
    size_t total = arena->total_bytes;
    size_t size = total >= LARGE_BYTES ? total / 4 : total > FIRST_BLOCK ? total : FIRST_BLOCK;
    size_t need = sizeof(struct provi_arena_block) + len + sizeof(void *);
    return (size > need ? size : need) & ~(sizeof(void *) - 1);
}

static prov_status add_block(struct provi_arena *arena, const struct prov_alloc *alloc, size_t size)
{
    struct provi_arena_block *block = provi_alloc(alloc, size);
    if (!block)
        return PROV_E_NOMEM;
    *block = (struct provi_arena_block){.older = arena->newest, .size = size};
    arena->newest = block;
    arena->free = (char *)(block + 1);
    arena->room = size - sizeof *block;
    arena->total_bytes += size;
    return PROV_OK;
}

static bool is_too_much(const struct provi_arena *arena, size_t len)
{
    return len > SIZE_MAX / 4 - arena->total_bytes;
}

prov_status provi_arena_grow(struct provi_arena *arena, const struct prov_alloc *alloc, size_t len)
{
    return is_too_much(arena, len) ? PROV_E_NOMEM : add_block(arena, alloc, next_size(arena, len));
}

prov_status provi_arena_grow_exactly(struct provi_arena *arena, const struct prov_alloc *alloc,
                                     size_t len)
{
    size_t size = sizeof(struct provi_arena_block) + len + sizeof(void *);
    return is_too_much(arena, len) ? PROV_E_NOMEM
                                   : add_block(arena, alloc, size & ~(sizeof(void *) - 1));
}

void provi_arena_free(struct provi_arena *arena, const struct prov_alloc *alloc)
{
    size_t unused = arena->room; /* of the newest block; an older one is nearly full */
    while (arena->newest) {
        struct provi_arena_block *block = arena->newest;
        size_t size = block->size;
        arena->newest = block->older;
        if (arena->is_secret)
            provi_wipe(block, size - unused);
        provi_free(alloc, block, size);
        unused = 0;
    }
    arena->total_bytes = arena->room = 0;
    arena->free = NULL;
}
