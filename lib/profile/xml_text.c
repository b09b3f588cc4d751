/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/xml_text.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/profile_priv.h"

enum { NOT_UTF8 = 0 };

/* Number of continuation bytes after a lead byte; -1: it is not a lead byte. */
static int n_continuations(unsigned char lead)
{
    if (lead < 0x80)
        return 0;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 1;
    if (lead >= 0xe0 && lead <= 0xef)
        return 2;
    return lead >= 0xf0 && lead <= 0xf4 ? 3 : -1;
}

/* Cut one character off the front of @p text, which is not empty. NOT_UTF8 also for NUL. */
static uint32_t next_char(prov_str *text)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text->data;
    int n_more = n_continuations(bytes[0]);
    if (n_more < 0 || (size_t)n_more >= text->len)
        return NOT_UTF8;
    uint32_t c = n_more ? bytes[0] & (0x3fu >> n_more) : bytes[0];
    for (int i = 1; i <= n_more; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return NOT_UTF8;
        c = c << 6 | (bytes[i] & 0x3f);
    }
    *text = provi_str_from_offset(*text, (size_t)n_more + 1);
    /* Shortest forms only, no surrogates (RFC 3629, section 3). */
    bool is_scalar = c >= least[n_more] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
    return is_scalar ? c : NOT_UTF8;
}

size_t provi_xml_char_len(prov_str text)
{
    prov_str rest = text;
    if (text.len == 0 || (next_char(&rest) == NOT_UTF8 && text.data[0] != '\0'))
        return 0;
    return text.data[0] == '\0' ? 1 : text.len - rest.len;
}

size_t provi_xml_utf8_span(prov_str text)
{
    size_t span = 0, len;
    while ((len = provi_xml_char_len(provi_str_from_offset(text, span))))
        span += len;
    return span;
}

struct range {
    uint32_t first, last;
};

/* XML 1.0, production 4 (NameStartChar) beyond ASCII. */
static const struct range name_start[] = {
    {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},
    {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},
    {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff},
};

/* Production 4a (NameChar): further characters that are allowed after the first. */
static const struct range name_more[] = {{0xb7, 0xb7}, {0x300, 0x36f}, {0x203f, 0x2040}};

static bool is_within(uint32_t c, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

static bool is_name_start(uint32_t c)
{
    if (c < 0x80)
        return provi_is_alpha((char)c) || c == '_';
    return is_within(c, name_start, PROVI_LEN(name_start));
}

bool provi_xml_is_name(prov_str text)
{
    if (text.len == 0 || !is_name_start(next_char(&text)))
        return false;
    /* Few names have other characters than these. */
    size_t n = 0;
    while (n < text.len && provi_profile_kinds[(unsigned char)text.data[n]] & PROVI_IS_NAME)
        n++;
    text = provi_str_from_offset(text, n);
    while (text.len) {
        uint32_t c = next_char(&text);
        bool is_good = c < 0x80 ? provi_is_alnum((char)c) || c == '_' || c == '-' || c == '.'
                                : is_name_start(c) || is_within(c, name_more, PROVI_LEN(name_more));
        if (!is_good)
            return false;
    }
    return true;
}

bool provi_xml_is_param_name(prov_str text)
{
    return text.len <= PROVI_XML_MAX_NAME && provi_xml_is_name(text) &&
           !provi_str_is(text, "flat-profile");
}

/* Whether eight bytes are printable ASCII or DEL, which are allowed in any text. Adding 0x60 to a
 * byte sets its highest bit if the byte is 0x20 or more. */
static inline bool are_plain(const char *bytes)
{
    const uint64_t highest = UINT64_C(0x8080808080808080), step = UINT64_C(0x6060606060606060);
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return ((word | ~(word + step)) & highest) == 0;
}

/* Cut off leading characters of that kind. */
static void skip_plain(prov_str *text)
{
    const char *data = text->data;
    size_t n = 0, len = text->len;
    while (len - n >= 8 && are_plain(data + n))
        n += 8;
    while (n < len && (unsigned char)(data[n] - 0x20) < 0x60)
        n++;
    *text = provi_str_from_offset(*text, n);
}

bool provi_xml_is_text(prov_str text)
{
    skip_plain(&text);
    while (text.len) {
        uint32_t c = next_char(&text); /* XML 1.0, production 2 (Char) */
        bool is_good = c < 0x20 ? c == '\t' || c == '\n' || c == '\r' : c != 0xfffe && c != 0xffff;
        if (!is_good)
            return false;
    }
    return true;
}

bool provi_xml_is_one_line(prov_str text)
{
    skip_plain(&text);
    return text.len == 0 || (provi_str_find(text, '\n') == text.len &&
                             provi_str_find(text, '\r') == text.len && provi_xml_is_text(text));
}

PROVI_COLD static prov_status fail_value(prov_str value, struct prov_error *err)
{
    /* The text up to the first blank at an end. */
    const size_t end = provi_is_blank(value.data[0]) ? 0 : provi_str_trim(value).len;
    size_t at = 0;
    for (prov_str c; at < end; at += c.len) {
        c = provi_str_from_offset(value, at);
        c.len = provi_xml_char_len(c);
        if (c.len == 0 || !provi_xml_is_one_line(c))
            break;
    }
    provi_fail(err, PROV_E_VALUE,
               "expected one line of UTF-8 text without blanks at its ends, found %s after %zu "
               "bytes",
               at == end ? "a blank" : "another character", at);
    provi_error_where(err, 0, 0, at);
    return PROV_E_VALUE;
}

prov_status provi_xml_check_value(prov_str value, struct prov_error *err)
{
    bool is_good = provi_str_trim(value).len == value.len && provi_xml_is_one_line(value);
    return is_good ? PROV_OK : fail_value(value, err);
}

const char *provi_xml_escape(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&apos;";
    default: return NULL;
    }
}
