/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "heap.h"

#include <stdlib.h>

#define N_CHILDREN 8
#define CACHE_LINE 64
#define DEVICE_BITS 24

uint64_t deadline_of(int64_t due_ms, uint32_t device)
{
    return (uint64_t)due_ms << DEVICE_BITS | device;
}

int64_t deadline_ms(uint64_t deadline)
{
    return (int64_t)(deadline >> DEVICE_BITS);
}

uint32_t deadline_device(uint64_t deadline)
{
    return (uint32_t)deadline & ((1 << DEVICE_BITS) - 1);
}

bool heap_init(struct heap *heap, size_t cap)
{
    /* The root is at the end of a cache line, so that the children of a node fill one line. */
    size_t n_lines = (N_CHILDREN - 1 + cap) / N_CHILDREN + 1;
    heap->len = 0;
    heap->memory = aligned_alloc(CACHE_LINE, n_lines * CACHE_LINE);
    heap->items = heap->memory ? heap->memory + N_CHILDREN - 1 : NULL;
    return heap->memory != NULL;
}

void heap_free(struct heap *heap)
{
    free(heap->memory);
    heap->memory = NULL;
}

void heap_add(struct heap *heap, uint64_t deadline)
{
    size_t at = heap->len++;
    while (at > 0) {
        size_t parent = (at - 1) / N_CHILDREN;
        if (heap->items[parent] <= deadline)
            break;
        heap->items[at] = heap->items[parent];
        at = parent;
    }
    heap->items[at] = deadline;
}

/* The earliest child of a node; the heap's length if it has none. */
static size_t earliest_child(const struct heap *heap, size_t at)
{
    size_t first = at * N_CHILDREN + 1;
    size_t end = first + N_CHILDREN < heap->len ? first + N_CHILDREN : heap->len;
    size_t best = first < end ? first : heap->len;
    for (size_t child = first + 1; child < end; child++)
        best = heap->items[child] < heap->items[best] ? child : best;
    return best;
}

uint64_t heap_remove(struct heap *heap)
{
    uint64_t earliest = heap->items[0];
    uint64_t moved = heap->items[--heap->len];
    size_t at = 0;
    size_t child;
    while ((child = earliest_child(heap, at)) < heap->len && heap->items[child] < moved) {
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = moved;
    return earliest;
}
