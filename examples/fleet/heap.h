/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A heap of deadlines, four children to a node: one cache line holds the children of a node. */
#ifndef FLEET_HEAP_H
#define FLEET_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline {
    int64_t due_ms;
    uint32_t device;
};

struct heap {
    struct deadline *items; /* items[0] is the earliest */
    size_t len;
    size_t cap;
};

/** Room for @p cap deadlines. False: no memory. */
bool heap_init(struct heap *heap, size_t cap);

void heap_free(struct heap *heap);

/** Add one; there is room, as each device has at most one. */
void heap_add(struct heap *heap, struct deadline deadline);

/** Take the earliest out; the heap is not empty. */
struct deadline heap_take(struct heap *heap);

#endif
