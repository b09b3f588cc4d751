/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Memory from `struct prov_alloc`, of which every handle has a copy: single blocks, blocks within
 * one block, an arena, blocks that are wiped, and objects with several owners.
 */
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

/**
 * Whether ENOMEM, found in `errno`, tells a lack of memory. A C library that has two ways to get
 * memory sets it when only the first fails; so try whether it does. Needs up to 2 MiB for a moment.
 */
bool provi_alloc_errno_tells(void);

enum { PROVI_SCRATCH_BYTES = 4000 };

/** One block for many small allocations of a call. */
struct provi_scratch {
    struct prov_alloc lower;
    size_t used; /* bytes of `memory`, a multiple of its alignment */
    max_align_t memory[PROVI_SCRATCH_BYTES / sizeof(max_align_t)];
};

/**
 * An allocator within @p scratch; blocks that do not fit come from `lower`. Blocks freed in the
 * reverse order of their allocation are reused, all others once `used` is set to 0.
 */
struct prov_alloc provi_scratch_alloc(struct provi_scratch *scratch);

/** Overwrite with zeros; no optimiser removes it. */
void provi_wipe(void *ptr, size_t len);

/** Wipe, then free; NULL is fine. */
void provi_free_secret(const struct prov_alloc *alloc, void *ptr, size_t size);

/** A secret text. All zero is the empty secret. */
struct provi_secret {
    char *data; /* exactly `len` bytes */
    size_t len;
};

/**
 * Copy @p text, which is not part of @p secret; the previous text is wiped first. PROV_OK or
 * PROV_E_NOMEM (then empty).
 */
prov_status provi_secret_set(struct provi_secret *secret, const struct prov_alloc *alloc,
                             prov_str text);

/** Wipe and release. */
void provi_secret_clear(struct provi_secret *secret, const struct prov_alloc *alloc);

prov_str provi_secret_str(const struct provi_secret *secret);

struct provi_arena_block {
    struct provi_arena_block *older;
    size_t size; /* including this struct */
};

/**
 * Objects allocated one by one and freed all at once; none ever moves. Blocks grow, so that few are
 * needed. All zero is an empty arena without secrets.
 */
struct provi_arena {
    char *free;  /* the first of `room` free bytes; aligned for a pointer, or all are for bytes */
    size_t room; /* at the end of `newest` */
    struct provi_arena_block *newest;
    size_t total_bytes; /* of all blocks */
    bool is_secret;     /* wiped when freed */
};

/** Add a block with room for @p len bytes. PROV_OK; PROV_E_NOMEM without a change. */
prov_status provi_arena_grow(struct provi_arena *arena, const struct prov_alloc *alloc, size_t len);

/** Add a block with room for @p len bytes and no more. As provi_arena_grow(). */
prov_status provi_arena_grow_exactly(struct provi_arena *arena, const struct prov_alloc *alloc,
                                     size_t len);

/** Make sure that @p len bytes can be allocated. As provi_arena_grow(). */
static inline prov_status provi_arena_reserve(struct provi_arena *arena,
                                              const struct prov_alloc *alloc, size_t len)
{
    return len <= arena->room ? PROV_OK : provi_arena_grow(arena, alloc, len);
}

/** Allocate @p len reserved bytes, aligned for pointers and integers; valid until it is freed. */
static inline void *provi_arena_alloc(struct provi_arena *arena, size_t len)
{
    void *taken = arena->free;
    size_t step = (len + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    if (step == 0) /* without a block `free` is NULL, to which C forbids adding even 0 */
        return taken;
    arena->free += step;
    arena->room -= step;
    return taken;
}

/** Likewise, unaligned: the arena must hold nothing else. */
static inline char *provi_arena_alloc_bytes(struct provi_arena *arena, size_t len)
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

/** First member of an object that has several owners in one thread. */
struct provi_shared {
    size_t n_owners;
    void (*end)(void *object); /* frees the object when the last owner leaves */
};

/** Become an owner of an object that begins with a `struct provi_shared`. NULL is fine. */
static inline void provi_share(void *object)
{
    struct provi_shared *shared = object;
    if (shared)
        shared->n_owners++;
}

/** Cease to be an owner; do not use @p object afterwards. NULL is fine. */
static inline void provi_unshare(void *object)
{
    struct provi_shared *shared = object;
    if (shared && --shared->n_owners == 0)
        shared->end(object);
}

#endif
