/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/time.h"

#include "base/str.h"

enum { SECONDS_PER_DAY = 86400 };

/* Howard Hinnant's days-to-civil algorithm: years begin in March, so that a leap day is the last
 * day of its year. */
struct provi_civil provi_civil_from_seconds(int64_t s)
{
    int64_t days = s / SECONDS_PER_DAY - (s % SECONDS_PER_DAY < 0);
    int second = (int)(s - days * SECONDS_PER_DAY);
    int64_t shifted = days + 719468; /* days since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int month = (int)((month_from_march + 2) % 12 + 1);
    return (struct provi_civil){
        .year = era * 400 + year_of_era + (month <= 2),
        .month = month,
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
    };
}

bool provi_hhmm_read(prov_str text, int64_t *s)
{
    uint64_t hhmm;
    if (text.len != 4 || !provi_str_to_u64(text, 2400, &hhmm) || hhmm % 100 > 59)
        return false;
    *s = (int64_t)(hhmm / 100) * 3600 + (int64_t)(hhmm % 100) * 60;
    return true;
}

static bool read_seconds(prov_str text, uint32_t *seconds)
{
    uint64_t value;
    if (!provi_str_to_u64(provi_str_trim(text), UINT32_MAX, &value))
        return false;
    *seconds = (uint32_t)value;
    return true;
}

/* Search from the front, so that reading a list takes linear time. */
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
    size_t plus = provi_str_find(element, '+');
    delay->jitter_s = 0;
    bool is_good = plus == element.len ||
                   read_seconds(provi_str_from_offset(element, plus + 1), &delay->jitter_s);
    is_good = is_good && read_seconds((prov_str){element.data, plus}, &delay->min_s);
    return is_good ? PROV_OK : PROV_E_SYNTAX;
}
