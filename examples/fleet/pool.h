/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Memory for many phones: blocks of a few sizes from lists of free blocks, with a count of their
 * bytes.
 *
 * The library passes the size of a block when it frees it, so a block has no header.
 */
#ifndef FLEET_POOL_H
#define FLEET_POOL_H

#include <stddef.h>

#include <provision/base.h>

enum {
    POOL_STEP = 16,       /* sizes are multiples of this */
    POOL_LARGEST = 16384, /* largest block, for a running resync; larger ones are the C library's */
    POOL_SLAB = 512 * 1024, /* size of the slabs allocated from the C library */
};

struct pool_slab;

struct pool {
    void *free[POOL_LARGEST / POOL_STEP];
    struct pool_slab *slabs;
    char *next; /* the rest of the newest slab */
    size_t n_left;
    size_t live_bytes; /* size of all blocks in use, rounded up */
    size_t peak_bytes;
};

/** The pool as an allocator; it must outlive all blocks. */
struct prov_alloc pool_alloc(struct pool *pool);

/** Release all slabs, after the last block was freed. */
void pool_end(struct pool *pool);

#endif
