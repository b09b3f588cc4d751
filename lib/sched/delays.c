/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Which delay of a list counts: one after the other, the last for ever; an element 0 ends the list.
 * MPP Administration Guide 11.3, "Provisioning", Resync_Periodic and Resync_Error_Retry_Delay.
 */
#include "sched/sched_priv.h"

#include <provision/catalogue.h>

#include "base/str.h"

static bool is_zero(const struct provi_delay *delay)
{
    return delay->min_s == 0 && delay->jitter_s == 0;
}

prov_status provi_delays_find(prov_str text, uint32_t index, struct provi_delay *delay,
                              uint32_t *n_elements)
{
    struct provi_delay next;
    prov_status status;
    bool is_over = false; /* the element asked for, or one that ends the list, has been met */
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
