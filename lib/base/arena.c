/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/arena.h"

#include "base/alloc.h"
#include "base/secret.h"

enum {
    FIRST_BLOCK = 4096,
    LARGE_BYTES = 65536,
};

/*
 * As large as all before together, a quarter of that once there is much, and a multiple of a
 * pointer's size, as `room` then always is.
 */
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
    size_t unused = arena->room; /* of the newest; of an older one only the last few bytes are */
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
