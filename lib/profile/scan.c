/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Scans the markup of a piece before libxml2 reads it: records the places of start tags, skips
 * comments and instructions, and divides the text so that libxml2 receives only whole constructs.
 *
 * Phones accept anything in a comment: several hyphens, as in the rulers of templates, and bytes of
 * any encoding. So libxml2 receives blanks instead. It does not receive instructions, such as the
 * XML declaration.
 */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

static const prov_str comment_start = {"<!--", 4};
static const prov_str comment_end = {"-->", 3};
static const prov_str cdata_start = {"<![CDATA[", 9};
static const prov_str cdata_end = {"]]>", 3};
static const prov_str instruction_end = {"?>", 2};

enum { MAX_CUT = 3 }; /* bytes of a mark, or of a character, that may be cut off at the end */

struct scan {
    prov_profile_parser *parser;
    const char *fed;    /* libxml2 has received all bytes before this */
    const char *at;     /* all bytes before this were scanned */
    const char *end;    /* of the piece */
    const char *markup; /* after the last construct that is not a tag */
    bool is_in_cdata;   /* at `fed` */
    bool is_last;
    bool has_to_wait; /* the construct at `at` is incomplete */
};

static prov_str between(const char *from, const char *to)
{
    return (prov_str){from, (size_t)(to - from)};
}

static inline uint64_t eight_at(const char *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

/* Whether any byte is not ASCII; compares 64 at a time. */
static bool has_high_byte(const char *text, size_t len)
{
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t all = 0;
    for (; len >= 64; len -= 64, text += 64) {
        all = eight_at(text) | eight_at(text + 8) | eight_at(text + 16) | eight_at(text + 24) |
              eight_at(text + 32) | eight_at(text + 40) | eight_at(text + 48) | eight_at(text + 56);
        if (all & tops)
            return true;
    }
    for (; len >= 8; len -= 8, text += 8)
        all |= eight_at(text);
    for (; len > 0; len--, text++)
        all |= (uint64_t)(unsigned char)*text;
    return (all & tops) != 0;
}

/* Replace all bytes but line breaks by blanks. */
static void blank(prov_profile_parser *parser, const char *from, const char *to)
{
    for (char *at = parser->piece + (from - parser->piece); at < to; at++)
        if (*at != '\n')
            *at = ' ';
}

/* The end of a text without an incomplete last character. */
static const char *before_cut_char(const char *from, const char *end)
{
    for (const char *at = end; at > from && end - at < MAX_CUT;) {
        unsigned char byte = (unsigned char)*--at;
        if (byte < 0x80)
            break;
        if (byte >= 0xc0)
            return provi_xml_utf8_span(between(at, end)) > 0 ? end : at;
    }
    return end;
}

/* Warn once for each document, with the place. */
static void warn_of_bytes(prov_profile_parser *parser, const char *at)
{
    if (!parser->is_warned_of_bytes)
        provi_profile_warn(parser, PROV_WARN_ENCODING, prov_str_from(parser->encoding),
                           provi_profile_place_of(parser, at).line);
    parser->is_warned_of_bytes = true;
}

/* Where to divide a text at the end of a piece: not in a reference, a character, `]]>` or the mark
 * of a template. */
static const char *text_cut(const char *from, const char *end)
{
    const char *to = before_cut_char(from, end);
    while (to > from && end - to < MAX_CUT && memchr("]{[$", to[-1], 4))
        to--;
    for (const char *at = to; at > from && at[-1] != ';';)
        if (*--at == '&')
            return at;
    return to;
}

static void feed_part(struct scan *scan, const char *to)
{
    scan->parser->fed_end = to;
    provi_profile_xml_feed(scan->parser, scan->fed, (size_t)(to - scan->fed));
    scan->fed = to;
}

/*
 * Process bytes at @p at that are not UTF-8. In tags and values they are a fault, unless another
 * one precedes; between elements they become blanks.
 *
 * @return The end of the text that contains them; NULL: the parser has stopped.
 */
static const char *pass_bad_bytes(struct scan *scan, const char *at, const char *to)
{
    enum { MAX_TEXTS = 4096 }; /* each costs as much as some hundred bytes of profile */
    prov_profile_parser *parser = scan->parser;
    feed_part(scan, at);
    if (parser->failed != PROV_OK || provi_profile_find_fault(parser, at, to))
        return NULL;
    if (++parser->n_bad_texts > MAX_TEXTS) {
        provi_profile_find_bad_char(parser, at, to);
        return NULL;
    }
    warn_of_bytes(parser, at);
    const char *end = memchr(at, '<', (size_t)(to - at));
    for (end = end ? end : to; at < end; at += provi_xml_utf8_span(between(at, end)))
        if (provi_xml_char_len(between(at, end)) == 0)
            blank(parser, at, at + 1);
    return end;
}

PROVI_COLD static void feed_high_bytes(struct scan *scan, const char *to)
{
    const char *at = scan->fed;
    while (at && (at += provi_xml_utf8_span(between(at, to))) < to)
        at = pass_bad_bytes(scan, at, to);
    if (at)
        feed_part(scan, to);
}

/* Pass the scanned bytes before @p to to libxml2. It may defer the last text, or wait for a ';'
 * after a bare '&', so the end is checked here. */
static void feed_range(struct scan *scan, const char *to)
{
    prov_profile_parser *parser = scan->parser;
    provi_profile_count_to(parser, scan->fed);
    parser->known = scan->fed;
    parser->known_depth = parser->depth;
    parser->known_cdata = scan->is_in_cdata ? scan->fed : NULL;
    scan->is_in_cdata = false;
    if (has_high_byte(scan->fed, (size_t)(to - scan->fed)))
        feed_high_bytes(scan, to);
    else
        feed_part(scan, to);
    if (parser->failed != PROV_OK || provi_profile_find_fault(parser, to, to))
        return;
    if (provi_profile_next_tag(parser, to))
        provi_profile_xml_error(parser, XML_ERR_INTERNAL_ERROR);
}

/* Phones ignore text between elements, but the mark of a template there is a mistake. */
PROVI_COLD static void warn_of_template(struct scan *scan, const char *to)
{
    prov_profile_parser *parser = scan->parser;
    prov_str end = PROVI_LIT("]]>");
    const char *from = scan->is_in_cdata ? provi_profile_find(scan->fed, to, end) : scan->fed;
    const char *mark = from ? provi_profile_find_template(parser, from, to) : NULL;
    if (!mark)
        return;
    feed_range(scan, mark);
    if (parser->failed != PROV_OK)
        return;
    parser->is_warned_of_template = true;
    provi_profile_warn(parser, PROV_WARN_TEMPLATE, PROVI_LIT(""),
                       provi_profile_place_of(parser, mark).line);
}

static void feed(struct scan *scan, const char *to)
{
    if (!scan->parser->is_warned_of_template)
        warn_of_template(scan, to);
    if (scan->parser->failed != PROV_OK)
        return;
    feed_range(scan, to);
    scan->is_in_cdata = scan->parser->inside == PROVI_IN_CDATA;
}

/* Pass the bytes before @p at to libxml2; the construct there is incomplete. */
static void wait_at(struct scan *scan, const char *at)
{
    feed(scan, at);
    scan->at = at;
    scan->has_to_wait = true;
}

/* Pass the bytes before @p at to libxml2. The construct there may be longer than a piece. */
static void begin(struct scan *scan, enum provi_profile_inside inside, const char *at,
                  const char *behind)
{
    prov_profile_parser *parser = scan->parser;
    feed(scan, at);
    if (parser->failed != PROV_OK)
        return;
    parser->construct = provi_profile_place_of(parser, at);
    parser->inside = inside;
    scan->at = behind;
}

/* Fail at the start of the construct; all bytes before it are passed. */
static void too_long(struct scan *scan, const char *what, uint32_t limit)
{
    prov_profile_parser *parser = scan->parser;
    provi_fail(&parser->error, PROV_E_LIMIT, "%s (limit %u)", what, (unsigned)limit);
    provi_profile_stop(parser, parser->construct);
}

/* Check the length of the current construct up to @p to. */
static bool check_length(struct scan *scan, const char *to)
{
    prov_profile_parser *parser = scan->parser;
    uint64_t offset = provi_profile_offset_of(parser, to);
    uint32_t limit = parser->limits.max_token_bytes;
    if (parser->failed != PROV_OK)
        return false;
    if (offset - parser->construct.offset <= limit)
        return true;
    too_long(scan, "a comment, instruction or CDATA section that is too long", limit);
    return false;
}

/* Warn of suspicious content in skipped text: a nested comment, bytes of another encoding. */
static void check_passed(struct scan *scan, const char *from, const char *to)
{
    prov_profile_parser *parser = scan->parser;
    if (!parser->is_sent_plain && !provi_xml_is_text(between(from, to))) {
        provi_profile_find_bad_char(parser, from, to);
        return;
    }
    const char *inner = parser->inside == PROVI_IN_COMMENT && !parser->is_warned_of_comment
                            ? provi_profile_find(from, to, comment_start)
                            : NULL;
    const char *bad = parser->is_warned_of_bytes || !has_high_byte(from, (size_t)(to - from))
                          ? to
                          : from + provi_xml_utf8_span(between(from, to));
    if (bad < to && (!inner || bad < inner))
        warn_of_bytes(parser, bad);
    if (inner) {
        parser->is_warned_of_comment = true;
        provi_profile_warn(parser, PROV_WARN_COMMENT, PROVI_LIT(""),
                           provi_profile_place_of(parser, inner).line);
    }
    if (bad < to)
        warn_of_bytes(parser, bad);
}

/* Skip a comment or an instruction. */
static void pass(struct scan *scan)
{
    prov_profile_parser *parser = scan->parser;
    bool is_comment = parser->inside == PROVI_IN_COMMENT;
    prov_str mark = is_comment ? comment_end : instruction_end;
    const char *end = provi_profile_find(scan->at, scan->end, mark);
    const char *to = end;
    if (!end && scan->is_last)
        to = scan->end;
    else if (!end) /* the last bytes may be part of the mark, or of a character */
        to = before_cut_char(scan->at,
                             scan->end - scan->at > MAX_CUT ? scan->end - MAX_CUT : scan->at);
    check_passed(scan, scan->at, to);
    if (parser->failed != PROV_OK)
        return;
    scan->at = end ? end + mark.len : to;
    scan->fed = scan->at;
    scan->has_to_wait = !end;
    if (check_length(scan, scan->at) && end)
        parser->inside = PROVI_IN_CONTENT;
}

/* Whether a comment causes neither a warning nor an error. */
static bool is_plain_comment(const struct scan *scan, const char *from, const char *end)
{
    return end - from < (ptrdiff_t)scan->parser->limits.max_token_bytes / 2 &&
           !provi_profile_find(from, end, comment_start) &&
           (scan->parser->is_sent_plain
                ? scan->parser->is_warned_of_bytes || !has_high_byte(from, (size_t)(end - from))
                : provi_xml_is_text(between(from, end)));
}

/* Process a comment. A whole one is passed to libxml2 as blanks; others are skipped. */
static void comment(struct scan *scan, const char *at)
{
    const char *behind = at + comment_start.len;
    const char *end = provi_profile_find(behind, scan->end, comment_end);
    if (end && is_plain_comment(scan, behind, end)) {
        blank(scan->parser, behind, end);
        scan->at = end + comment_end.len;
    } else if (!end && at > scan->parser->piece && !scan->is_last) {
        wait_at(scan, at);
    } else {
        scan->parser->is_warned_of_comment = false;
        begin(scan, PROVI_IN_COMMENT, at, behind);
    }
}

/* Record the encoding of the XML declaration, for messages. */
static void record_encoding(prov_profile_parser *parser, prov_str declaration)
{
    prov_str key = PROVI_LIT("encoding");
    while (declaration.len > 0 && !provi_str_starts(declaration, key))
        declaration = provi_str_from_offset(declaration, 1);
    prov_str label = provi_str_trim(provi_str_from_offset(declaration, key.len));
    if (!provi_str_starts(label, PROVI_LIT("=")))
        return;
    label = provi_str_trim(provi_str_from_offset(label, 1));
    label = provi_str_from_offset(label, 1);
    size_t len = 0;
    while (len < label.len && len + 1 < sizeof parser->encoding &&
           (provi_is_alnum(label.data[len]) || memchr("-_.:", label.data[len], 4)))
        len++;
    if (len > 0)
        memcpy(parser->encoding, label.data, len);
    parser->encoding[len] = '\0';
}

/* Instructions of XML catalogs are refused: reading a profile must not fetch anything. */
static void instruction(struct scan *scan, const char *at)
{
    prov_profile_parser *parser = scan->parser;
    prov_str text = between(at, scan->end);
    const char *end = provi_profile_find(at, scan->end, instruction_end);
    if (!end && at > parser->piece && !scan->is_last) {
        wait_at(scan, at);
        return;
    }
    begin(scan, PROVI_IN_INSTRUCTION, at, at + 2);
    if (parser->failed != PROV_OK)
        return;
    if (provi_str_starts(text, PROVI_LIT("<?xml")) && end && !parser->encoding[0])
        record_encoding(parser, between(at, end));
    parser->is_in_php =
        provi_str_starts(text, PROVI_LIT("<?php")) || provi_str_starts(text, PROVI_LIT("<?="));
    if (parser->is_in_php && !parser->has_php) {
        parser->has_php = true;
        parser->php = parser->construct;
    }
    prov_str target = {text.data + 2, text.len < 5 ? 0 : 3};
    provi_profile_on_instruction(parser, parser->construct.line,
                                 provi_str_eq_nocase(target, PROVI_LIT("xml")));
    if (provi_str_starts(text, PROVI_LIT("<?oasis-xml-catalog"))) {
        provi_fail(&parser->error, PROV_E_CORRUPT, "an XML catalog, which is not accepted");
        provi_profile_stop(parser, parser->construct);
    }
}

/* Fail for a `<!` that begins neither a comment nor CDATA: a DOCTYPE may define entities. */
static void declaration(struct scan *scan, const char *at)
{
    prov_profile_parser *parser = scan->parser;
    prov_str html = PROVI_LIT("<!DOCTYPE html");
    prov_str text = between(at, scan->end);
    if (text.len < html.len && !scan->is_last) {
        wait_at(scan, at);
        return;
    }
    begin(scan, PROVI_IN_CONTENT, at, at);
    if (parser->failed != PROV_OK)
        return;
    prov_str start = {text.data, text.len < html.len ? text.len : html.len};
    prov_str doctype = {html.data, html.len - strlen(" html")};
    if (provi_str_eq_nocase(start, html))
        provi_fail(&parser->error, PROV_E_CORRUPT, "an HTML page, not a profile");
    else if (start.len >= doctype.len &&
             provi_str_eq_nocase((prov_str){start.data, doctype.len}, doctype))
        provi_fail(&parser->error, PROV_E_CORRUPT, "a DOCTYPE, which is not accepted");
    else
        provi_fail(&parser->error, PROV_E_CORRUPT,
                   "'<!' begins neither a comment nor CDATA, expected &lt; for the character");
    provi_profile_stop(parser, parser->construct);
}

/* Compute the place of the CDATA section whose start libxml2 has received. */
static void place_section(prov_profile_parser *parser)
{
    if (parser->construct.line > 0)
        return;
    uint64_t start = parser->construct.offset - parser->piece_offset;
    parser->construct = provi_profile_place_of(parser, parser->piece + start);
}

/* Process a CDATA section. It may be longer than a piece, so it is passed to libxml2 in parts, and
 * its place is computed afterwards, since the tags before it were not counted earlier. */
static void cdata(struct scan *scan)
{
    prov_profile_parser *parser = scan->parser;
    const char *end = provi_profile_find(scan->at, scan->end, cdata_end);
    const char *to = end ? end + cdata_end.len : before_cut_char(scan->at, scan->end);
    while (!end && to > scan->at && scan->end - to < MAX_CUT && to[-1] == ']')
        to--;
    bool is_long = to - scan->fed > (ptrdiff_t)parser->limits.max_token_bytes / 2;
    if (!end || is_long) {
        feed(scan, to);
        if (parser->failed != PROV_OK)
            return;
        place_section(parser);
        if (!check_length(scan, to))
            return;
    }
    scan->at = to;
    scan->has_to_wait = !end;
    if (end)
        parser->inside = PROVI_IN_CONTENT;
}

/* Process `<!` or `<?` at @p at. */
static void special(struct scan *scan, const char *at)
{
    prov_str text = between(at, scan->end);
    if (at[1] == '?') {
        instruction(scan, at);
    } else if (provi_str_starts(text, comment_start)) {
        comment(scan, at);
    } else if (text.len < cdata_start.len && !scan->is_last) {
        wait_at(scan, at);
    } else if (provi_str_starts(text, cdata_start)) {
        scan->parser->inside = PROVI_IN_CDATA;
        scan->parser->construct =
            (struct provi_profile_place){.offset = provi_profile_offset_of(scan->parser, at)};
        scan->at = at + cdata_start.len;
    } else {
        declaration(scan, at);
    }
}

/* Find the last '<' before @p end that may begin a tag; NULL: there is none. */
static const char *last_less(const struct scan *scan, const char *end)
{
    while (end > scan->markup)
        if (*--end == '<')
            return end;
    return NULL;
}

/* For an incomplete tag at @p tag: if its '<' is inside another tag without an end, as in `<a
 * b="<c`, the start of that one. */
static const char *broken_tag(const struct scan *scan, const char *tag)
{
    const char *before = tag;
    bool is_broken = true;
    while (is_broken && (before = last_less(scan, before))) {
        provi_profile_tag_end(before + 1, scan->end, &is_broken);
        tag = is_broken ? before : tag;
    }
    return tag;
}

/* Process an incomplete tag, which begins at the last '<' of the piece. */
static void cut_tag(struct scan *scan, const char *tag)
{
    prov_profile_parser *parser = scan->parser;
    const char *first = broken_tag(scan, tag);
    wait_at(scan, first);
    if (parser->failed != PROV_OK || scan->end - first <= PROVI_PROFILE_MAX_TAG)
        return;
    if (first != tag && provi_profile_find_fault(parser, scan->end, scan->end))
        return;
    parser->construct = provi_profile_place_of(parser, first);
    too_long(scan, "a tag that is too long", PROVI_PROFILE_MAX_TAG);
}

/* Process the end of a piece; only tags and text remain. */
static void end_of_piece(struct scan *scan)
{
    prov_profile_parser *parser = scan->parser;
    const char *last = last_less(scan, scan->end), *from = scan->at;
    bool is_broken;
    if (last && !(from = provi_profile_tag_end(last + 1, scan->end, &is_broken))) {
        cut_tag(scan, last);
        return;
    }
    const char *to = text_cut(from, scan->end);
    wait_at(scan, to);
    if (to != parser->piece || scan->is_last || parser->failed != PROV_OK)
        return;
    provi_profile_find_fault(parser, scan->end, scan->end); /* no reference is as long as a piece */
}

/* The first `<` that is followed by @p second, or the end. */
static const char *find_less(const char *at, const char *end, char second)
{
    while (at + 1 < end && (at = memchr(at + 1, second, (size_t)(end - at - 1))))
        if (at[-1] == '<')
            return at - 1;
    return end;
}

/* Whether parameters follow, and libxml2 has received all bytes before. */
static bool is_among_params(const struct scan *scan)
{
    const prov_profile_parser *parser = scan->parser;
    return scan->fed == scan->at && parser->depth > 0 && parser->param.depth == 0 &&
           parser->open[parser->depth - 1] == parser->flat_profile && !parser->is_thorough;
}

/* Read plain parameters. False: the next bytes are not for libxml2, or incomplete. */
static bool plain(struct scan *scan)
{
    prov_profile_parser *parser = scan->parser;
    bool is_cut;
    const char *start = scan->at;
    scan->at = scan->fed = provi_profile_plain(parser, start, &is_cut);
    if (scan->at != start)
        parser->n_slow = 0;
    scan->has_to_wait = is_cut && scan->at > parser->piece && !scan->is_last;
    return parser->failed == PROV_OK && scan->at < scan->end && !scan->has_to_wait;
}

/* Where to try plain parameters next; without success, the distance is doubled. */
static const char *next_line(struct scan *scan)
{
    prov_profile_parser *parser = scan->parser;
    size_t n = parser->n_slow;
    parser->n_slow = n ? 2 * n : 64;
    if ((size_t)(scan->end - scan->at) <= n)
        return scan->end;
    const char *line = provi_profile_find(scan->at + n, scan->end, PROVI_LIT("\n<"));
    return line ? line + 1 : scan->end;
}

/* Scan tags and text up to @p limit, or to the end of the construct there. */
static void content(struct scan *scan, const char *limit)
{
    prov_profile_parser *parser = scan->parser;
    const char *exclamation = scan->at, *question = scan->at;
    scan->markup = scan->at;
    while (scan->at < limit) {
        if (exclamation <= scan->at)
            exclamation = find_less(scan->at, limit, '!');
        if (question <= scan->at)
            question = find_less(scan->at, limit, '?');
        const char *first = exclamation < question ? exclamation : question;
        if (first == limit)
            break;
        scan->at = first;
        special(scan, first);
        if (parser->inside != PROVI_IN_CONTENT || scan->at == first)
            return;
        scan->markup = scan->at;
    }
    if (limit == scan->end && scan->at < limit) {
        end_of_piece(scan);
    } else {
        scan->at = scan->at > limit ? scan->at : limit;
        feed(scan, scan->at);
    }
}

size_t provi_profile_scan(prov_profile_parser *parser, size_t at, bool is_last)
{
    struct scan scan = {
        .parser = parser,
        .fed = parser->piece + at,
        .at = parser->piece + at,
        .end = parser->piece + parser->piece_len,
        .is_in_cdata = parser->inside == PROVI_IN_CDATA,
        .is_last = is_last,
    };
    while (scan.at < scan.end && !scan.has_to_wait && parser->failed == PROV_OK) {
        switch (parser->inside) {
        case PROVI_IN_CONTENT:
            if (!is_among_params(&scan) || plain(&scan))
                content(&scan, next_line(&scan));
            break;
        case PROVI_IN_CDATA: cdata(&scan); break;
        default: pass(&scan); break;
        }
    }
    if (!scan.has_to_wait && parser->failed == PROV_OK)
        feed(&scan, scan.at);
    if (parser->inside == PROVI_IN_CDATA && parser->failed == PROV_OK)
        place_section(parser);
    return (size_t)(scan.at - parser->piece);
}
