/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Inside the parser: bytes ▸ pieces (pieces.c) ▸ markup (scan.c) ▸ plain parameters (plain.c) or
 * libxml2 (xml.c) ▸ elements (element.c) ▸ parameters.
 *
 * scan.c finds every tag, comment, instruction and CDATA section before libxml2 reads it. So places
 * are counted by the library, and libxml2 receives only whole constructs: the result depends
 * neither on the release of libxml2 nor on how the document was split.
 */
#ifndef PROVI_PROFILE_PRIV_H
#define PROVI_PROFILE_PRIV_H

#include <provision/profile.h>

#include <string.h>

#include <libxml/parser.h>

#include "base/buffer.h"
#include "profile/alias.h"

enum {
    PROVI_PROFILE_PIECE = 5088,   /* bytes scanned at once; with them, a parser has 8 KiB */
    PROVI_PROFILE_MAX_TAG = 4096, /* bytes of one start tag: libxml2 needs quadratic time */
    PROVI_PROFILE_MAX_LABEL = 24, /* longest name of an encoding, with a NUL */
    PROVI_PROFILE_FEW = 3,        /* number of warnings of one kind that contain a name */
};

/* A place in the document. */
struct provi_profile_place {
    uint64_t offset;
    uint32_t line;
    uint32_t column;
};

/* The construct around a byte. */
enum provi_profile_inside {
    PROVI_IN_CONTENT, /* between tags */
    PROVI_IN_CDATA,
    PROVI_IN_COMMENT,
    PROVI_IN_INSTRUCTION,
};

/* Sizes of the table of the first names of a document. */
enum {
    PROVI_PROFILE_NAME_BITS = 7,
    PROVI_PROFILE_NAME_SLOTS = 1 << PROVI_PROFILE_NAME_BITS,
    PROVI_PROFILE_MAX_NAMES = 64,
    PROVI_PROFILE_NAMES_BYTES = 896,
};

/* The first names of a document. */
struct provi_profile_names {
    uint16_t n;
    uint16_t starts[PROVI_PROFILE_MAX_NAMES + 1]; /* of each name in `text`, and of the next one */
    uint8_t slots[PROVI_PROFILE_NAME_SLOTS];      /* number of a name plus 1; 0: free */
    char text[PROVI_PROFILE_NAMES_BYTES];         /* each name is terminated by a NUL */
};

/* An element for which the alias map has no entry. */
struct provi_profile_unnamed {
    const xmlChar *name;
    uint32_t line;
};

/* The open parameter. */
struct provi_profile_open_param {
    uint32_t depth; /* depth of its element; 0: no parameter is open */
    bool is_alias;  /* found by the alias map */
    bool is_self_closing;
    bool is_spoilt;        /* has content other than text: not passed to the handler */
    const xmlChar *tag;    /* name of its element, interned */
    uint64_t line_start;   /* offset of the line with its start tag */
    struct prov_param out; /* for the handler; without the value */
};

struct prov_profile_parser {
    /* Options. */
    struct prov_alloc alloc;
    struct prov_limits limits;
    struct prov_dialect dialect;
    struct prov_profile_handler handler;
    const struct prov_catalogue *catalogue;
    bool strict_names;
    bool self_closing_ua_clears;
    bool is_sent_plain;
    bool is_thorough;                /* tests only: libxml2 reads plain parameters too */
    struct provi_alias_map *aliases; /* NULL: none */
    struct provi_buffer bind_name;
    struct provi_buffer bind_value;

    /* State. */
    prov_status failed;      /* not PROV_OK: every call repeats `error` */
    struct prov_error error; /* the first failure */
    bool is_freed;           /* freed from the handler: released when the call returns */
    bool is_running;         /* inside a call, from which a callback must not make another */
    bool is_finished;
    struct prov_profile_result result;

    /* Pieces (pieces.c). */
    bool has_lead;         /* the first '<' was read */
    char *piece;           /* room for a piece and a NUL; NULL: no byte was read yet */
    size_t piece_len;      /* bytes in `piece` */
    uint64_t piece_offset; /* offset of its first byte in the document */
    const char *counted;   /* line breaks before this are counted */
    uint32_t line;         /* number of counted line breaks plus 1 */
    uint64_t line_start;   /* offset of the byte after the last counted line break */

    /* Markup (scan.c). */
    enum provi_profile_inside inside;
    struct provi_profile_place construct;   /* start of the construct that `inside` names */
    bool is_warned_of_comment;              /* a warning of the current comment was reported */
    uint32_t n_bad_texts;                   /* texts between elements that are not UTF-8 */
    bool is_warned_of_bytes;                /* reported once for each document */
    bool is_warned_of_template;             /* reported once for each document */
    bool has_php;                           /* there is a script that a server should have run */
    bool is_in_php;                         /* the current instruction is such a script */
    struct provi_profile_place php;         /* where the first one starts */
    char encoding[PROVI_PROFILE_MAX_LABEL]; /* from the XML declaration; may be empty */
    const char *fed_end;                    /* end of the bytes passed to libxml2 */
    const char *known;       /* well-formed before this, which is after a start tag */
    uint32_t known_depth;    /* number of elements open there */
    const char *known_cdata; /* start of the CDATA section that `known` is in; NULL: none */
    size_t n_slow; /* bytes passed to libxml2 before the next attempt to read plain parameters */

    /* libxml2 (xml.c). */
    xmlParserCtxt *xml; /* NULL: not needed yet */
    xmlDict *dict;
    const xmlChar *ua;   /* libxml2's copy of the name */
    uint32_t n_doubtful; /* uses of namespaces */

    /* Elements (element.c). */
    struct provi_profile_names names;
    const xmlChar *flat_profile; /* the name, interned */
    const xmlChar **open;  /* names of the open elements, `limits.max_depth` of them; the start
                                    of the block of all arrays. NULL: no byte was read yet */
    uint32_t *lines;       /* line of each start tag; as many */
    uint32_t *declared;    /* number of namespaces that each declares, while any is in scope */
    uint32_t n_namespaces; /* number of namespaces in scope */
    uint32_t depth;        /* number of open elements */
    bool has_root;
    bool has_profile; /* a flat-profile was read */
    bool has_spoilt;  /* a parameter had markup inside, and keeps its old value */
    bool is_leaf;     /* no element has ended since the last start tag */
    struct provi_profile_open_param param;
    struct provi_buffer value;
    struct provi_buffer plain; /* a value whose references are resolved (plain.c) */
    const xmlChar *last_tag;   /* of the previous parameter */
    struct provi_profile_place root;
    struct provi_profile_unnamed nearly; /* flat-profile in another case; NULL: none */
    struct provi_profile_unnamed unnamed[PROVI_PROFILE_FEW];
};

/** Size of the block of `open`, `lines`, `declared` and `piece`. */
static inline size_t provi_profile_block_size(const prov_profile_parser *parser)
{
    size_t size_of_one = sizeof *parser->open + sizeof *parser->lines + sizeof *parser->declared;
    return parser->limits.max_depth * size_of_one + PROVI_PROFILE_PIECE + 1;
}

/* fail.c: failures. */

/** Make the parser failed, with the error that provi_fail() just wrote to `parser->error`. */
prov_status provi_profile_stop(prov_profile_parser *parser, struct provi_profile_place place);

/** Fail for lack of memory, at the start of the document. */
prov_status provi_profile_fail_nomem(prov_profile_parser *parser);

/**
 * libxml2 reported a fault: fail with a message of the library. The message of libxml2 may quote a
 * value.
 */
void provi_profile_xml_error(prov_profile_parser *parser, int code);

/** Fail at the end of a document without a root element. */
prov_status provi_profile_fail_rootless(prov_profile_parser *parser);

/** Fail: no memory, or the name table of libxml2 is full. */
prov_status provi_profile_fail_names(prov_profile_parser *parser);

/** Fail at the end of a document that is incomplete. */
prov_status provi_profile_fail_cut(prov_profile_parser *parser);

/* fault.c: faults in XML, and their places. */

/**
 * Find the first fault after `parser->known`, and stop the parser there.
 *
 * @param to   Check up to here, and to the end of the construct here.
 * @param end  End of the available bytes.
 * @return False: there is none.
 */
bool provi_profile_find_fault(prov_profile_parser *parser, const char *to, const char *end);

/** Stop at the first character from @p from on that XML does not allow; there must be one. */
void provi_profile_find_bad_char(prov_profile_parser *parser, const char *from, const char *end);

/* interned.c */

/** The interned copy of a name, NUL-terminated; NULL: no memory, and the parser has failed. */
const xmlChar *provi_profile_intern(prov_profile_parser *parser, prov_str name);

/* pieces.c */

/** Process bytes, in any split. */
prov_status provi_profile_push(prov_profile_parser *parser, const char *data, size_t len);

/** Process the end of the document. */
prov_status provi_profile_end(prov_profile_parser *parser);

/* tags.c */

static inline uint64_t provi_profile_offset_of(const prov_profile_parser *parser, const char *at)
{
    return parser->piece_offset + (uint64_t)(at - parser->piece);
}

/** Record that a line starts at @p at. */
static inline void provi_profile_next_line(prov_profile_parser *parser, const char *at)
{
    parser->line++;
    parser->line_start = provi_profile_offset_of(parser, at);
}

/** Count the line breaks before @p to, which must not decrease from call to call. */
void provi_profile_count_to(prov_profile_parser *parser, const char *to);

/** The place of @p at, as for provi_profile_count_to(). */
struct provi_profile_place provi_profile_place_of(prov_profile_parser *parser, const char *at);

/** Find @p wanted, two bytes or more; NULL: it is not there. */
const char *provi_profile_find(const char *from, const char *end, prov_str wanted);

/**
 * Find the end of a tag.
 *
 * @param at  In its name, or after it.
 * @param[out] is_broken  A '<' precedes its end.
 * @return After its '>'; at that '<'; NULL: the tag is incomplete.
 */
const char *provi_profile_tag_end(const char *at, const char *end, bool *is_broken);

/** Find the first start tag after `parser->known`; NULL: none. */
const char *provi_profile_next_tag(const prov_profile_parser *parser, const char *end);

/**
 * Find the first mark of a template, such as `{%`, in text directly inside a flat profile; NULL:
 * none. All tags before @p at have been read, and none after it.
 */
const char *provi_profile_find_template(const prov_profile_parser *parser, const char *at,
                                        const char *end);

/* scan.c */

/**
 * Scan the piece from @p at on, and pass whole constructs to libxml2.
 *
 * @param is_last  The document ends with this piece.
 * @return Number of bytes of the piece that were processed; the others must be in the next piece.
 */
size_t provi_profile_scan(prov_profile_parser *parser, size_t at, bool is_last);

/* plain.c */

/** Where an ASCII character is allowed without an escape. */
enum { PROVI_IS_NAME = 1, PROVI_IS_TEXT = 2, PROVI_IS_VALUE = 4 };

/** Kinds of each byte. NUL, which ends the piece, has none; '>' is not allowed in text here. */
extern const unsigned char provi_profile_kinds[256];

/** Skip the bytes of a kind at @p at, in the piece. */
static inline const char *provi_profile_pass(const char *at, int kind)
{
    while (provi_profile_kinds[(unsigned char)*at] & kind)
        at++;
    return at;
}

/** A parameter of the flat profile that was read without libxml2. */
struct provi_profile_plain {
    prov_str name;   /* in the piece */
    prov_str ua;     /* NULL data: none */
    prov_str value;  /* in the piece, or in `parser->plain` */
    const char *end; /* end of its start tag */
    bool is_self_closing;
    bool has_odd_ua; /* an attribute other than `ua` has a value that would be valid for it */
};

/**
 * Read parameters from @p at on while they are plain. libxml2 must have received all bytes before.
 *
 * @param[out] is_cut  The text at the result may be plain, but is incomplete.
 * @return The first byte that is to be read otherwise.
 */
const char *provi_profile_plain(prov_profile_parser *parser, const char *at, bool *is_cut);

/* xml.c */

/** Check the limit on the memory for names. */
prov_status provi_profile_check_kept(prov_profile_parser *parser);

/** Create libxml2's parser, if there is none. On failure the parser has failed. */
prov_status provi_profile_xml_open(prov_profile_parser *parser);
void provi_profile_xml_close(prov_profile_parser *parser);

/** Pass a part of the piece, which may be empty, to libxml2. */
prov_status provi_profile_xml_feed(prov_profile_parser *parser, const char *data, size_t len);

/** End the document in libxml2. */
prov_status provi_profile_xml_end(prov_profile_parser *parser);

/* element.c: the SAX callbacks. */

void provi_profile_on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
                            const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                            int n_attributes, int n_defaulted, const xmlChar **attributes);
void provi_profile_on_end(void *ctx, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri);
void provi_profile_on_text(void *ctx, const xmlChar *text, int len);
void provi_profile_on_cdata(void *ctx, const xmlChar *text, int len);

/**
 * Read a tag of the flat profile without libxml2, as long as that is not open: most profiles need
 * no XML parser for anything in them.
 *
 * @param text  In the piece: a part of the document that is not a parameter.
 * @return False: libxml2 has to read it, since it is neither blank nor only such a tag.
 */
bool provi_profile_on_root(prov_profile_parser *parser, prov_str text);

/** Process a parameter that was read without libxml2. */
void provi_profile_on_plain(prov_profile_parser *parser, const struct provi_profile_plain *plain);

/**
 * Process the start of an instruction.
 *
 * @param is_of_xml  Its target is reserved, like that of the XML declaration.
 */
void provi_profile_on_instruction(prov_profile_parser *parser, uint32_t line, bool is_of_xml);

/** Check, once the root element is closed, that the document is a profile. */
prov_status provi_profile_check_whole(prov_profile_parser *parser);

/** Count a warning and report it to the handler. */
void provi_profile_warn(prov_profile_parser *parser, enum prov_profile_warning kind, prov_str name,
                        uint32_t line);

/* value.c: functions on values. */

/** Replace line breaks (CR, LF, CR LF) by one space each, in place; trim blanks at both ends. */
prov_str provi_profile_tidy(char *text, size_t len);

/** The access of a value of `ua`; PROV_ACCESS_KEEP: it is invalid. */
uint8_t provi_profile_access(prov_str ua);

/** Whether two identities are equal; MAC addresses are compared without case and separators. */
bool provi_profile_same_identity(prov_str a, prov_str b);

#endif
