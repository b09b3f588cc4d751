/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sched/sched_priv.h"

#include <provision/catalogue.h>

#include <string.h>

#include "base/str.h"

/* The elements of a list are used in order, the last one repeatedly; an element 0 ends the list.
 * MPP Administration Guide 11.3, "Provisioning", Resync_Periodic, Resync_Error_Retry_Delay. */
static bool is_zero(const struct provi_delay *delay)
{
    return delay->min_s == 0 && delay->jitter_s == 0;
}

prov_status provi_delays_find(prov_str text, uint32_t index, struct provi_delay *delay,
                              uint32_t *n_elements)
{
    struct provi_delay next;
    prov_status status;
    bool is_over = false; /* found the element, or one that ends the list */
    *n_elements = 0;
    while ((status = provi_delay_next(&text, &next)) == PROV_OK) {
        if (!is_over) {
            *delay = next;
            is_over = *n_elements == index || is_zero(&next);
        }
        ++*n_elements;
    }
    if (status == PROV_E_SYNTAX)
        return PROV_E_SYNTAX;
    return *n_elements && !is_zero(delay) ? PROV_OK : PROV_E_NOT_FOUND;
}

prov_status provi_delays_find_or_default(prov_str text, const char *name,
                                         const struct prov_dialect *dialect, uint32_t index,
                                         struct provi_delay *delay, uint32_t *n_elements)
{
    prov_status status = provi_delays_find(text, index, delay, n_elements);
    if (status != PROV_E_SYNTAX)
        return status;
    const struct prov_param_info *info = prov_catalogue_find(prov_str_from(name), NULL);
    prov_str otherwise = prov_str_from(prov_catalogue_default(info, dialect));
    return provi_delays_find(otherwise, index, delay, n_elements);
}

int64_t provi_delay_ms(const struct provi_delay *delay, uint32_t entropy)
{
    return delay->min_s * PROVI_MS_PER_S +
           (int64_t)provi_draw(entropy, delay->jitter_s * UINT64_C(1000));
}

prov_status prov_delays_get(prov_str text, uint32_t index, uint32_t entropy, int64_t *delay_ms)
{
    if (!delay_ms || (text.len && !text.data))
        return PROV_E_INVALID;

    struct provi_delay delay;
    uint32_t n_elements;
    prov_status status = provi_delays_find(text, index, &delay, &n_elements);
    *delay_ms = status == PROV_OK ? provi_delay_ms(&delay, entropy) : PROVI_NEVER;
    return status == PROV_E_NOT_FOUND ? PROV_OK : status;
}

uint64_t provi_draw(uint32_t entropy, uint64_t max)
{
    /* floor(entropy * n / 2^32), in halves so that the product fits. */
    uint64_t n = max + 1;
    return entropy * (n >> 32) + ((entropy * (n & UINT32_MAX)) >> 32);
}

uint32_t provi_draw_mix(uint32_t entropy, uint32_t salt)
{
    /* The finalizer of MurmurHash3 is a bijection, so uniform input gives uniform output. */
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
