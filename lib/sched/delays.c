/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Lists of delays: `element *("," element)`, `element = seconds ["+" seconds]`.
 * MPP Administration Guide 11.3, "Provisioning", Resync_Periodic and Resync_Error_Retry_Delay.
 */
#include "sched/sched_priv.h"

#include "base/str.h"

prov_str provi_retry_default(void)
{
    return PROVI_LIT("60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400");
}

static bool parse_seconds(prov_str text, uint32_t *seconds)
{
    uint64_t value;
    if (!provi_str_to_u64(provi_str_trim(text), UINT32_MAX, &value))
        return false;
    *seconds = (uint32_t)value;
    return true;
}

/* `seconds` or `seconds+seconds`. */
static bool parse_element(prov_str text, uint32_t *base_s, uint32_t *extra_s)
{
    size_t plus = provi_str_find(text, '+');
    *extra_s = 0;
    if (!parse_seconds((prov_str){text.data, plus}, base_s))
        return false;
    return plus == text.len || parse_seconds(provi_str_from_offset(text, plus + 1), extra_s);
}

prov_status provi_delays_find(prov_str text, uint32_t index, struct provi_delay *delay)
{
    prov_str rest = provi_str_trim(text);
    if (rest.len == 0)
        return PROV_E_NOT_FOUND;

    *delay = (struct provi_delay){0};
    bool is_over = false; /* the element asked for, or one that ends the list, has been met */
    prov_str piece;
    for (uint32_t at = 0; provi_str_split(&rest, ',', &piece); at++) {
        uint32_t base_s, extra_s;
        if (!parse_element(piece, &base_s, &extra_s))
            return PROV_E_SYNTAX;
        delay->n_elements++;
        if (is_over)
            continue;
        delay->base_s = base_s;
        delay->extra_s = extra_s;
        is_over = at == index || (base_s == 0 && extra_s == 0);
    }
    return PROV_OK;
}

int64_t provi_delay_ms(const struct provi_delay *delay, uint32_t entropy)
{
    return delay->base_s * PROVI_MS_PER_S +
           (int64_t)provi_draw(entropy, delay->extra_s * UINT64_C(1000));
}

prov_status prov_delays_get(prov_str text, uint32_t index, uint32_t entropy, int64_t *delay_ms)
{
    if (!delay_ms || (text.len && !text.data))
        return PROV_E_INVALID;

    struct provi_delay delay;
    prov_status status = provi_delays_find(text, index, &delay);
    *delay_ms = PROVI_NEVER;
    if (status == PROV_E_NOT_FOUND)
        return PROV_OK;
    if (status == PROV_OK && (delay.base_s || delay.extra_s))
        *delay_ms = provi_delay_ms(&delay, entropy);
    return status;
}
