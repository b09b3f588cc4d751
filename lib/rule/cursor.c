/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/parser_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "macro/secrets.h"

enum { MAX_SHOWN = 40 }; /* bytes of what stood there */

bool provi_parser_is_at_end(const struct provi_parser *parser)
{
    return parser->at >= parser->text.len;
}

bool provi_parser_sees(const struct provi_parser *parser, char c)
{
    return !provi_parser_is_at_end(parser) && parser->text.data[parser->at] == c;
}

bool provi_parser_take(struct provi_parser *parser, char c)
{
    if (!provi_parser_sees(parser, c))
        return false;
    parser->at++;
    return true;
}

prov_str provi_parser_take_while(struct provi_parser *parser, bool (*passes)(char))
{
    size_t start = parser->at;
    while (!provi_parser_is_at_end(parser) && passes(parser->text.data[parser->at]))
        parser->at++;
    return (prov_str){parser->text.data + start, parser->at - start};
}

void provi_parser_skip_blanks(struct provi_parser *parser)
{
    provi_parser_take_while(parser, provi_is_blank);
}

bool provi_parser_take_keyword(struct provi_parser *parser, const char *word)
{
    prov_str wanted = prov_str_from(word);
    prov_str rest = provi_str_from_offset(parser->text, parser->at);
    if (rest.len < wanted.len || !provi_str_eq_nocase((prov_str){rest.data, wanted.len}, wanted))
        return false;
    if (rest.len > wanted.len &&
        (provi_is_alnum(rest.data[wanted.len]) || rest.data[wanted.len] == '_'))
        return false;
    parser->at += wanted.len;
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

static bool is_word_char(char c)
{
    return provi_is_alnum(c) || strchr("_-.$:", c);
}

/* U+201C and U+201D, which text processors make of a straight quote. */
static bool is_curly_quote(prov_str text)
{
    return provi_str_starts(text, PROVI_LIT("\xe2\x80\x9c")) ||
           provi_str_starts(text, PROVI_LIT("\xe2\x80\x9d"));
}

/* Whether text[start..end) has anything of what redaction masks. */
static bool is_masked(prov_str text, size_t start, size_t end)
{
    struct provi_secrets secrets;
    struct provi_span span;
    provi_secrets_init(&secrets, text);
    while (provi_secrets_next(&secrets, &span))
        if (span.start < end && span.end > start)
            return true;
    return false;
}

/* What stands at the cursor, in words that give no secret away. */
static void describe(const struct provi_parser *parser, size_t at, char *buf, size_t cap)
{
    prov_str rest = provi_str_from_offset(parser->text, at);
    size_t len = 0;
    while (len < rest.len && len < MAX_SHOWN && rest.data[len] && is_word_char(rest.data[len]))
        len++;
    if (rest.len == 0)
        snprintf(buf, cap, "the end");
    else if (is_curly_quote(rest))
        snprintf(buf, cap, "a curly quote");
    else if (provi_is_blank(rest.data[0]))
        snprintf(buf, cap, "a blank");
    else if (rest.data[0] == '"')
        snprintf(buf, cap, "a quoted string");
    else if (len && (parser->has_secrets || is_masked(parser->text, at, at + len)))
        snprintf(buf, cap, "a word");
    else if ((unsigned char)rest.data[0] < 0x20 || (unsigned char)rest.data[0] >= 0x7f)
        snprintf(buf, cap, "byte 0x%02x", (unsigned)(unsigned char)rest.data[0]);
    else
        snprintf(buf, cap, "'%.*s'", (int)(len ? len : 1), rest.data);
}

prov_status provi_parser_expected(struct provi_parser *parser, size_t at, const char *what)
{
    char found[MAX_SHOWN + 8];
    describe(parser, at, found, sizeof found);
    provi_fail(parser->err, PROV_E_SYNTAX, "expected %s, found %s", what, found);
    provi_error_at(parser->err, parser->text, at);
    return PROV_E_SYNTAX;
}
