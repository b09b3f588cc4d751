/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/str.h"

/* Replace CR, LF and CR LF by one space each. */
static size_t join_lines(char *text, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\r' && text[i + 1] == '\n') /* blanks were trimmed, so a byte follows */
            continue;
        text[kept++] = text[i] == '\r' || text[i] == '\n' ? ' ' : text[i];
    }
    return kept;
}

/* Eight bytes at a time: subtracting 33 from a byte up to a blank sets its top bit. */
static bool has_blank(const char *text, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    for (; len > 8; len -= 8, text += 8) {
        uint64_t bytes;
        memcpy(&bytes, text, sizeof bytes);
        if (((bytes - ones * (' ' + 1)) & ~bytes & ones * 0x80) != 0)
            return true;
    }
    for (; len > 0; len--, text++)
        if ((unsigned char)*text <= ' ')
            return true;
    return false;
}

/* Source: MPP Administration Guide 11.3, "User Access Attribute". */
uint8_t provi_profile_access(prov_str ua)
{
    if (ua.len != 2)
        return PROV_ACCESS_KEEP;
    if (memcmp(ua.data, "na", 2) == 0)
        return PROV_ACCESS_NONE;
    if (memcmp(ua.data, "ro", 2) == 0)
        return PROV_ACCESS_READ;
    return memcmp(ua.data, "rw", 2) == 0 ? PROV_ACCESS_WRITE : PROV_ACCESS_KEEP;
}

prov_str provi_profile_tidy(char *text, size_t len)
{
    if (!has_blank(text, len))
        return (prov_str){text, len};
    prov_str value = provi_str_trim((prov_str){text, len});
    if (value.len == 0)
        return PROVI_LIT("");
    bool has_breaks = memchr(value.data, '\n', value.len) || memchr(value.data, '\r', value.len);
    if (has_breaks)
        value.len = join_lines(text + (value.data - text), value.len);
    return value;
}

enum { MAC_DIGITS = 12 };

/* The twelve digits of a MAC address in lower case. False: @p text is not a MAC address. */
static bool mac_digits(prov_str text, char digits[MAC_DIGITS])
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = provi_lower(text.data[i]);
        if (c == ':' || c == '-' || c == '.' || c == ' ')
            continue;
        bool is_hex = provi_is_digit(c) || (c >= 'a' && c <= 'f');
        if (!is_hex || n == MAC_DIGITS)
            return false;
        digits[n++] = c;
    }
    return n == MAC_DIGITS;
}

bool provi_profile_same_identity(prov_str a, prov_str b)
{
    char mac_a[MAC_DIGITS], mac_b[MAC_DIGITS];
    if (mac_digits(a, mac_a) && mac_digits(b, mac_b))
        return memcmp(mac_a, mac_b, MAC_DIGITS) == 0;
    return provi_str_eq(a, b);
}
