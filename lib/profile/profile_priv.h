/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Inside the parser: bytes ▸ pieces (pieces.c) ▸ markup (scan.c) ▸ plain parameters (plain.c) or
 * libxml2 (xml.c) ▸ elements (element.c) ▸ parameters.
 *
 * scan.c finds every tag, comment, instruction and CDATA section before libxml2 reads it. So places
 * are the library's own count of bytes and lines, and libxml2 receives whole constructs only: its
 * reports depend neither on its release nor on how the document was split.
 */
#ifndef PROVI_PROFILE_PRIV_H
#define PROVI_PROFILE_PRIV_H

#include <provision/profile.h>

#include <string.h>

#include <libxml/parser.h>

#include "base/buffer.h"
#include "profile/alias.h"

enum {
    PROVI_PROFILE_PIECE = 5088,   /* bytes scanned at a time; a parser has 8 KiB with them */
    PROVI_PROFILE_MAX_TAG = 4096, /* bytes of one start tag: attributes cost libxml2 their square */
    PROVI_PROFILE_MAX_LABEL = 24, /* of an encoding, with its NUL */
    PROVI_PROFILE_FEW = 3,        /* of many, those that are named in warnings */
};

/* A place in the document. */
struct provi_profile_place {
    uint64_t offset;
    uint32_t line;
    uint32_t column;
};

/* The construct around a byte. */
enum provi_profile_inside {
    PROVI_IN_CONTENT, /* tags and text */
    PROVI_IN_CDATA,
    PROVI_IN_COMMENT,
    PROVI_IN_INSTRUCTION,
};

/* Sizes of the table of the first names of a document. */
enum {
    PROVI_PROFILE_NAME_SLOTS = 128,
    PROVI_PROFILE_MAX_NAMES = 64,
    PROVI_PROFILE_NAMES_BYTES = 896,
};

/* The first names of a document. */
struct provi_profile_names {
    uint16_t n;
    uint16_t starts[PROVI_PROFILE_MAX_NAMES + 1]; /* of each in `text`, and of the next */
    uint8_t slots[PROVI_PROFILE_NAME_SLOTS];      /* 1 and the number of one; 0: free */
    char text[PROVI_PROFILE_NAMES_BYTES];         /* each with a NUL at its end */
};

/* An element that no entry of the alias map names. */
struct provi_profile_unnamed {
    const xmlChar *name;
    uint32_t line;
};

/* The open parameter. */
struct provi_profile_open_param {
    uint32_t depth; /* of its element; 0: no parameter is open */
    bool is_alias;  /* the alias map has it */
    bool is_self_closing;
    bool is_spoilt;        /* has content that is no text: not passed to the handler */
    const xmlChar *tag;    /* its name, interned */
    uint64_t line_start;   /* offset of the line with its start tag */
    struct prov_param out; /* for the handler; without its value */
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
    bool is_sent_plain;
    bool is_thorough; /* tests only: plain parameters go to libxml2 like all others */
    struct provi_alias_map *aliases; /* NULL: none */
    struct provi_buffer bind_name;
    struct provi_buffer bind_value;

    /* The document. */
    prov_status failed;      /* PROV_OK while well; otherwise every call repeats `error` */
    struct prov_error error; /* the first failure */
    bool is_freed;           /* freed from the handler: released when the call returns */
    bool is_running;         /* inside a call: a callback must not call again */
    bool is_finished;
    struct prov_profile_result result;

    /* Pieces (pieces.c). */
    bool has_lead;         /* the first '<' was read */
    char *piece;           /* room for one and a NUL; NULL: no byte was read yet */
    size_t piece_len;      /* bytes in `piece` */
    uint64_t piece_offset; /* of its first byte in the document */
    const char *counted;   /* up to here line breaks are */
    uint32_t line;         /* 1 and the line breaks counted */
    uint64_t line_start;   /* offset of the byte after the last of them */

    /* Markup (scan.c). */
    enum provi_profile_inside inside;
    struct provi_profile_place construct;   /* start of that construct */
    bool is_warned_of_comment;              /* of the current comment */
    uint32_t n_bad_texts;                   /* between elements, that are not UTF-8 */
    bool is_warned_of_bytes;                /* once a document */
    bool is_warned_of_template;             /* once a document */
    bool has_php;                           /* a script that a server should have run */
    bool is_in_php;                         /* the current instruction is one */
    struct provi_profile_place php;         /* where the first one starts */
    char encoding[PROVI_PROFILE_MAX_LABEL]; /* as the XML declaration says; may be empty */
    const char *fed_end;                    /* end of the bytes passed to libxml2 */
    const char *known;                      /* well-formed up to here: after a start tag ... */
    uint32_t known_depth;                   /* ... with so many elements open */
    const char *known_cdata;                /* where it starts inside of CDATA, else NULL */
    size_t n_slow; /* bytes passed to libxml2 before the next search for plain parameters */

    /* libxml2 (xml.c). */
    xmlParserCtxt *xml; /* NULL: it has not been needed yet */
    xmlDict *dict;
    const xmlChar *ua;   /* its copy of that name */
    uint32_t n_doubtful; /* uses of namespaces */

    /* Elements (element.c). */
    struct provi_profile_names names;
    const xmlChar *flat_profile; /* that name, interned */
    const xmlChar **open;        /* names of the open elements, `limits.max_depth` of them */
    uint32_t *lines;             /* and where they were opened, as many */
    uint32_t *declared;          /* and how many namespaces they declared, while any is in scope */
    uint32_t n_namespaces;       /* in scope */
    uint32_t depth;              /* how many are open */
    bool has_root;
    bool has_profile; /* there was a flat-profile */
    bool has_spoilt;  /* there was a parameter that keeps its old value */
    bool is_leaf;     /* no element has ended since the last started */
    struct provi_profile_open_param param;
    struct provi_buffer value;
    struct provi_buffer plain; /* a value whose references are resolved (plain.c) */
    const xmlChar *last_tag;   /* of the parameter before */
    struct provi_profile_place root;
    struct provi_profile_unnamed nearly; /* flat-profile in another case; NULL: none */
    struct provi_profile_unnamed unnamed[PROVI_PROFILE_FEW];
};

/* fail.c: ending in failure. */

/** Mark the parser failed with the error that provi_fail() just wrote to `parser->error`. */
prov_status provi_profile_stop(prov_profile_parser *parser, struct provi_profile_place place);

/** libxml2 reported a fault: describe it in a message of our own; libxml2's may quote a value. */
void provi_profile_xml_error(prov_profile_parser *parser, int code);

/** There is no root element, where the document ends. */
prov_status provi_profile_fail_rootless(prov_profile_parser *parser);

/** No memory, or libxml2's table of names is full. */
prov_status provi_profile_fail_names(prov_profile_parser *parser);

/** The document ends too early. */
prov_status provi_profile_fail_cut(prov_profile_parser *parser);

/* fault.c: faults in XML, and their places. */

/**
 * Find the first fault after `parser->known`, and stop the parser with it.
 *
 * @param to   Up to here, and the end of the construct here.
 * @param end  End of the available bytes.
 * @return False: there is none.
 */
bool provi_profile_find_fault(prov_profile_parser *parser, const char *to, const char *end);

/** Stop at the first character from @p from on that XML does not allow; there is one. */
void provi_profile_find_bad_char(prov_profile_parser *parser, const char *from, const char *end);

/* interned.c */

/** The interned copy of a name, with a NUL; NULL: no memory, and the parser has failed. */
const xmlChar *provi_profile_intern(prov_profile_parser *parser, prov_str name);

/* pieces.c */

/** Take bytes in any split. */
prov_status provi_profile_take(prov_profile_parser *parser, const char *data, size_t len);

/** All bytes have been taken. */
prov_status provi_profile_end(prov_profile_parser *parser);

/* tags.c */

static inline uint64_t provi_profile_offset_of(const prov_profile_parser *parser, const char *at)
{
    return parser->piece_offset + (uint64_t)(at - parser->piece);
}

/** A line starts at @p at. */
static inline void provi_profile_next_line(prov_profile_parser *parser, const char *at)
{
    parser->line++;
    parser->line_start = provi_profile_offset_of(parser, at);
}

/** Count the line breaks up to @p to; places must not decrease from call to call. */
void provi_profile_count_to(prov_profile_parser *parser, const char *to);

/** The place of @p at, as for provi_profile_count_to(). */
struct provi_profile_place provi_profile_place_of(prov_profile_parser *parser, const char *at);

/** The first @p wanted, two bytes or more, in a text, or NULL. */
const char *provi_profile_find(const char *from, const char *end, prov_str wanted);

/**
 * The end of a tag.
 *
 * @param at  In its name, or after it.
 * @param[out] is_broken  A '<' precedes its end.
 * @return After its '>'; that '<'; NULL: the tag is not whole.
 */
const char *provi_profile_tag_end(const char *at, const char *end, bool *is_broken);

/** The first start tag after `parser->known`, or NULL. */
const char *provi_profile_next_tag(const prov_profile_parser *parser, const char *end);

/**
 * The first mark of a template, such as `{%`, in text directly in a flat profile; or NULL. All tags
 * up to @p at have been read, and none from there on.
 */
const char *provi_profile_find_template(const prov_profile_parser *parser, const char *at,
                                        const char *end);

/* scan.c */

/**
 * Scan the piece from @p at on, and pass whole constructs to libxml2.
 *
 * @param is_last  The document ends with this piece.
 * @return Bytes of the piece that are done; the rest waits for the next piece.
 */
size_t provi_profile_scan(prov_profile_parser *parser, size_t at, bool is_last);

/* plain.c */

/** Where an ASCII character may be used as it is. */
enum { PROVI_IS_NAME = 1, PROVI_IS_TEXT = 2, PROVI_IS_VALUE = 4 };

/** Kinds of each byte. NUL, which ends the piece, has none; '>' is no text here. */
extern const unsigned char provi_profile_kinds[256];

/** Skip the bytes of a kind at @p at, in the piece. */
static inline const char *provi_profile_pass(const char *at, int kind)
{
    while (provi_profile_kinds[(unsigned char)*at] & kind)
        at++;
    return at;
}

/** A parameter of the flat profile that needs no XML parser. */
struct provi_profile_plain {
    prov_str name;   /* in the piece, after the '<' of its tag */
    prov_str ua;     /* NULL data: none */
    prov_str value;  /* in the piece, or in `parser->plain` */
    const char *end; /* of its start tag */
    bool is_self_closing;
    bool has_odd_ua; /* an attribute of another name has a value of `ua` */
};

/**
 * Read parameters from @p at on while they are plain. libxml2 must have received all bytes before.
 *
 * @param[out] is_cut  The text at the result may be plain, but is not whole.
 * @return The first byte that has to be read in another way.
 */
const char *provi_profile_plain(prov_profile_parser *parser, const char *at, bool *is_cut);

/* xml.c */

/** Check the limit on the memory that names occupy. */
prov_status provi_profile_check_kept(prov_profile_parser *parser);

prov_status provi_profile_xml_open(prov_profile_parser *parser);
void provi_profile_xml_close(prov_profile_parser *parser);

/** Pass a part of the piece, which may be empty. */
prov_status provi_profile_xml_feed(prov_profile_parser *parser, const char *data, size_t len);

/** End the document. */
prov_status provi_profile_xml_end(prov_profile_parser *parser);

/* element.c: the SAX callbacks. */

void provi_profile_on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
                            const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                            int n_attributes, int n_defaulted, const xmlChar **attributes);
void provi_profile_on_end(void *ctx, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri);
void provi_profile_on_text(void *ctx, const xmlChar *text, int len);
void provi_profile_on_cdata(void *ctx, const xmlChar *text, int len);

/** A parameter that was read without libxml2. */
void provi_profile_on_plain(prov_profile_parser *parser, const struct provi_profile_plain *plain);

/**
 * An instruction starts here.
 *
 * @param is_of_xml  Its target belongs to XML, as that of the XML declaration does.
 */
void provi_profile_on_instruction(prov_profile_parser *parser, uint32_t line, bool is_of_xml);

/** The root element has been closed: check that the document is a profile. */
prov_status provi_profile_check_whole(prov_profile_parser *parser);

/** Count a warning and report it to the handler. */
void provi_profile_warn(prov_profile_parser *parser, enum prov_profile_warning kind, prov_str name,
                        uint32_t line);

/* value.c: pure functions on values. */

/** Replace line breaks (CR, LF, CR LF) by one space each, in place; trim blanks at both ends. */
prov_str provi_profile_tidy(char *text, size_t len);

/** The access of a value of `ua`; PROV_ACCESS_KEEP: it is invalid. */
uint8_t provi_profile_access(prov_str ua);

/** Equal; two MAC addresses are compared without regard to case and separators. */
bool provi_profile_same_identity(prov_str a, prov_str b);

#endif
