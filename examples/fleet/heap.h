/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A heap of deadlines, eight children to a node: one cache line holds the children of a node. */
#ifndef FLEET_HEAP_H
#define FLEET_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A deadline is one number: the moment in milliseconds, and below it in 24 bits the device. So
 * equal moments come in the order of the devices, and a seed gives one picture.
 *
 * @param due_ms  Not negative and below 2^40.
 * @param device  Below 2^24.
 */
uint64_t deadline_of(int64_t due_ms, uint32_t device);

int64_t deadline_ms(uint64_t deadline);

uint32_t deadline_device(uint64_t deadline);

struct heap {
    uint64_t *memory;
    uint64_t *items; /* in there; items[0] is the earliest */
    size_t len;
};

/** Room for @p cap deadlines. False: no memory. */
bool heap_init(struct heap *heap, size_t cap);

void heap_free(struct heap *heap);

/** Add one; there is room, as each device has at most one. */
void heap_add(struct heap *heap, uint64_t deadline);

/** Take the earliest out; the heap is not empty. */
uint64_t heap_take(struct heap *heap);

#endif
