/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <zlib.h>

#include "base/alloc.h"

/*
 * zlib does not tell how large a block was: it stands in front. No block is larger than the tables
 * and windows of gzip as this module uses it.
 */
union head {
    size_t size; /* with the head */
    max_align_t align;
};

static voidpf zlib_alloc(voidpf ctx, uInt n_items, uInt item_size)
{
    const struct prov_alloc *alloc = ctx;
    size_t size = sizeof(union head) + (size_t)n_items * item_size;
    union head *head = provi_alloc(alloc, size);
    if (!head)
        return Z_NULL;
    head->size = size;
    return head + 1;
}

/* The window holds the last 32 KiB of a profile. */
static void zlib_free(voidpf ctx, voidpf address)
{
    const struct prov_alloc *alloc = ctx;
    if (!address)
        return;
    union head *head = (union head *)address - 1;
    provi_free_secret(alloc, head, head->size);
}

void provi_zlib_use_alloc(void *zlib, const struct prov_alloc *alloc)
{
    z_stream *stream = zlib;
    stream->zalloc = zlib_alloc;
    stream->zfree = zlib_free;
    stream->opaque = (voidpf)(uintptr_t)alloc;
}
