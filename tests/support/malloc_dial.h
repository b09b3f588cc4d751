/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Lets the n-th allocation of a whole process fail: ours, and those of every library beneath.
 *
 * A shared object, to be preloaded (LD_PRELOAD): its malloc(), calloc() and realloc() replace
 * the C library's. A program that finds these functions missing runs without it.
 */
#ifndef TEST_SUPPORT_MALLOC_DIAL_H
#define TEST_SUPPORT_MALLOC_DIAL_H

#include <stdbool.h>
#include <stdint.h>

/** From now on, let allocation @p at fail, the first is 1; and all after it if @p sticky. */
void malloc_dial_arm(uint64_t at, bool sticky);

/** Allocations since it was armed. */
uint64_t malloc_dial_seen(void);

/** Let none fail any more. Returns how many there were since it was armed. */
uint64_t malloc_dial_lift(void);

#endif
