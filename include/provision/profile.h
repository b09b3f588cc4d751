/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The flat profile: push parser and writer. Usable alone.
 *
 * The parser passes each parameter to a callback as soon as it is complete, and stores none of
 * them. Source: MPP Administration Guide 11.3, "Provisioning Formats"; docs/profiles.md.
 */
#ifndef PROVISION_PROFILE_H
#define PROVISION_PROFILE_H

#include <provision/base.h>
#include <provision/catalogue.h>
#include <provision/dialect.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Access of the phone's user to a parameter: the `ua` attribute. */
enum prov_access {
    PROV_ACCESS_KEEP = 0,  /**< not named: as it was */
    PROV_ACCESS_NONE = 1,  /**< `na` */
    PROV_ACCESS_READ = 2,  /**< `ro` */
    PROV_ACCESS_WRITE = 3, /**< `rw` */
    PROV_ACCESS_DEFAULT =
        4, /**< back to the parameter's default (`prov_dialect.missing_ua_resets`) */
};

/** `prov_param.has_value`: the effect on the value. */
enum {
    PROV_VALUE_STAYS = 0,  /**< only access changes */
    PROV_VALUE_GIVEN = 1,  /**< `value` takes its place */
    PROV_VALUE_FORGET = 2, /**< as if it had never been set: only in a rollback */
};

/**
 * The layer that set a value. The user's value precedes the server's, and that precedes the
 * default.
 */
enum prov_layer {
    PROV_LAYER_SERVER = 0, /**< provisioning: a profile, a rule */
    PROV_LAYER_USER = 1,   /**< the device's user, as far as `ua` allows */
    PROV_LAYER_ANY = 2,    /**< the layer whose value applies; only as an argument of a query */
};

/** Origin of a value. */
struct prov_source {
    size_t size;
    prov_str rule; /**< parameter with the rule, e.g. `Profile_Rule_B`, or another name for the
                         origin */
    prov_str url;  /**< of the file, without user, password, query and key; empty: no file */
    int64_t
        wall_s; /**< when, UTC seconds; -1: the clock was not set. A store takes 0, as in a zeroed
                         struct, as -1 */
};

/** One parameter on its way from a document to a store. */
struct prov_param {
    size_t size;
    prov_str name;     /**< as in the catalogue if it is there, else as written; borrowed */
    prov_str value;    /**< trimmed, entities resolved, UTF-8; borrowed; may be secret. To be
                              forgotten: its default, for a host that cannot forget */
    uint8_t has_value; /**< PROV_VALUE_… ; not 0: there is a `value` */
    uint8_t access;    /**< enum prov_access */
    uint8_t layer;     /**< enum prov_layer */
    uint8_t reserved;  /**< 0 */
    uint32_t line;     /**< 1-based line of its start tag; 0: not from a document */
    uint64_t offset;   /**< byte offset of its start tag in the XML */
    /**
     * Its entry in the catalogue as a parser found it; NULL: it has none, or the parameter does not
     * come from a parser.
     */
    const struct prov_param_info *info;
    const struct prov_source *source; /**< NULL: not known; borrowed */
};

/** Warnings about a document that was accepted. */
enum prov_profile_warning {
    PROV_WARN_UNKNOWN_NAME = 1, /**< neither the catalogue nor the host has such a parameter */
    PROV_WARN_CASE = 2,         /**< accepted under its proper spelling */
    PROV_WARN_DUPLICATE = 3,    /**< set twice in a row; the last wins */
    PROV_WARN_BAD_ACCESS = 4,   /**< `ua` is not na, ro or rw: ignored */
    PROV_WARN_BAD_VALUE = 5,    /**< does not fit its type: the old value stays */
    PROV_WARN_READ_ONLY = 6,    /**< not to be set by provisioning: ignored */
    /** An element inside a parameter, whose old value stays, or an unknown element: ignored. */
    PROV_WARN_NESTED = 7,
    PROV_WARN_EMPTY = 8, /**< the document names no parameter */
    PROV_WARN_ALIAS = 9, /**< alias entries beyond the 30th, or not to `/flat-profile/…`: ignored */
    PROV_WARN_NO_PROXY = 10, /**< `Proxy_Mode` requires a proxy but no parameter names one: fetched
                                  without; from an agent, not from a profile */
    PROV_WARN_CONTENT_CODING = 11, /**< the server's `Content-Encoding` is no content coding, such
                                  as a charset: ignored; from an agent, not from a profile */
    /** A processing instruction, e.g. `<?php …?>`, inside a parameter: its old value stays. */
    PROV_WARN_INSTRUCTION = 12,
    /**
     * Bytes that are not UTF-8 in a comment or between elements: ignored. Reported once per
     * document; `name` is the encoding that its XML declaration names, or empty.
     */
    PROV_WARN_ENCODING = 13,
    /**
     * `<!--` inside a comment: an earlier comment was not closed, and may contain parameters, which
     * are ignored.
     */
    PROV_WARN_COMMENT = 14,
    /**
     * An entry of the alias map matches no element; `name` is its path. Reported for the first few
     * entries.
     */
    PROV_WARN_ALIAS_UNUSED = 15,
    /**
     * An element that no entry of the alias map names, if an entry matched nothing. Reported for
     * the first few elements.
     */
    PROV_WARN_NO_ALIAS = 16,
    /**
     * A processing instruction outside of parameters, e.g. `<?php …?>`, before the end of the root
     * element: ignored, and its intended output is missing. The XML declaration and other
     * instructions whose target begins with `xml` are not reported.
     */
    PROV_WARN_STRAY_INSTRUCTION = 17,
    /** An attribute with the value na, ro or rw whose name is not `ua`: ignored. */
    PROV_WARN_ATTRIBUTE = 18,
    PROV_WARN_NOT_HHMM = 20, /**< kept as written, but no time of day: counts as unset */
    PROV_WARN_NO_RULES = 21, /**< `Profile_Rule` to `_D` are all empty now: no resync fetches any
                                  file; from an agent, after the commit */
    /**
     * Text between elements that a template engine did not replace, e.g. `{% if %}`, `{{ name }}`
     * or `${name}`: ignored, and its intended output is missing. Reported once per document, for
     * the first one.
     */
    PROV_WARN_TEMPLATE = 22,
    PROV_WARN_PLAIN_PASSWORD = 23, /**< the server asked for Basic over plain HTTP, and everyone on
                                  the way can read the password: use `https` in the rule, or have
                                  the server ask for Digest; from an agent, not from a profile */
};

/** Receiver of the content of a document. Frozen for good. */
struct prov_profile_handler {
    /**
     * REQUIRED. One complete parameter; its value is borrowed for the call, its name until the
     * parser is freed: the same name is at the same address each time. Provisional until the parser
     * has finished.
     *
     * @return PROV_OK. Every other status ends the parse, which returns it.
     */
    prov_status (*param)(void *ctx, const struct prov_param *param, struct prov_error *err);
    /** OPTIONAL. @p name is borrowed for the call; @p kind is enum prov_profile_warning. */
    void (*warning)(void *ctx, uint32_t kind, prov_str name, uint32_t line);
    void *ctx;
};

/** How to read a document. */
struct prov_profile_options {
    size_t size;
    const struct prov_alloc *alloc;         /**< copied; NULL: the C library */
    const struct prov_limits *limits;       /**< copied; NULL: defaults */
    const struct prov_dialect *dialect;     /**< copied; NULL: MPP */
    const struct prov_catalogue *catalogue; /**< borrowed; NULL: the library's parameters only */
    prov_str alias_map;                     /**< text of the `--alias` GPP; copied */
    prov_str bind_name;             /**< e.g. `MAC_Address`: if present, its value must equal … */
    prov_str bind_value;            /**< … this, else PROV_E_POLICY. Both copied */
    uint8_t strict_names;           /**< 1: a name that differs in case is another name */
    uint8_t self_closing_ua_clears; /**< 1: `<X ua="…"/>` empties the value */
    /**
     * 1: the document was not decrypted on its way. Then the message about one that is no XML shows
     * its first bytes, at most 24; bytes that are not UTF-8 are ignored, with a warning, in
     * comments, instructions and between elements, and control characters in the first two. 0:
     * content is never shown, and such bytes refuse the document: a tampered ciphertext has them.
     */
    uint8_t sent_plain;
    uint8_t reserved[5]; /**< 0 */
};

/** Counts of a parser. */
struct prov_profile_result {
    size_t size;
    uint64_t bytes;       /**< of XML */
    uint64_t n_params;    /**< passed to the handler */
    uint64_t n_warnings;  /**< likewise */
    uint64_t n_unmatched; /**< entries of the alias map that matched nothing; after the finish */
    uint64_t n_unnamed;   /**< elements without children that the alias map does not name */
};

/** A running parser. */
typedef struct prov_profile_parser prov_profile_parser;

/**
 * Start reading one document.
 *
 * @param[out] out      New; ended by prov_profile_parser_free(). NULL on failure.
 * @param      opt      NULL: all defaults.
 * @param      handler  Copied; the object at `ctx` must outlive the parser.
 * @param[out] err  For an alias map, the place in its text. May be NULL.
 * @return PROV_OK; PROV_E_SYNTAX for a malformed `alias_map`; PROV_E_NOMEM; PROV_E_ABI;
 *         PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_profile_parser_new(prov_profile_parser **out,
                                             const struct prov_profile_options *opt,
                                             const struct prov_profile_handler *handler,
                                             struct prov_error *err);

/**
 * Parse the next bytes; every split gives the same parameters and the same error at the same
 * offset.
 *
 * The parser processes the bytes in pieces of a few KiB, so it may report a parameter or a fault
 * some calls after its last byte.
 *
 * @param      data  Borrowed for the call. NULL is fine when @p len is 0.
 * @param      len   Bytes at @p data; may be 0.
 * @param[out] err   `line`, `column`, `offset` of the tag, attribute, reference or character at
 *                   fault; `subject` is the open parameter, the innermost element or the one whose
 *                   tag is wrong. Never a value. May be NULL.
 * @return PROV_OK; PROV_E_CORRUPT: not a profile; PROV_E_LIMIT; PROV_E_POLICY: bound to another
 *         device; PROV_E_NOMEM; any status of the handler. The parser has then failed for good:
 *         every later call repeats the status and @p err. PROV_E_STATE after the finish or from the
 *         handler's callbacks, PROV_E_INVALID: nothing happened. PROV_E_CANCELLED: a callback freed
 *         the parser.
 * @since 0.1. Not from the handler's callbacks.
 */
PROV_API prov_status prov_profile_parser_write(prov_profile_parser *parser, const void *data,
                                               size_t len, struct prov_error *err);

/**
 * End of input: check that the document is complete. The handler's parameters become final only
 * with PROV_OK.
 *
 * @return As prov_profile_parser_write(), and PROV_E_TRUNCATED: it ends before its root element is
 *         closed. PROV_E_CORRUPT also when it has no `<flat-profile>`, and the alias map matched
 *         nothing.
 * @since 0.1. Not from the handler's callbacks.
 */
PROV_API prov_status prov_profile_parser_finish(prov_profile_parser *parser,
                                                struct prov_error *err);

/**
 * The parser as a sink, e.g. the next one of a decoder.
 *
 * @return Valid until prov_profile_parser_free(). Its functions are prov_profile_parser_write() and
 *         prov_profile_parser_finish().
 * @since 0.1. Safe from any callback.
 */
PROV_API struct prov_sink prov_profile_parser_sink(prov_profile_parser *parser);

/**
 * Return the counts so far.
 *
 * @param[in,out] out  `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from the handler's callbacks.
 */
PROV_API prov_status prov_profile_parser_result(const prov_profile_parser *parser,
                                                struct prov_profile_result *out);

/**
 * Free a parser and wipe its memory. If called from the handler's callbacks, the parser is freed
 * when the write or finish returns, with PROV_E_CANCELLED, and no callback follows.
 *
 * @param parser  NULL is fine.
 * @since 0.1. Safe from any callback.
 */
PROV_API void prov_profile_parser_free(prov_profile_parser *parser);

/** A running writer of one document. */
typedef struct prov_profile_writer prov_profile_writer;

/** How to write. */
struct prov_profile_writer_options {
    size_t size;
    const struct prov_alloc *alloc;         /**< copied; NULL: the C library */
    const struct prov_catalogue *catalogue; /**< borrowed; NULL: the library's parameters only */
    prov_str root;                          /**< copied; empty: `flat-profile` */
    /**
     * 1: for a report. Keys (`GPP_SA`..`GPP_SD`, `IKM_HTTP_Encrypt_Content`) are left out; other
     * parameters for which prov_catalogue_is_secret() holds are written empty.
     */
    uint8_t omit_secrets;
    uint8_t reserved[7]; /**< 0 */
};

/**
 * Start writing one document; its first line goes out with the first parameter or the finish.
 *
 * @param[out] out   New; ended by prov_profile_writer_free(). NULL on failure.
 * @param      opt   Borrowed for the call. NULL: all defaults.
 * @param      next  Receives the XML and a `finish`. Copied.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_profile_writer_new(prov_profile_writer **out,
                                             const struct prov_profile_writer_options *opt,
                                             struct prov_sink next, struct prov_error *err);

/**
 * Write `<name ua="…">value</name>`; without `has_value`, `<name ua="…"/>`. With `strict_names` it
 * parses back to the same name (a synonym: to its main name), value and access.
 *
 * @param      param  Texts borrowed for the call; `line` and `offset` are ignored. Not NULL.
 * @param[out] err    `subject` is the name. May be NULL.
 * @return PROV_OK; any status of the next sink, which every later call repeats. PROV_E_INVALID, and
 *         nothing is written: a name that is not an element name of up to 256 bytes, or is
 *         `flat-profile`; an access that `ua` cannot express (PROV_ACCESS_DEFAULT); or neither
 *         value nor access. PROV_E_VALUE, and nothing is written: a value that XML cannot carry
 *         unchanged (control characters, line breaks, blanks at its ends, invalid UTF-8); `offset`
 *         is that of the first such byte in the value. PROV_E_STATE after the finish; PROV_E_ABI.
 * @since 0.1. Not from the sink's callbacks.
 */
PROV_API prov_status prov_profile_writer_param(prov_profile_writer *writer,
                                               const struct prov_param *param,
                                               struct prov_error *err);

/**
 * Close the root element and finish the next sink.
 *
 * @return PROV_OK; any status of the next sink, which every later call repeats; PROV_E_STATE after
 *         the finish; PROV_E_INVALID.
 * @since 0.1. Not from within the sink.
 */
PROV_API prov_status prov_profile_writer_finish(prov_profile_writer *writer,
                                                struct prov_error *err);

/**
 * Free a writer. A document that was not finished stays incomplete in the next sink.
 *
 * @param writer  NULL is fine.
 * @since 0.1. Not from within the sink.
 */
PROV_API void prov_profile_writer_free(prov_profile_writer *writer);

#ifdef __cplusplus
}
#endif

#endif
