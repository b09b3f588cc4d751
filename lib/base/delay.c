/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/delay.h"

#include "base/str.h"

static bool read_seconds(prov_str text, uint32_t *seconds)
{
    uint64_t value;
    if (!provi_str_to_u64(provi_str_trim(text), UINT32_MAX, &value))
        return false;
    *seconds = (uint32_t)value;
    return true;
}

static bool read_element(prov_str text, struct provi_delay *delay)
{
    size_t plus = provi_str_find(text, '+');
    delay->jitter_s = 0;
    if (plus < text.len && !read_seconds(provi_str_from_offset(text, plus + 1), &delay->jitter_s))
        return false;
    return read_seconds((prov_str){text.data, plus}, &delay->min_s);
}

/* From the front, so that walking a list stays linear. */
static bool is_blank(prov_str text)
{
    size_t at = 0;
    while (at < text.len && provi_is_blank(text.data[at]))
        at++;
    return at == text.len;
}

prov_status provi_delay_next(prov_str *rest, struct provi_delay *delay)
{
    if (is_blank(*rest))
        return PROV_E_NOT_FOUND;
    size_t comma = provi_str_find(*rest, ',');
    prov_str element = {rest->data, comma};
    bool is_last = comma == rest->len;
    *rest = provi_str_from_offset(*rest, comma + 1);
    if (!is_last && is_blank(*rest))
        return PROV_E_SYNTAX;
    return read_element(element, delay) ? PROV_OK : PROV_E_SYNTAX;
}
