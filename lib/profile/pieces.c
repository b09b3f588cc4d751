/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

static const char byte_order_mark[] = {'\xef', '\xbb', '\xbf'};

/* Fail at the first byte that could have begun a profile. */
static prov_status fail_lead(prov_profile_parser *parser, prov_status status, const char *message)
{
    provi_fail(&parser->error, status, "%s", message);
    return provi_profile_stop(parser, parser->lead);
}

/* What else a body that does not start like XML may be. */
static const char *foreign_start(char first)
{
    switch (first) {
    case '\0':
    case '\xfe':
    case '\xff': return "expected '<', found UTF-16 or binary data";
    case '\x1f': return "expected '<', found compressed data";
    default: return "expected '<' at the start of the profile";
    }
}

static bool is_mark_cut(const prov_profile_parser *parser)
{
    return parser->n_bom > 0 && parser->n_bom < sizeof byte_order_mark;
}

/* Skip a byte order mark and blanks. True: @p c is the first byte of the document proper. */
static bool is_document_start(prov_profile_parser *parser, char c)
{
    struct provi_profile_place *lead = &parser->lead;
    if (lead->offset == parser->n_bom && parser->n_bom < sizeof byte_order_mark &&
        c == byte_order_mark[parser->n_bom]) {
        parser->n_bom++;
        lead->offset++;
        lead->column++;
        return false;
    }
    if (is_mark_cut(parser) || !provi_is_blank(c))
        return true;
    lead->offset++;
    lead->column++;
    if (c == '\n') {
        lead->line++;
        lead->column = 1;
    }
    return false;
}

static prov_status take_lead(prov_profile_parser *parser, const char **data, size_t *len)
{
    while (*len && !parser->has_lead) {
        if (parser->lead.offset > parser->limits.max_token_bytes)
            return fail_lead(parser, PROV_E_LIMIT, "nothing but blanks");
        if (is_document_start(parser, **data)) {
            if (**data != '<' || is_mark_cut(parser))
                return fail_lead(parser, PROV_E_CORRUPT, foreign_start(**data));
            parser->has_lead = true;
            parser->sync = parser->lead;
            break;
        }
        ++*data;
        --*len;
    }
    return PROV_OK;
}

/* The offset of @p wanted in @p text without regard to case, or the length of @p text. */
static size_t find_nocase(prov_str text, prov_str wanted)
{
    for (size_t i = 0; i + wanted.len <= text.len; i++)
        if (provi_str_eq_nocase((prov_str){text.data + i, wanted.len}, wanted))
            return i;
    return text.len;
}

/* Whether the XML declaration says UTF-16. Any other encoding it may claim is ignored. */
static bool is_labelled_utf16(prov_str head)
{
    if (!provi_str_starts(head, PROVI_LIT("<?xml")))
        return false;
    head.len = find_nocase(head, PROVI_LIT("?>"));
    prov_str label = provi_str_from_offset(head, find_nocase(head, PROVI_LIT("encoding")));
    return find_nocase(label, PROVI_LIT("utf-16")) < label.len ||
           find_nocase(label, PROVI_LIT("utf16")) < label.len;
}

/* What can be told from the first piece before libxml2 sees it. */
static prov_status check_head(prov_profile_parser *parser, prov_str head)
{
    parser->has_head = true;
    if (head.len > 1 && head.data[1] == '\0')
        return fail_lead(parser, PROV_E_CORRUPT, "UTF-16 is not accepted, only UTF-8 is");
    if (is_labelled_utf16(head))
        return fail_lead(parser, PROV_E_CORRUPT, "the XML declaration says UTF-16, expected UTF-8");
    prov_str start = {head.data, sizeof "<!doctype html" - 1};
    if (head.len >= start.len && provi_str_eq_nocase(start, PROVI_LIT("<!doctype html")))
        return fail_lead(parser, PROV_E_CORRUPT, "an HTML page, not a profile");
    return PROV_OK;
}

static prov_status feed_piece(prov_profile_parser *parser, const char *piece, size_t len)
{
    if (!parser->has_head && check_head(parser, (prov_str){piece, len}) != PROV_OK)
        return parser->failed;
    return provi_profile_feed(parser, piece, len);
}

static prov_status flush_piece(prov_profile_parser *parser)
{
    size_t len = parser->piece_len;
    parser->piece_len = 0;
    return feed_piece(parser, parser->piece, len);
}

static void gather_piece(prov_profile_parser *parser, const char *data, size_t len)
{
    memcpy(parser->piece + parser->piece_len, data, len);
    parser->piece_len += len;
}

/* A piece that comes whole is fed from where it lies. */
prov_status provi_profile_take(prov_profile_parser *parser, const char *data, size_t len)
{
    if (take_lead(parser, &data, &len) != PROV_OK)
        return parser->failed;
    while (len > 0) {
        size_t room = sizeof parser->piece - parser->piece_len;
        size_t n = len < room ? len : room;
        prov_status status = PROV_OK;
        parser->result.bytes += n;
        if (n == sizeof parser->piece)
            status = feed_piece(parser, data, n);
        else
            gather_piece(parser, data, n);
        if (parser->piece_len == sizeof parser->piece)
            status = flush_piece(parser);
        if (status != PROV_OK)
            return status;
        data += n;
        len -= n;
    }
    return PROV_OK;
}

prov_status provi_profile_end(prov_profile_parser *parser)
{
    if (!parser->has_lead)
        return fail_lead(parser, PROV_E_CORRUPT, "the profile is empty");
    if (parser->piece_len && flush_piece(parser) != PROV_OK)
        return parser->failed;
    if (provi_profile_feed_rest(parser) != PROV_OK)
        return parser->failed;
    return provi_profile_xml_end(parser);
}
