/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Memory for many phones: blocks of a few sizes, each taken from a list of free ones, and counted.
 *
 * The library states the size of a block when it frees it, so a block has no header.
 */
#ifndef FLEET_POOL_H
#define FLEET_POOL_H

#include <stddef.h>

#include <provision/base.h>

enum {
    POOL_STEP = 16,         /* sizes are multiples of this */
    POOL_LARGEST = 16384,   /* room for a resync under way; larger blocks are the C library's */
    POOL_SLAB = 512 * 1024, /* bytes that the C library is asked for at a time */
};

struct pool_slab;

struct pool {
    void *free[POOL_LARGEST / POOL_STEP];
    struct pool_slab *slabs;
    char *next; /* the rest of the newest slab */
    size_t n_left;
    size_t live_bytes; /* in blocks that are in use, as rounded up */
    size_t peak_bytes;
};

/** The pool as an allocator; it must outlive all blocks. */
struct prov_alloc pool_alloc(struct pool *pool);

/** Release all slabs, after the last block. */
void pool_end(struct pool *pool);

#endif
