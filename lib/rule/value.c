/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/parser_priv.h"

#include <string.h>

#include "base/str.h"

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* `\ooo` at `raw[at]`, up to \377; -1 if it is none. */
static int octal_escape(prov_str raw, size_t at)
{
    if (raw.data[at] != '\\' || raw.len - at < 4)
        return -1;
    const char *digits = raw.data + at + 1;
    if (digits[0] > '3' || !is_octal(digits[0]) || !is_octal(digits[1]) || !is_octal(digits[2]))
        return -1;
    return (digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0');
}

/* `%xx` at `raw[at]`; -1 if it is none. */
static int percent_escape(prov_str raw, size_t at)
{
    if (raw.data[at] != '%' || raw.len - at < 3)
        return -1;
    int high = provi_hex_digit(raw.data[at + 1]);
    int low = provi_hex_digit(raw.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* The next character; moves `at` behind it. */
static char next_char(prov_str raw, enum provi_value_coding coding, size_t *at)
{
    int escape = -1;
    if (coding == PROVI_VALUE_OCTAL)
        escape = octal_escape(raw, *at);
    else if (coding == PROVI_VALUE_PERCENT)
        escape = percent_escape(raw, *at);
    if (escape < 0)
        return raw.data[(*at)++];
    *at += coding == PROVI_VALUE_OCTAL ? 4 : 3;
    return (char)escape;
}

bool provi_value_keep(struct provi_parts *parts, prov_str raw, enum provi_value_coding coding,
                      prov_str *value)
{
    char *to = parts->pool ? parts->pool + parts->pool_len : NULL;
    size_t len = 0;
    for (size_t at = 0; at < raw.len; len++) {
        char c = next_char(raw, coding, &at);
        if (provi_is_control(c))
            return false;
        if (to)
            to[len] = c;
    }
    parts->pool_len += len;
    *value = (prov_str){to, len};
    return true;
}
