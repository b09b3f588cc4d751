/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sched/sched_priv.h"

#include <string.h>

uint64_t provi_draw(uint32_t entropy, uint64_t max)
{
    /* floor(entropy * n / 2^32), in halves so that the product fits. */
    uint64_t n = max + 1;
    return entropy * (n >> 32) + ((entropy * (n & UINT32_MAX)) >> 32);
}

uint32_t provi_draw_mix(uint32_t entropy, uint32_t salt)
{
    /* The finalizer of MurmurHash3: a bijection, so what goes in uniform comes out uniform. */
    uint32_t x = entropy ^ (salt * UINT32_C(0x9e3779b9));
    x = (x ^ (x >> 16)) * UINT32_C(0x85ebca6b);
    x = (x ^ (x >> 13)) * UINT32_C(0xc2b2ae35);
    return x ^ (x >> 16);
}

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 32);
}

uint32_t provi_text_hash(prov_str text)
{
    uint64_t hash = hash_word(0, text.len + 1);
    uint64_t word;
    size_t at = 0;
    for (; text.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        hash = hash_word(hash, word);
    }
    word = 0;
    if (at < text.len)
        memcpy(&word, text.data + at, text.len - at);
    return (uint32_t)hash_word(hash, word);
}
