/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Things that come one by one, stay where they are and go all at once.
 *
 * Blocks grow, so that few are needed; unlike a growing buffer none is ever copied and wiped.
 */
#ifndef PROVI_BASE_ARENA_H
#define PROVI_BASE_ARENA_H

#include <provision/base.h>

struct provi_arena_block {
    struct provi_arena_block *older;
    size_t size; /* with this head */
};

/** All zero is an empty one for things that are no secret. */
struct provi_arena {
    char *free;  /* the first of `room` free bytes; aligned for a pointer, or all are for bytes */
    size_t room; /* at the end of `newest` */
    struct provi_arena_block *newest;
    size_t total_bytes; /* of all blocks */
    bool is_secret;     /* wiped when freed */
};

/** Add a block with room for @p len bytes. PROV_OK; PROV_E_NOMEM, and nothing changed. */
prov_status provi_arena_grow(struct provi_arena *arena, const struct prov_alloc *alloc, size_t len);

/** Add a block with room for @p len bytes and no more. As provi_arena_grow(). */
prov_status provi_arena_grow_exactly(struct provi_arena *arena, const struct prov_alloc *alloc,
                                     size_t len);

/** Make sure that @p len bytes can be taken. As provi_arena_grow(). */
static inline prov_status provi_arena_reserve(struct provi_arena *arena,
                                              const struct prov_alloc *alloc, size_t len)
{
    return len <= arena->room ? PROV_OK : provi_arena_grow(arena, alloc, len);
}

/** Take @p len reserved bytes, aligned for pointers and integers; valid until it is freed. */
static inline void *provi_arena_take(struct provi_arena *arena, size_t len)
{
    void *taken = arena->free;
    size_t step = (len + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    if (step == 0) /* there may be no block yet, and nothing may be added to NULL */
        return taken;
    arena->free += step;
    arena->room -= step;
    return taken;
}

/** Likewise, aligned for nothing: no others may be taken from the same arena. */
static inline char *provi_arena_take_bytes(struct provi_arena *arena, size_t len)
{
    char *taken = arena->free;
    if (len == 0)
        return taken;
    arena->free += len;
    arena->room -= len;
    return taken;
}

/** Release everything. */
void provi_arena_free(struct provi_arena *arena, const struct prov_alloc *alloc);

#endif
