/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "heap.h"

#include <provision/decode.h>

#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/xmlmemory.h>
#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

/* In front of each block. */
union size_tag {
    size_t size;
    max_align_t align;
};

static struct {
    size_t live;
    size_t start; /* of `live` at heap_start() */
    size_t peak;
    struct dial *dial;
} heap;

/* What a block takes of a real heap: a word more, in steps of 16 bytes. */
static size_t cost_of(size_t size)
{
    size_t cost = (size + sizeof(size_t) + 15) / 16 * 16;
    return cost > 32 ? cost : 32;
}

static void add(size_t size)
{
    heap.live += cost_of(size);
    if (heap.live > heap.peak)
        heap.peak = heap.live;
}

static void *resize(void *ptr, size_t size)
{
    union size_tag *old = ptr != NULL ? (union size_tag *)ptr - 1 : NULL;
    size_t old_size = old != NULL ? old->size : 0;
    union size_tag *block = realloc(old, sizeof *block + size);
    if (block == NULL)
        return NULL;
    /* While it moves, both places are taken. */
    add(size);
    heap.live -= old != NULL ? cost_of(old_size) : 0;
    block->size = size;
    return block + 1;
}

static void count_free(void *ptr)
{
    if (ptr == NULL)
        return;
    union size_tag *block = (union size_tag *)ptr - 1;
    heap.live -= cost_of(block->size);
    free(block);
}

static void *xml_realloc(void *ptr, size_t size)
{
    return dial_tick(heap.dial) ? NULL : resize(ptr, size);
}

static void *xml_malloc(size_t size)
{
    return xml_realloc(NULL, size);
}

static char *xml_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = xml_malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static void *own_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size != 0)
        return resize(ptr, new_size);
    count_free(ptr);
    return NULL;
}

void heap_watch_libxml2(void)
{
    if (xmlMemSetup(count_free, xml_malloc, xml_realloc, xml_strdup) != 0)
        test_die("heap: libxml2 has started already");
    xmlInitParser();
    xmlInitializeCatalog(); /* else made once per process when a document names a catalog */
}

static void *ssl_realloc(void *ptr, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return resize(ptr, size);
}

static void *ssl_malloc(size_t size, const char *file, int line)
{
    return size != 0 ? ssl_realloc(NULL, size, file, line) : NULL;
}

static void ssl_free(void *ptr, const char *file, int line)
{
    (void)file, (void)line;
    count_free(ptr);
}

void heap_watch_openssl(void)
{
    if (CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free) != 1)
        test_die("heap: OpenSSL has started already");
    if (prov_decode_prepare(NULL) != PROV_OK)
        test_die("heap: OpenSSL does not start");
}

void heap_end(void)
{
    xmlCleanupParser();
}

struct prov_alloc heap_alloc(void)
{
    return (struct prov_alloc){.resize = own_resize};
}

void heap_start(void)
{
    xmlResetLastError(); /* libxml2 keeps a copy of the last error's text per thread */
    heap.start = heap.live;
    heap.peak = heap.live;
}

size_t heap_live(void)
{
    xmlResetLastError();
    return heap.live - heap.start;
}

size_t heap_peak(void)
{
    return heap.peak - heap.start;
}

void heap_fail_by(struct dial *dial)
{
    heap.dial = dial;
}
