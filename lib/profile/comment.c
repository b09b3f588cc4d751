/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * XML has no two hyphens in a row inside of a comment; the rulers of templates have dozens, and
 * phones do not mind. libxml2 gets blanks in their place, one for each, so that places stay right.
 */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/array.h"
#include "base/str.h"

static const prov_str opener = {"<!--", 4};
static const prov_str cdata_end = {"]]>", 3};
static const prov_str instruction_end = {"?>", 2};

/* What text stands in. */
enum inside { IN_CONTENT, IN_COMMENT, IN_CDATA, IN_INSTRUCTION };

/* What a text begins that starts with '<'. */
static enum inside begins(prov_str text)
{
    if (provi_str_starts(text, opener))
        return IN_COMMENT;
    if (provi_str_starts(text, PROVI_LIT("<![")))
        return IN_CDATA;
    return provi_str_starts(text, PROVI_LIT("<?")) ? IN_INSTRUCTION : IN_CONTENT;
}

/* Where the bytes that come next will stand. */
static enum inside inside_of(const prov_profile_parser *parser)
{
    if (provi_profile_xml_is_in_cdata(parser))
        return IN_CDATA;
    prov_str in_hand = provi_profile_xml_in_hand(parser);
    return in_hand.len && *in_hand.data == '<' ? begins(in_hand) : IN_CONTENT;
}

/* Offset of @p wanted in @p text from @p at on, or @p len. Its second character is the rare one. */
static size_t find(const char *text, size_t at, size_t len, prov_str wanted)
{
    const char *second;
    for (; at + 1 < len; at = (size_t)(second - text)) {
        second = memchr(text + at + 1, wanted.data[1], len - at - 1);
        if (!second)
            break;
        size_t start = (size_t)(second - text) - 1;
        if (len - start >= wanted.len && memcmp(text + start, wanted.data, wanted.len) == 0)
            return start;
    }
    return len;
}

/* Bytes at the end of @p text that are a start of @p wanted, or all of it. */
static size_t begun(const char *text, size_t len, prov_str wanted)
{
    size_t n = len < wanted.len ? len : wanted.len;
    while (n > 0 && memcmp(text + len - n, wanted.data, n) != 0)
        n--;
    return n;
}

/*
 * Bytes that have to wait for the next piece, so that no mark is cut in two: five at most, of a
 * comment's start with a hyphen behind that may be its end's.
 */
static size_t n_waiting(const char *text, size_t len)
{
    static const prov_str marks[] = {{"<!---", 5}, {"<?", 2}, {"--", 2}, {"]]", 2}, {"?", 1}};
    size_t n = 0;
    if (len == 0 || !memchr("<!-?]", text[len - 1], 5))
        return 0;
    for (size_t i = 0; i < PROVI_LEN(marks) && n == 0; i++)
        n = begun(text, len, marks[i]);
    return n;
}

/* Whether there is no comment in @p text that has two hyphens in a row before its end. */
static bool is_in_order(const char *text, size_t len)
{
    size_t start = find(text, 0, len, opener);
    while (start < len) {
        size_t hyphens = find(text, start + opener.len, len, PROVI_LIT("--"));
        if (len - hyphens < 3)
            return true; /* it is for the next piece to tell */
        if (text[hyphens + 2] != '>')
            return false;
        start = find(text, hyphens + 3, len, opener);
    }
    return true;
}

static void blank(char *from, const char *to)
{
    while (from < to)
        *from++ = ' ';
}

/*
 * Blank hyphens of a comment from @p at on: all of a row but the first, or the two of the end.
 *
 * @return what is behind its end, or the offset of hyphens at the end of the text, which wait for
 *         what follows.
 */
static size_t edit_comment(char *text, size_t at, size_t len, bool *is_over)
{
    *is_over = false;
    while (at < len) {
        const char *hyphen = memchr(text + at, '-', len - at);
        if (!hyphen)
            return len;
        size_t start = (size_t)(hyphen - text);
        for (at = start + 1; at < len && text[at] == '-';)
            at++;
        size_t n_last = at - start > 1 ? 2 : 1;
        *is_over = n_last == 2 && at < len && text[at] == '>';
        if (*is_over || at == len) {
            blank(text + start, text + at - n_last);
            return *is_over ? at + 1 : len - n_last;
        }
        blank(text + start + 1, text + at);
    }
    return len;
}

/* The next thing that has to be told from text and tags; *at becomes what is behind its start. */
static enum inside enter(const char *text, size_t *at, size_t len)
{
    const char *start;
    while ((start = memchr(text + *at, '<', len - *at))) {
        enum inside inside = begins((prov_str){start, (size_t)(text + len - start)});
        *at = (size_t)(start - text) + (inside == IN_COMMENT ? opener.len : 1);
        if (inside != IN_CONTENT)
            return inside;
    }
    *at = len;
    return IN_CONTENT;
}

/* Edit the comments of a text that starts @p inside of something; returns how much is ready. */
static size_t edit(char *text, size_t len, enum inside inside)
{
    size_t at = 0;
    do {
        bool is_over = true;
        if (inside == IN_COMMENT)
            at = edit_comment(text, at, len, &is_over);
        else if (inside == IN_CDATA)
            at = find(text, at, len, cdata_end);
        else if (inside == IN_INSTRUCTION)
            at = find(text, at, len, instruction_end);
        if (!is_over)
            return at;
        inside = enter(text, &at, len);
    } while (inside != IN_CONTENT);
    return len - n_waiting(text, len);
}

prov_status provi_profile_feed(prov_profile_parser *parser, const char *piece, size_t len)
{
    enum inside inside = inside_of(parser);
    size_t ready;
    if (inside != IN_COMMENT && is_in_order(piece, len)) {
        ready = len - n_waiting(piece, len);
    } else {
        piece = memmove(parser->piece, piece, len);
        ready = edit(parser->piece, len, inside);
    }
    prov_status status = provi_profile_xml_feed(parser, piece, ready);
    parser->piece_len = len - ready;
    memmove(parser->piece, piece + ready, len - ready);
    return status;
}

prov_status provi_profile_feed_rest(prov_profile_parser *parser)
{
    if (inside_of(parser) == IN_COMMENT)
        memset(parser->piece, ' ', parser->piece_len);
    return provi_profile_xml_feed(parser, parser->piece, parser->piece_len);
}
