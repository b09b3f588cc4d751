/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

struct pool_slab {
    struct pool_slab *next;
    max_align_t blocks[];
};

static size_t rounded(size_t size)
{
    return (size + POOL_STEP - 1) / POOL_STEP * POOL_STEP;
}

static void count(struct pool *pool, size_t taken, size_t freed)
{
    pool->live_bytes += taken - freed;
    if (pool->live_bytes > pool->peak_bytes)
        pool->peak_bytes = pool->live_bytes;
}

static void push_free(struct pool *pool, void *block, size_t size)
{
    void **list = &pool->free[size / POOL_STEP - 1];
    memcpy(block, list, sizeof *list);
    *list = block;
}

/* The rest of the previous slab becomes a free block. */
static bool add_slab(struct pool *pool)
{
    struct pool_slab *slab = malloc(POOL_SLAB);
    if (!slab)
        return false;
    if (pool->n_left)
        push_free(pool, pool->next, pool->n_left);
    slab->next = pool->slabs;
    pool->slabs = slab;
    pool->next = (char *)slab->blocks;
    pool->n_left = (POOL_SLAB - offsetof(struct pool_slab, blocks)) / POOL_STEP * POOL_STEP;
    return true;
}

static void *pop_free(struct pool *pool, size_t size)
{
    void **list = &pool->free[size / POOL_STEP - 1];
    void *block = *list;
    if (block) {
        memcpy(list, block, sizeof *list);
        __builtin_prefetch(*list); /* for the next call, since few free blocks are in the cache */
        return block;
    }
    if (pool->n_left < size && !add_slab(pool))
        return NULL;
    block = pool->next;
    pool->next += size;
    pool->n_left -= size;
    return block;
}

static void *allocate(struct pool *pool, size_t size)
{
    void *block = size > POOL_LARGEST ? malloc(size) : pop_free(pool, size);
    if (block)
        count(pool, size, 0);
    return block;
}

static void release(struct pool *pool, void *block, size_t size)
{
    if (size > POOL_LARGEST)
        free(block);
    else
        push_free(pool, block, size);
    count(pool, 0, size);
}

/* Neither size is 0. */
static void *move(struct pool *pool, void *block, size_t old_size, size_t new_size)
{
    const size_t before = rounded(old_size), after = rounded(new_size);
    if (before == after)
        return block;
    if (before > POOL_LARGEST && after > POOL_LARGEST) {
        void *moved = realloc(block, after);
        if (moved)
            count(pool, after, before);
        return moved;
    }
    void *copy = allocate(pool, after);
    if (!copy)
        return NULL;
    memcpy(copy, block, old_size < new_size ? old_size : new_size);
    release(pool, block, before);
    return copy;
}

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    if (!ptr)
        return new_size ? allocate(ctx, rounded(new_size)) : NULL;
    if (new_size)
        return move(ctx, ptr, old_size, new_size);
    release(ctx, ptr, rounded(old_size));
    return NULL;
}

struct prov_alloc pool_alloc(struct pool *pool)
{
    return (struct prov_alloc){.resize = resize, .ctx = pool};
}

void pool_end(struct pool *pool)
{
    struct pool_slab *next;
    for (struct pool_slab *slab = pool->slabs; slab; slab = next) {
        next = slab->next;
        free(slab);
    }
    *pool = (struct pool){0};
}
