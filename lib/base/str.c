/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/str.h"

prov_str prov_str_from(const char *text)
{
    return (prov_str){text, text ? strlen(text) : 0};
}

bool provi_str_eq_nocase(prov_str a, prov_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (provi_lower(a.data[i]) != provi_lower(b.data[i]))
            return false;
    return true;
}

bool provi_str_eq_secret(prov_str a, prov_str b)
{
    unsigned char difference = a.len != b.len;
    for (size_t i = 0; i < a.len && i < b.len; i++)
        difference |= (unsigned char)(a.data[i] ^ b.data[i]);
    return difference == 0;
}

bool provi_str_has(prov_str text, prov_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (provi_str_eq((prov_str){text.data + i, part.len}, part))
            return true;
    return false;
}

bool provi_str_has_nocase(prov_str text, prov_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (provi_str_eq_nocase((prov_str){text.data + i, part.len}, part))
            return true;
    return false;
}

bool provi_str_is(prov_str a, const char *b)
{
    return provi_str_eq(a, prov_str_from(b));
}

bool provi_str_starts(prov_str text, prov_str prefix)
{
    return text.len >= prefix.len && provi_str_eq((prov_str){text.data, prefix.len}, prefix);
}

prov_str provi_str_trim(prov_str text)
{
    while (text.len && provi_is_blank(text.data[text.len - 1]))
        text.len--;
    while (text.len && provi_is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    return text;
}

prov_str provi_str_from_offset(prov_str text, size_t start)
{
    if (start >= text.len)
        return (prov_str){NULL, 0};
    return (prov_str){text.data + start, text.len - start};
}

size_t provi_str_find(prov_str text, char c)
{
    const char *hit = text.len ? memchr(text.data, c, text.len) : NULL;
    return hit ? (size_t)(hit - text.data) : text.len;
}

prov_str provi_str_take_while(prov_str text, size_t *at, bool (*passes)(char))
{
    size_t start = *at;
    while (*at < text.len && passes(text.data[*at]))
        ++*at;
    return (prov_str){text.data + start, *at - start};
}

bool provi_str_split(prov_str *rest, char separator, prov_str *piece)
{
    if (!rest->data)
        return false;
    size_t end = provi_str_find(*rest, separator);
    *piece = (prov_str){rest->data, end};
    if (end == rest->len)
        *rest = (prov_str){NULL, 0};
    else
        *rest = (prov_str){rest->data + end + 1, rest->len - end - 1};
    return true;
}

bool provi_str_is_line(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (provi_is_control(text.data[i]))
            return false;
    return true;
}

bool provi_str_to_u64(prov_str text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!provi_is_digit(text.data[i]))
            return false;
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

prov_status provi_str_out(prov_str text, char *buf, size_t cap, size_t *len)
{
    *len = text.len;
    size_t n = text.len < cap ? text.len : cap ? cap - 1 : 0;
    if (n)
        memcpy(buf, text.data, n);
    if (cap)
        buf[n] = '\0';
    return text.len < cap ? PROV_OK : PROV_E_LIMIT;
}

prov_str provi_str_from_number(char buf[PROVI_NUMBER_CAP], int64_t number)
{
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char *start = buf + PROVI_NUMBER_CAP;
    do
        *--start = (char)('0' + left % 10);
    while ((left /= 10) != 0);
    if (number < 0)
        *--start = '-';
    return (prov_str){start, (size_t)(buf + PROVI_NUMBER_CAP - start)};
}

int provi_hex_digit(char c)
{
    char lower = provi_lower(c);
    if (provi_is_digit(c))
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int provi_hex_byte(prov_str text, size_t at)
{
    int high = at < text.len ? provi_hex_digit(text.data[at]) : -1;
    int low = high >= 0 && at + 1 < text.len ? provi_hex_digit(text.data[at + 1]) : -1;
    return low < 0 ? -1 : high << 4 | low;
}

void provi_hex_write(const void *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (const unsigned char *at = bytes; n; n--, at++) {
        *out++ = digits[*at >> 4];
        *out++ = digits[*at & 15];
    }
}

bool provi_is_token(char c)
{
    return provi_is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}
