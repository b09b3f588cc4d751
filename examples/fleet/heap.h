/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A heap of deadlines with eight children for each node, which fit one cache line. */
#ifndef FLEET_HEAP_H
#define FLEET_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A deadline as one number: the time in milliseconds and, in the low 24 bits, the device. Equal
 * times are in the order of the devices, so that a seed always gives the same picture.
 *
 * @param due_ms  Not negative and below 2^40.
 * @param device  Below 2^24.
 */
uint64_t deadline_of(int64_t due_ms, uint32_t device);

int64_t deadline_ms(uint64_t deadline);

uint32_t deadline_device(uint64_t deadline);

struct heap {
    uint64_t *memory;
    uint64_t *items; /* aligned within that memory; items[0] is the earliest */
    size_t len;
};

/** Allocate room for @p cap deadlines. False: no memory. */
bool heap_init(struct heap *heap, size_t cap);

void heap_free(struct heap *heap);

/** Add a deadline; there is room, as each device has at most one. */
void heap_add(struct heap *heap, uint64_t deadline);

/** Remove the earliest deadline; the heap is not empty. */
uint64_t heap_remove(struct heap *heap);

#endif
