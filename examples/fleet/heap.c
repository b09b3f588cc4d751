/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "heap.h"

#include <stdlib.h>

#define N_CHILDREN 4

bool heap_init(struct heap *heap, size_t cap)
{
    heap->len = 0;
    heap->cap = cap;
    heap->items = calloc(cap, sizeof *heap->items);
    return heap->items != NULL;
}

void heap_free(struct heap *heap)
{
    free(heap->items);
    heap->items = NULL;
}

/* Equal moments in the order of the devices, so that a seed gives one picture. */
static bool is_before(struct deadline a, struct deadline b)
{
    return a.due_ms != b.due_ms ? a.due_ms < b.due_ms : a.device < b.device;
}

void heap_add(struct heap *heap, struct deadline deadline)
{
    size_t at = heap->len++;
    while (at > 0) {
        size_t parent = (at - 1) / N_CHILDREN;
        if (!is_before(deadline, heap->items[parent]))
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
        if (is_before(heap->items[child], heap->items[best]))
            best = child;
    return best;
}

struct deadline heap_take(struct heap *heap)
{
    struct deadline earliest = heap->items[0];
    struct deadline moved = heap->items[--heap->len];
    size_t at = 0;
    size_t child;
    while ((child = earliest_child(heap, at)) < heap->len && is_before(heap->items[child], moved)) {
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = moved;
    return earliest;
}
