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

static void *resize_large(void *ptr, size_t old_size, size_t new_size, struct pool *pool)
{
    void *block = realloc(ptr, new_size);
    if (block)
        count(pool, new_size, old_size);
    return block;
}

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct pool *pool = ctx;
    size_t before = ptr ? rounded(old_size) : 0;
    size_t after = rounded(new_size);
    if (before == after)
        return ptr;
    if (before > POOL_LARGEST && after > POOL_LARGEST)
        return resize_large(ptr, before, after, pool);
    void *block = NULL;
    if (after)
        block = after > POOL_LARGEST ? malloc(after) : pop_free(pool, after);
    if (after && !block)
        return NULL;
    if (block && before)
        memcpy(block, ptr, old_size < new_size ? old_size : new_size);
    if (before > POOL_LARGEST)
        free(ptr);
    else if (before)
        push_free(pool, ptr, before);
    count(pool, after, before);
    return block;
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
