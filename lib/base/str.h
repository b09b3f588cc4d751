/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Operations on text. ASCII only; no locale. */
#ifndef PROVI_BASE_STR_H
#define PROVI_BASE_STR_H

#include <provision/base.h>

#include <string.h>

/** A prov_str of a string literal. */
#define PROVI_LIT(literal) ((prov_str){"" literal, sizeof(literal) - 1})

/** Whether a text has data for its length; a host may pass one that has not. */
static inline bool provi_str_is_sound(prov_str text)
{
    return text.data || text.len == 0;
}

static inline bool provi_str_eq(prov_str a, prov_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/** Whether two texts are equal, ignoring the case of ASCII letters. */
bool provi_str_eq_nocase(prov_str a, prov_str b);

/** Whether two secrets are equal, in a time that depends only on their lengths. */
bool provi_str_eq_secret(prov_str a, prov_str b);

/** Whether a text equals a NUL-terminated one. */
bool provi_str_is(prov_str a, const char *b);

/** Whether @p text contains @p part. */
bool provi_str_has(prov_str text, prov_str part);

/** Likewise, ignoring the case of ASCII letters. */
bool provi_str_has_nocase(prov_str text, prov_str part);

bool provi_str_starts(prov_str text, prov_str prefix);

/** Remove blanks (space, tab, CR, LF) at both ends. */
prov_str provi_str_trim(prov_str text);

/** The text from @p start to the end; empty when @p start is past it. */
prov_str provi_str_from_offset(prov_str text, size_t start);

/** The characters from `*at` on that pass; moves `*at` past them. */
prov_str provi_str_take_while(prov_str text, size_t *at, bool (*passes)(char));

/** Offset of the first @p c, or `text.len`. */
size_t provi_str_find(prov_str text, char c);

/** Cut the next piece, up to @p separator, off the front of @p rest. False: nothing is left. */
bool provi_str_split(prov_str *rest, char separator, prov_str *piece);

/* Inline: parsers call these once per character. */

static inline char provi_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool provi_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool provi_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool provi_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool provi_is_alnum(char c)
{
    return provi_is_digit(c) || provi_is_alpha(c);
}

/** Value of a hexadecimal digit; -1 for any other character. */
int provi_hex_digit(char c);

/** The byte that two hexadecimal digits at @p at write; -1: there are none. */
int provi_hex_byte(prov_str text, size_t at);

/** Write @p n bytes as 2 * @p n hexadecimal digits in lower case, without a NUL. */
void provi_hex_write(const void *bytes, size_t n, char *out);

/** Whether a character may be in a token (RFC 9110, section 5.6.2). */
bool provi_is_token(char c);

/**
 * Whether a character is allowed between the brackets of an IPv6 address (RFC 3986, section 3.2.2).
 */
static inline bool provi_is_ipv6_char(char c)
{
    char lower = provi_lower(c);
    return provi_is_digit(c) || (lower >= 'a' && lower <= 'f') || c == ':' || c == '.';
}

static inline bool provi_is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/** Whether a text is one line, without control characters. */
bool provi_str_is_line(prov_str text);

/** Read a decimal number that consists of digits only. False for anything else, and past @p max. */
bool provi_str_to_u64(prov_str text, uint64_t max, uint64_t *out);

/**
 * Copy @p text and a NUL to a caller's buffer, as all functions that return text do.
 * @return PROV_OK; PROV_E_LIMIT when text and NUL do not fit (@p len is set also then).
 */
prov_status provi_str_out(prov_str text, char *buf, size_t cap, size_t *len);

enum { PROVI_NUMBER_CAP = 21 };

/** Write a decimal number to the end of @p buf; not NUL-terminated. */
prov_str provi_str_from_number(char buf[PROVI_NUMBER_CAP], int64_t number);

#endif
