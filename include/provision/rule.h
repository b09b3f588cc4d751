/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The rule language: profile, upgrade, report rules and resync triggers. Usable alone.
 *
 * A rule is handled in three steps: expand its macros (`<provision/macro.h>`), parse the whole
 * text, choose. Nothing is assigned or fetched before the whole text has parsed.
 * Source: MPP Administration Guide 11.3, "Provisioning Formats"; docs/rules.md has the grammar.
 */
#ifndef PROVISION_RULE_H
#define PROVISION_RULE_H

#include <provision/base.h>
#include <provision/catalogue.h>
#include <provision/dialect.h>
#include <provision/macro.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The kind of rule that a text is parsed as. */
enum prov_rule_kind {
    PROV_RULE_KIND_PROFILE =
        0, /**< `Profile_Rule`, also action URL, menu, Custom_CA_Rule, Trans_Auth_Rule */
    PROV_RULE_KIND_UPGRADE =
        1, /**< `Upgrade_Rule`: the server must be named; only `--uid`, `--pwd` */
    PROV_RULE_KIND_REPORT = 2,  /**< `Report_Rule`: one or two targets */
    PROV_RULE_KIND_TRIGGER = 3, /**< `Resync_Trigger_1`: a bare condition, no parentheses */
};

/** Bits of `prov_rule_options.flags`. */
enum {
    /** An upgrade rule need not name its server: for `/admin/upgrade?` it is the requester. */
    PROV_RULE_FLAG_SERVER_OPTIONAL = 1 << 0,
};

/** How to parse. */
struct prov_rule_options {
    size_t size;
    uint32_t kind;                      /**< enum prov_rule_kind */
    uint32_t flags;                     /**< PROV_RULE_FLAG_… */
    const struct prov_dialect *dialect; /**< borrowed for the call; NULL: MPP */
    const struct prov_limits *limits;   /**< borrowed for the call; NULL: defaults */
    const struct prov_alloc *alloc;     /**< copied; NULL: the C library */
};

/** A parsed rule. Never changes; may be used again and again. */
typedef struct prov_rule prov_rule;

/**
 * Parse an expanded rule.
 *
 * @param[out] out   New; ended by prov_rule_free(). NULL on failure.
 * @param      text  Copied. Empty, blank or starting with `#`: a rule without alternatives.
 * @param      opt   NULL: all defaults.
 * @param[out] err   On PROV_E_SYNTAX `line`, `column` and `offset` point into @p text and `message`
 *                   names the expected and the found text, secrets masked.
 * @return PROV_OK; PROV_E_SYNTAX; PROV_E_LIMIT; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Cost is linear in the length of @p text; safe from any callback.
 */
PROV_API prov_status prov_rule_parse(prov_rule **out, prov_str text,
                                     const struct prov_rule_options *opt, struct prov_error *err);

/**
 * Free a rule; its secrets are wiped.
 *
 * @param rule  NULL is fine.
 * @since 0.1. Not from an observer of its choice.
 */
PROV_API void prov_rule_free(prov_rule *rule);

/**
 * Count the alternatives of a rule.
 *
 * @return Their number; 0 for an empty rule.
 * @since 0.1. Safe from any callback.
 */
PROV_API size_t prov_rule_n_alternatives(const prov_rule *rule);

/** Operators of a comparison. */
enum prov_rule_op {
    PROV_RULE_OP_EQ = 0, /**< `eq`, `=` */
    PROV_RULE_OP_NE,     /**< `ne`, `!=`, `!` */
    PROV_RULE_OP_LT,     /**< `lt`, `<` */
    PROV_RULE_OP_LE,     /**< `le`, `<=` */
    PROV_RULE_OP_GT,     /**< `gt`, `>` */
    PROV_RULE_OP_GE,     /**< `ge`, `>=` */
};

/** Types an operand can have. */
enum prov_rule_type {
    PROV_RULE_TYPE_STRING = 1, /**< in quotes; only for `eq` and `ne` */
    PROV_RULE_TYPE_INTEGER,    /**< decimal, signed 64 bits */
    PROV_RULE_TYPE_DOTTED,     /**< `2.0.3(G)` */
    PROV_RULE_TYPE_LOAD,       /**< `sip88xx.11-3-1MPP-110` */
};

/** Result of one alternative. */
enum prov_rule_verdict {
    PROV_RULE_VERDICT_CHOSEN = 1,    /**< its condition holds, or it has none */
    PROV_RULE_VERDICT_REFUSED = 2,   /**< a comparison is false */
    PROV_RULE_VERDICT_NOT_ASKED = 3, /**< an earlier one was chosen */
};

/** One comparison as it was made. */
struct prov_rule_comparison {
    size_t size;
    uint32_t alternative; /**< from 0 */
    uint32_t op;          /**< enum prov_rule_op */
    uint32_t type;        /**< enum prov_rule_type both sides were compared as */
    uint32_t holds;       /**< 1 true, 0 false */
    prov_str left;        /**< as compared; borrowed for the call */
    prov_str right;       /**< as compared; borrowed for the call */
};

/** Receiver of every step of a choice. All members OPTIONAL. Frozen for good. */
struct prov_rule_observer {
    /** Receives each comparison of a condition, in order, up to the first that is false. */
    void (*comparison)(void *ctx, const struct prov_rule_comparison *comparison);
    /** Receives each alternative after its comparisons; @p verdict is enum prov_rule_verdict. */
    void (*alternative)(void *ctx, uint32_t alternative, uint32_t verdict);
    void *ctx;
};

/**
 * Choose the first alternative, from left to right, whose condition holds. After a false
 * comparison, the other comparisons of the same condition are still checked for their types, but
 * not reported.
 *
 * @param      sw_version   Left side of a comparison that has none; empty: the `$SWVER` that
 *                          prov_rule_prepare() used. Borrowed for the call.
 * @param      observer     Receives each step. May be NULL.
 * @param[out] alternative  Number of the chosen alternative, from 0, or -1 when none is. Not NULL.
 * @return PROV_OK; PROV_E_SYNTAX when @p sw_version cannot be compared; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_rule_choose(const prov_rule *rule, prov_str sw_version,
                                      const struct prov_rule_observer *observer,
                                      int32_t *alternative, struct prov_error *err);

/**
 * Expand the macros of a text, parse the result and choose an alternative. An agent calls this
 * function. It equals prov_macro_expand() with PROV_MACRO_RULE, prov_rule_parse() and
 * prov_rule_choose(), with two additions: the place of every error refers to @p text (an error in
 * the value of a macro is reported at its `$`), and prov_rule_explain() can show both texts. An
 * unquoted macro without a value never counts as a left side that was left out.
 *
 * @param[out] out          New; ended by prov_rule_free(). NULL on failure.
 * @param      text         Copied. Empty, blank or starting with `#`: a rule without alternatives.
 * @param      vars         Used during the call only; also for `SWVER`. Not NULL.
 * @param      opt          As for prov_rule_parse(); its dialect steers the expansion too.
 * @param      observer     Receives each step of the choice. May be NULL.
 * @param[out] alternative  Number of the chosen alternative, from 0, or -1 when none is. For a
 *                          trigger 0 means true, -1 means false. May be NULL.
 * @param[out] err          As for prov_rule_parse(), places in @p text. prov_rule_picture() draws
 *                          it.
 * @return As prov_rule_parse(); any status of @p vars; PROV_E_HOST if @p vars returned a text
 *         without data.
 * @since 0.1. Allocates the rule and one buffer, and more for many macros or alternatives; safe
 *        from any callback.
 */
PROV_API prov_status prov_rule_prepare(prov_rule **out, prov_str text, const struct prov_vars *vars,
                                       const struct prov_rule_options *opt,
                                       const struct prov_rule_observer *observer,
                                       int32_t *alternative, struct prov_error *err);

/** One assignment `Name = "value";`. Frozen for good. */
struct prov_rule_assignment {
    prov_str name;  /**< parameter name; `a`..`p` are already `GPP_A`..`GPP_P` */
    prov_str value; /**< unquoted */
};

/**
 * Count the assignments of an alternative.
 *
 * @return Their number; 0 for an alternative that does not exist.
 * @since 0.1. Safe from any callback.
 */
PROV_API size_t prov_rule_n_assignments(const prov_rule *rule, size_t alternative);

/**
 * Return one assignment.
 *
 * @param[out] out  Texts borrowed until prov_rule_free(). Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND past the last; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_rule_assignment_get(const prov_rule *rule, size_t alternative,
                                              size_t index, struct prov_rule_assignment *out);

/** Which text of an alternative. */
enum prov_rule_text {
    PROV_RULE_TEXT_WRITTEN = 0,  /**< as a person wrote it, before its macros were expanded */
    PROV_RULE_TEXT_EXPANDED = 1, /**< as it was parsed */
};

/**
 * Text of one alternative, secrets masked as prov_rule_redact() does.
 *
 * @param      which         enum prov_rule_text. Of a rule made by prov_rule_parse() both are the
 *                           same.
 * @param[out] buf, cap, len As in prov_macro_expand().
 * @return PROV_OK; PROV_E_LIMIT; PROV_E_NOT_FOUND; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_rule_alternative_text(const prov_rule *rule, size_t alternative,
                                                uint32_t which, char *buf, size_t cap, size_t *len);

/** Target of a fetch or a report: options and URL. */
struct prov_rule_target {
    size_t size;
    prov_str text;       /**< options and URL as written; may hold secrets */
    prov_str scheme;     /**< lower case; empty: none written (TFTP, or the scheme of the DHCP
                              offer) */
    prov_str host;       /**< without brackets; empty: none written */
    prov_str path;       /**< begins with `/`, query included; empty only for `gds://` */
    uint16_t port;       /**< as written; 0: none written */
    char post;           /**< `a`..`p`, or 0 */
    char alias;          /**< `a`..`p`, or 0 */
    uint8_t srv;         /**< 1: `--srv` */
    uint8_t delta;       /**< 1: `--delta` */
    uint8_t status;      /**< 1: `--status` */
    uint8_t has_key;     /**< 1: `--key` was given, be it empty */
    uint8_t has_uid;     /**< 1: `--uid` was given or the URL had a user */
    uint8_t has_pwd;     /**< 1: `--pwd` was given or the URL had a password */
    uint8_t reserved[6]; /**< 0 */
    prov_str key;        /**< secret */
    prov_str uid;        /**< secret */
    prov_str pwd;        /**< secret */
};

/**
 * Count the targets of an alternative.
 *
 * @return 0 or 1, up to 2 in a report rule; 0 for an alternative that does not exist.
 * @since 0.1. Safe from any callback.
 */
PROV_API size_t prov_rule_n_targets(const prov_rule *rule, size_t alternative);

/**
 * Return one target.
 *
 * @param[in,out] out  `size` set by the caller. Texts borrowed until prov_rule_free(). Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_rule_target_get(const prov_rule *rule, size_t alternative, size_t index,
                                          struct prov_rule_target *out);

/**
 * Complete a target: add the server if it names none, then the defaults for scheme and port.
 *
 * @param         target  From prov_rule_target_get(). Borrowed for the call. Not NULL.
 * @param         server  For a target that names none: an address, `host`, `host:port` or
 *                        `scheme://host[:port]`, a `/` behind it allowed. Empty: none is known.
 *                        Borrowed as long as @p out is used.
 * @param[in,out] out     `size` set by the caller; may be @p target. As @p target, but scheme, host
 *                        and port are filled in; `gds://` has no host. Not NULL.
 * @return PROV_OK; PROV_E_NO_SERVER when no server is known or @p server is not a server;
 *         PROV_E_UNSUPPORTED for `--srv` or `--post` by TFTP; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_rule_target_resolve(const struct prov_rule_target *target,
                                              prov_str server, struct prov_rule_target *out,
                                              struct prov_error *err);

/**
 * Print a rule in one canonical spelling; parsing it again gives the same rule.
 *
 * @param      show_secrets  False: arguments of `--key`, `--uid`, `--pwd` are printed as `***`.
 * @param[out] buf, cap, len As in prov_macro_expand().
 * @return PROV_OK; PROV_E_LIMIT; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_rule_print(const prov_rule *rule, bool show_secrets, char *buf,
                                     size_t cap, size_t *len);

/**
 * Copy any rule text, well-formed or not, with `***` in place of its secrets: arguments of options,
 * logins and credentials in URLs, values assigned to secret parameters. docs/security.md has the
 * rules. When in doubt, text is masked, but a SIP address is shown.
 *
 * @param      text          Borrowed for the call.
 * @param[out] buf, cap, len As in prov_macro_expand().
 * @return PROV_OK; PROV_E_LIMIT; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_rule_redact(prov_str text, char *buf, size_t cap, size_t *len);

/**
 * Draw the line of a rule text that contains an error, secrets masked, and below it a caret at the
 * error. If a mask before the error moves the caret, the column in the text as written follows:
 *
 *     ($PRVTMR ge 600) [--key ***] http://h/x
 *                      ^
 *     [--key ***] ftp://h/x
 *                 ^ column 21 as written
 *
 * A line of more than 76 characters is shown in part, with `...` at each cut. The bytes of a UTF-8
 * character count as one column; control characters are shown as `?`.
 *
 * @param      text          The text given to the call that failed. Borrowed for the call.
 * @param      offset        `offset` of its error; its length or more means the end.
 * @param[out] buf, cap, len As in prov_macro_expand(). Both lines end in a line feed.
 * @return PROV_OK; PROV_E_LIMIT; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_rule_picture(prov_str text, uint64_t offset, char *buf, size_t cap,
                                       size_t *len);

/**
 * Check whether a value fits a parameter's type. Rules, triggers and report rules are parsed as far
 * as possible without the values of their macros. `$A`..`$P` and names that only a host defines can
 * have any value, so the text after the first of them is not checked.
 *
 * @param      info   Not NULL.
 * @param      value  As written. Borrowed for the call.
 * @param      opt    `dialect`, `limits` and `alloc` count, the kind follows from @p info. NULL:
 *                    all defaults.
 * @param[out] err    As for prov_catalogue_check() and prov_rule_prepare(); `subject` is the name,
 *                    the place one in @p value. May be NULL.
 * @return As prov_catalogue_check(); for a rule PROV_OK, PROV_E_SYNTAX, PROV_E_LIMIT, PROV_E_NOMEM,
 *         PROV_E_ABI or PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_rule_check_value(const struct prov_param_info *info, prov_str value,
                                           const struct prov_rule_options *opt,
                                           struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
