/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
#ifndef FLEET_RANDOM_H
#define FLEET_RANDOM_H

#include <stdint.h>

/** What the state grows by before each number. */
#define RANDOM_STEP UINT64_C(0x9e3779b97f4a7c15)

/** The number of a state. */
static inline uint32_t random_bits(uint64_t state)
{
    state = (state ^ (state >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    state = (state ^ (state >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((state ^ (state >> 31)) >> 32);
}

#endif
