/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/catalogue.h>

#include "base/str.h"

bool prov_value_bool(prov_str value, bool *out)
{
    if (!out || !provi_str_is_sound(value))
        return false;
    value = provi_str_trim(value);
    bool is_yes = provi_str_eq_nocase(value, PROVI_LIT("Yes"));
    if (!is_yes && !provi_str_eq_nocase(value, PROVI_LIT("No")))
        return false;
    *out = is_yes;
    return true;
}

/* At least one digit. */
static bool read_hex(prov_str digits, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = provi_lower(digits.data[i]);
        bool is_letter = c >= 'a' && c <= 'f';
        if ((!is_letter && !provi_is_digit(c)) || value > UINT32_MAX >> 4)
            return false;
        value = value << 4 | (uint32_t)(is_letter ? c - 'a' + 10 : c - '0');
    }
    *out = value;
    return true;
}

bool prov_value_unsigned(prov_str value, uint32_t *out)
{
    if (!out || !provi_str_is_sound(value))
        return false;
    value = provi_str_trim(value);
    if (value.len > 2 && value.data[0] == '0' && provi_lower(value.data[1]) == 'x')
        return read_hex(provi_str_from_offset(value, 2), out);
    uint64_t number;
    if (!provi_str_to_u64(value, UINT32_MAX, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}
