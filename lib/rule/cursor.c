/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/parser_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "macro/secrets.h"

enum { MAX_SHOWN = 40 }; /* bytes of the text found */

int provi_parser_next(struct provi_parser *parser)
{
    const prov_str text = parser->text;
    while (parser->at < text.len && provi_is_blank(text.data[parser->at]))
        parser->at++;
    return parser->at < text.len ? (unsigned char)text.data[parser->at] : -1;
}

bool provi_parser_take(struct provi_parser *parser, char c)
{
    if (provi_parser_next(parser) != c)
        return false;
    parser->at++;
    return true;
}

prov_status provi_parser_take_quoted(struct provi_parser *parser, prov_str *text)
{
    size_t start = parser->at + 1;
    size_t len = provi_str_find(provi_str_from_offset(parser->text, start), '"');
    if (start + len >= parser->text.len)
        return provi_parser_expected(parser, parser->text.len, "a closing '\"'");
    *text = (prov_str){parser->text.data + start, len};
    parser->at = start + len + 1;
    return PROV_OK;
}

/* The first character of a text, if it is UTF-8 beyond ASCII; else 0. */
static uint32_t first_beyond_ascii(prov_str text)
{
    unsigned char lead = text.len ? (unsigned char)text.data[0] : 0;
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (len == 0 || lead > 0xf4 || len > text.len)
        return 0;
    uint32_t c = lead & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)text.data[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | ((unsigned char)text.data[i] & 0x3f);
    }
    return c;
}

/* Typographic quotes, which word processors put in place of '"': U+2018 to U+201F, angle quotes. */
bool provi_is_curly_quote(prov_str text)
{
    uint32_t c = first_beyond_ascii(text);
    return (c >= 0x2018 && c <= 0x201f) || c == 0xab || c == 0xbb;
}

/* A hint for Unicode blanks, which do not separate words in a rule, and invisible characters. */
static const char *name_of_invisible(uint32_t c)
{
    if (c == 0xa0 || c == 0x202f || (c >= 0x2000 && c <= 0x200a) || c == 0x3000)
        return ", which is no blank in a rule";
    if (c == 0xad || c == 0xfeff || (c >= 0x200b && c <= 0x200f) || c == 0x2060)
        return ", which is invisible";
    return "";
}

/* Whether redaction masks anything in text[start..end). */
static bool is_masked(prov_str text, size_t start, size_t end)
{
    struct provi_secrets secrets = {.text = text};
    struct provi_span span;
    while (provi_secrets_next(&secrets, &span))
        if (span.start < end && span.end > start)
            return true;
    return false;
}

/* Describe a character that is not printable ASCII. */
static void describe_character(const struct provi_parser *parser, size_t at, char *buf, size_t cap)
{
    prov_str rest = provi_str_from_offset(parser->text, at);
    uint32_t c = first_beyond_ascii(rest);
    if (provi_is_curly_quote(rest))
        snprintf(buf, cap, "a curly quote");
    else if (c)
        snprintf(buf, cap, "U+%04X%s", (unsigned)c, name_of_invisible(c));
    else
        snprintf(buf, cap, "byte 0x%02x", (unsigned)(unsigned char)rest.data[0]);
}

/* Describe the text at byte @p at without showing a secret. */
static void describe(const struct provi_parser *parser, size_t at, char *buf, size_t cap)
{
    prov_str rest = provi_str_from_offset(parser->text, at);
    size_t len = 0;
    while (len < rest.len && len < MAX_SHOWN && rest.data[len] &&
           (provi_is_alnum(rest.data[len]) || strchr("_-.$:", rest.data[len])))
        len++;
    if (rest.len == 0)
        snprintf(buf, cap, "the end");
    else if (provi_is_blank(rest.data[0]))
        snprintf(buf, cap, "a blank");
    else if (rest.data[0] == '"')
        snprintf(buf, cap, "a quoted string");
    else if (len && (parser->has_secrets || is_masked(parser->text, at, at + len)))
        snprintf(buf, cap, "a word");
    else if ((unsigned char)rest.data[0] < 0x20 || (unsigned char)rest.data[0] >= 0x7f)
        describe_character(parser, at, buf, cap);
    else if (provi_str_starts(rest, PROVI_LIT("${")))
        snprintf(buf, cap, "'${', which begins no macro: $NAME and $(NAME) do");
    else
        snprintf(buf, cap, "'%.*s'", (int)(len ? len : 1), rest.data);
}

/*
 * The first macro without a value right in front of byte @p at: `[--key $SA]` with an empty GPP_SA.
 * NULL if there is none.
 */
static const struct provi_macro_span *empty_macro(const struct provi_parser *parser, size_t at)
{
    const struct provi_expansion *expansion = &parser->rule->expansion;
    const struct provi_macro_span *spans = expansion->spans, *first = NULL;
    for (size_t i = provi_expansion_find(expansion, at); i > 0 && spans[i - 1].at == at; i--)
        if (spans[i - 1].kind == PROVI_SPAN_VALUE && spans[i - 1].len == 0)
            first = &spans[i - 1];
    return first;
}

prov_status provi_parser_fail(struct provi_parser *parser, size_t at, const char *format, ...)
{
    char message[sizeof parser->err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const struct provi_expansion *expansion = &parser->rule->expansion;
    const struct provi_macro_span *empty = empty_macro(parser, at);
    provi_fail(parser->err, PROV_E_SYNTAX, "%s%s", message,
               empty ? " after a macro without a value" : "");
    if (empty)
        provi_error_subject(parser->err, provi_span_name(expansion, empty));
    provi_error_at(parser->err, expansion->written,
                   empty ? empty->written : provi_expansion_map(expansion, at, at).start);
    return PROV_E_SYNTAX;
}

prov_status provi_parser_expected(struct provi_parser *parser, size_t at, const char *what)
{
    char found[64];
    if (!parser->err) /* the other kind of group is tried: no message */
        return PROV_E_SYNTAX;
    describe(parser, at, found, sizeof found);
    return provi_parser_fail(parser, at, "expected %s, found %s", what, found);
}

prov_status provi_parser_add(struct provi_parser *parser, enum provi_list list, const void *part,
                             size_t size)
{
    prov_rule *rule = parser->rule;
    if (provi_buffer_add(&rule->lists[list], &rule->alloc, part, size) != PROV_OK)
        return provi_fail_nomem(parser->err);
    parser->n[list]++;
    return PROV_OK;
}

prov_status provi_parser_hide(struct provi_parser *parser, prov_str part, bool is_secret)
{
    struct provi_secrets secrets = {.text = part};
    struct provi_span span = {0, part.len};
    prov_status status = PROV_OK;
    if (part.len == 0)
        return PROV_OK;
    const size_t start = (size_t)(part.data - parser->text.data);
    bool is_found = is_secret || provi_secrets_next(&secrets, &span);
    while (status == PROV_OK && is_found) {
        const struct provi_rule_secret record = {(uint32_t)(start + span.start),
                                                 (uint32_t)(start + span.end)};
        status = provi_parser_add(parser, PROVI_LIST_SECRETS, &record, sizeof record);
        is_found = !is_secret && provi_secrets_next(&secrets, &span);
    }
    return status;
}
