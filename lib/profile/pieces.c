/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Bytes are scanned in pieces of equal size. A construct, such as a tag, that is incomplete at the
 * end of a piece is moved to the start of the next one. So every split of a document gives the same
 * pieces and the same result.
 */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/content.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

static const prov_str byte_order_mark = {"\xef\xbb\xbf", 3};

/* Fail at the first byte, with which no profile begins. */
static void fail_lead(prov_profile_parser *parser, const char *at)
{
    prov_str first = {at, (size_t)(parser->piece + parser->piece_len - at)};
    const char *kind = provi_content_kind(first);
    char words[PROVI_CONTENT_WORDS];
    if (first.len > PROVI_CONTENT_BYTES)
        first.len = PROVI_CONTENT_BYTES;
    if (provi_str_starts(first, byte_order_mark))
        provi_fail(&parser->error, PROV_E_CORRUPT,
                   "expected '<', found a second byte order mark (U+FEFF)");
    else if (kind && provi_str_starts(prov_str_from(kind), PROVI_LIT("UTF-")))
        provi_fail(&parser->error, PROV_E_CORRUPT, "expected UTF-8, found %s: save it as UTF-8",
                   kind);
    else
        provi_fail(&parser->error, PROV_E_CORRUPT, "expected '<', found %s",
                   provi_content_words(words, first, parser->is_sent_plain));
    provi_profile_stop(parser, provi_profile_place_of(parser, at));
}

/* Skip a byte order mark and blanks. Returns the offset of the document, or of bytes that are
 * incomplete. */
static size_t skip_lead(prov_profile_parser *parser, bool is_last)
{
    const char *at = parser->piece, *end = parser->piece + parser->piece_len;
    bool is_start = parser->piece_offset == 0;
    if (is_start && provi_str_starts((prov_str){at, parser->piece_len}, byte_order_mark))
        at += byte_order_mark.len;
    while (at < end && provi_is_blank(*at))
        at++;
    size_t len = (size_t)(end - at);
    if (len == 0 && parser->piece_offset + parser->piece_len > parser->limits.max_token_bytes) {
        provi_fail(&parser->error, PROV_E_LIMIT, "nothing but blanks");
        provi_profile_stop(parser, provi_profile_place_of(parser, at));
    } else if (len >= PROVI_CONTENT_BYTES || (len > 0 && is_last)) {
        parser->has_lead = *at == '<' && (len == 1 || at[1] != '\0');
        if (!parser->has_lead)
            fail_lead(parser, at);
    }
    return (size_t)(at - parser->piece);
}

/* Allocate at the first byte: thousands of parsers may be waiting for their files. */
static prov_status begin(prov_profile_parser *parser)
{
    if (parser->piece)
        return PROV_OK;
    uint32_t depth = parser->limits.max_depth;
    parser->open = provi_alloc(&parser->alloc, provi_profile_block_size(parser));
    if (!parser->open)
        return provi_profile_fail_nomem(parser);
    parser->lines = (uint32_t *)(void *)(parser->open + depth);
    parser->declared = parser->lines + depth;
    parser->piece = (char *)(parser->declared + depth);
    parser->flat_profile = provi_profile_intern(parser, PROVI_LIT("flat-profile"));
    return PROV_OK;
}

static prov_status scan_piece(prov_profile_parser *parser, bool is_last)
{
    char *piece = parser->piece;
    parser->counted = piece;
    piece[parser->piece_len] = '\0';
    size_t done = parser->has_lead ? 0 : skip_lead(parser, is_last);
    if (parser->has_lead && parser->failed == PROV_OK)
        done = provi_profile_scan(parser, done, is_last);
    if (parser->failed != PROV_OK)
        return parser->failed;
    provi_profile_count_to(parser, piece + done);
    parser->piece_offset += done;
    parser->piece_len -= done;
    memmove(piece, piece + done, parser->piece_len);
    return PROV_OK;
}

prov_status provi_profile_push(prov_profile_parser *parser, const char *data, size_t len)
{
    if (begin(parser) != PROV_OK)
        return parser->failed;
    while (len > 0) {
        size_t room = PROVI_PROFILE_PIECE - parser->piece_len;
        size_t n = len < room ? len : room;
        memcpy(parser->piece + parser->piece_len, data, n);
        parser->piece_len += n;
        data += n;
        len -= n;
        if (parser->piece_len == PROVI_PROFILE_PIECE && scan_piece(parser, false) != PROV_OK)
            return parser->failed;
    }
    return PROV_OK;
}

/* Whether the rest is an incomplete tag, as opposed to one without an end. */
static bool is_cut_tag(const char *rest, const char *end)
{
    bool is_broken = true;
    if (rest < end && *rest == '<')
        provi_profile_tag_end(rest + 1, end, &is_broken);
    return !is_broken;
}

prov_status provi_profile_end(prov_profile_parser *parser)
{
    if (begin(parser) != PROV_OK || scan_piece(parser, true) != PROV_OK)
        return parser->failed;
    const char *rest = parser->counted = parser->piece;
    const char *end = rest + parser->piece_len;
    bool is_closed = parser->has_root && parser->depth == 0;
    if (!parser->has_lead) {
        provi_fail(&parser->error, PROV_E_CORRUPT, "the profile is empty");
        return provi_profile_stop(parser, provi_profile_place_of(parser, rest));
    }
    if (parser->inside != PROVI_IN_CONTENT || (!is_closed && is_cut_tag(rest, end)))
        return provi_profile_fail_cut(parser);
    parser->known = rest;
    parser->known_depth = parser->depth;
    bool is_text_cut = parser->depth > 0 && rest < end && *rest != '<';
    if (!is_text_cut && provi_profile_find_fault(parser, end, end))
        return parser->failed;
    if (parser->depth > 0)
        return provi_profile_fail_cut(parser);
    return provi_profile_check_whole(parser) == PROV_OK ? provi_profile_xml_end(parser)
                                                        : parser->failed;
}
