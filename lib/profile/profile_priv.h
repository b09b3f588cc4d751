/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Inside the parser: bytes (pieces.c) ▸ comments in order (comment.c) ▸ libxml2 (xml.c) ▸ elements
 * (element.c) ▸ parameters.
 *
 * libxml2's push parser looks ahead as far as the bytes at hand allow. It therefore gets pieces of
 * one fixed size: any split of the document becomes the same calls, hence the same outcome.
 */
#ifndef PROVI_PROFILE_PRIV_H
#define PROVI_PROFILE_PRIV_H

#include <provision/profile.h>

#include <libxml/parser.h>

#include "base/buffer.h"
#include "profile/alias.h"

enum {
    PROVI_PROFILE_PIECE = 5888,  /* bytes libxml2 gets at once; a parser has 8 KiB with them */
    PROVI_PROFILE_MAX_TAG = 4096 /* bytes of one start tag: attributes cost libxml2 their square */
};

/* Where something stands in the document. */
struct provi_profile_place {
    uint64_t offset;
    uint32_t line;
    uint32_t column;
};

/* What is found out about a parameter while it is open. */
struct provi_profile_open_param {
    uint32_t depth; /* of its element; 0: no parameter is open */
    bool is_alias;  /* the alias map has it */
    bool is_self_closing;
    bool has_child;
    const xmlChar *tag;    /* libxml2's copy of its name, one per name and document */
    struct prov_param out; /* what the handler will get; all but its value */
};

struct prov_profile_parser {
    /* Set once. */
    struct prov_alloc alloc;
    struct prov_limits limits;
    struct prov_dialect dialect;
    struct prov_profile_handler handler;
    const struct prov_catalogue *catalogue;
    bool strict_names;
    bool self_closing_ua_clears;
    struct provi_alias_map aliases;
    struct provi_buffer bind_name;
    struct provi_buffer bind_value;

    /* The document. */
    prov_status failed;      /* PROV_OK while well; otherwise every call repeats `error` */
    struct prov_error error; /* the first failure */
    bool is_doomed;          /* freed from the handler: goes when the call returns */
    bool is_running;         /* inside a call: a callback must not call again */
    bool is_finished;
    struct prov_profile_result result;

    /* Bytes (pieces.c). */
    struct provi_profile_place lead; /* first byte that libxml2 sees */
    size_t n_bom;                    /* bytes of a byte order mark so far, 0..3 */
    bool has_lead;                   /* that byte has come */
    bool has_head;                   /* the first piece has been looked at */
    size_t piece_len;                /* bytes waiting in `piece` */

    /* libxml2 (xml.c). */
    xmlParserCtxt *xml;
    const xmlChar *flat_profile; /* libxml2's copies of names: equal names, equal pointers */
    const xmlChar *ua;
    struct provi_profile_place sync; /* where the piece in work found the parser */
    uint32_t n_xml_warnings;
    bool is_ending; /* libxml2 has been told that no more bytes come */

    /* Elements (element.c). */
    const xmlChar **open; /* names of the open elements, `limits.max_depth` of them */
    uint32_t depth;       /* how many are open */
    struct provi_profile_open_param param;
    struct provi_buffer value;
    const xmlChar *last_tag; /* of the parameter before */
    bool has_root;
    char piece[PROVI_PROFILE_PIECE];
};

/* fail.c: ending in failure. */

/** Mark the parser failed with what provi_fail() just wrote to `parser->error`. */
prov_status provi_profile_stop(prov_profile_parser *parser, struct provi_profile_place place);

/** Offset in the document at which libxml2 stands. */
static inline uint64_t provi_profile_offset(const prov_profile_parser *parser)
{
    const xmlParserInput *input = parser->xml->input;
    return parser->lead.offset + input->consumed + (uint64_t)(input->cur - input->base);
}

/** Where libxml2 stands. */
struct provi_profile_place provi_profile_here(const prov_profile_parser *parser);

/** Where @p at, a byte of libxml2's buffer, stands. */
struct provi_profile_place provi_profile_place_of(const prov_profile_parser *parser,
                                                  const xmlChar *at);

/** Remember where libxml2 stands before it gets another piece. */
void provi_profile_sync(prov_profile_parser *parser);

/** Put what libxml2 found wrong in our own words: its own may quote a value. */
void provi_profile_xml_error(prov_profile_parser *parser, int code);

/* pieces.c */

/** Take bytes in any split. */
prov_status provi_profile_take(prov_profile_parser *parser, const char *data, size_t len);

/** All bytes have been taken. */
prov_status provi_profile_end(prov_profile_parser *parser);

/* comment.c */

/**
 * Hand one piece to libxml2 with its comments as XML wants them.
 *
 * @param piece  May be `parser->piece`. What depends on what follows, five bytes at its end at
 *               most, waits there when the call returns.
 */
prov_status provi_profile_feed(prov_profile_parser *parser, const char *piece, size_t len);

/** Hand over what waits: nothing follows. */
prov_status provi_profile_feed_rest(prov_profile_parser *parser);

/* xml.c */

prov_status provi_profile_xml_open(prov_profile_parser *parser);
void provi_profile_xml_close(prov_profile_parser *parser);

/** Hand over bytes; none is fine. */
prov_status provi_profile_xml_feed(prov_profile_parser *parser, const char *data, size_t len);

/** Whether what it has got so far ends inside of a CDATA section. */
bool provi_profile_xml_is_in_cdata(const prov_profile_parser *parser);

/** What it holds back for want of an end: from its '<' on, unless it is text. */
prov_str provi_profile_xml_in_hand(const prov_profile_parser *parser);

/** Tell libxml2 that the document ends here. */
prov_status provi_profile_xml_end(prov_profile_parser *parser);

/* element.c: the SAX callbacks. */

void provi_profile_on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
                            const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                            int n_attributes, int n_defaulted, const xmlChar **attributes);
void provi_profile_on_end(void *ctx, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri);
void provi_profile_on_text(void *ctx, const xmlChar *text, int len);
void provi_profile_on_cdata(void *ctx, const xmlChar *text, int len);

/** Count a warning and tell the handler. */
void provi_profile_warn(prov_profile_parser *parser, enum prov_profile_warning kind, prov_str name,
                        uint32_t line);

/* value.c: pure functions on values. */

/** Line breaks (CR, LF, CR LF) become one space each, in place; then blanks at both ends go. */
prov_str provi_profile_tidy(char *text, size_t len);

/** Equal; two MAC addresses are compared without regard to case and separators. */
bool provi_profile_same_identity(prov_str a, prov_str b);

#endif
