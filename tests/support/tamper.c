/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tamper.h"

#include <stdbool.h>
#include <string.h>

#include "dials.h"

enum { MAX_BLOCK = 4096 };

uint64_t tamper_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

const char *tamper_name(enum tamper_kind kind)
{
    static const char *const names[TAMPER_N_KINDS] = {
        "one bit",       "one bit near the end", "blocks swapped",
        "block dropped", "block repeated",       "cut at block",
        "cut anywhere",  "bit of the salt",      "eight bytes",
    };
    return names[kind];
}

/* A number below @p limit, which is not 0. */
static size_t below(uint64_t *state, size_t limit)
{
    return (size_t)(tamper_random(state) % limit);
}

static void flip(uint8_t *data, size_t from, size_t len, uint64_t *state)
{
    size_t bit = below(state, len * 8);
    data[from + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void swap_blocks(uint8_t *data, size_t len, size_t block, uint64_t *state)
{
    uint8_t kept[MAX_BLOCK];
    size_t n_blocks = len / block;
    uint8_t *a = data + below(state, n_blocks) * block;
    uint8_t *b = data + below(state, n_blocks) * block;
    while (memcmp(a, b, block) == 0)
        b = data + below(state, n_blocks) * block;
    memcpy(kept, a, block);
    memcpy(a, b, block);
    memcpy(b, kept, block);
}

static size_t drop_block(uint8_t *data, size_t len, size_t block, uint64_t *state)
{
    uint8_t *at = data + below(state, len / block) * block;
    memmove(at, at + block, (size_t)(data + len - at) - block);
    return len - block;
}

static size_t repeat_block(uint8_t *data, size_t len, size_t block, uint64_t *state)
{
    uint8_t *at = data + below(state, len / block) * block;
    memmove(at + block, at, (size_t)(data + len - at));
    return len + block;
}

static void change_bytes(uint8_t *data, size_t len, uint64_t *state)
{
    size_t at = below(state, len - 7);
    for (size_t i = 0; i < 8; i++)
        data[at + i] ^= (uint8_t)(1 + below(state, 255));
}

size_t tamper(uint8_t *data, size_t len, size_t block, enum tamper_kind kind, uint64_t n)
{
    uint64_t state = n;
    if (block > MAX_BLOCK || len < 3 * block || len < 32)
        test_die("tamper: %zu bytes are too few for blocks of %zu", len, block);
    switch (kind) {
    case TAMPER_BIT: flip(data, 0, len, &state); return len;
    case TAMPER_BIT_NEAR_END: flip(data, len - 2 * block, 2 * block, &state); return len;
    case TAMPER_SWAP: swap_blocks(data, len, block, &state); return len;
    case TAMPER_DROP: return drop_block(data, len, block, &state);
    case TAMPER_REPEAT: return repeat_block(data, len, block, &state);
    case TAMPER_CUT_AT_BLOCK: return below(&state, len / block) * block;
    case TAMPER_CUT: return below(&state, len);
    case TAMPER_SALT: flip(data, 8, 8, &state); return len;
    case TAMPER_BYTES: change_bytes(data, len, &state); return len;
    default: test_die("tamper: no kind %d", (int)kind);
    }
}
