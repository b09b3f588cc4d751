/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Warnings about rules and parameters that are valid but probably a mistake.
 */
#ifndef PROVISION_LINT_H
#define PROVISION_LINT_H

#include <provision/base.h>
#include <provision/macro.h>
#include <provision/rule.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of warnings. Numbers are never reused. */
enum prov_lint_kind {
    PROV_LINT_UNREACHABLE = 1,       /**< an alternative behind one without a condition */
    PROV_LINT_UNKNOWN_MACRO = 2,     /**< `$NAME` is left in an option or a URL */
    PROV_LINT_UNQUOTED_STRING = 3,   /**< an operand `$NAME` whose value has to be in quotes */
    PROV_LINT_PARENTHESES = 4,       /**< a trigger has none */
    PROV_LINT_KEY_IN_CLEAR = 5,      /**< a key written out for a file fetched without TLS */
    PROV_LINT_PASSWORD_IN_CLEAR = 6, /**< a password goes over `http://` */
    PROV_LINT_SECRET_OUTSIDE = 7,    /**< `$SA`..`$SD` where secrets do not expand */
    PROV_LINT_SHORT_PERIOD = 8,      /**< Resync_Periodic below a minute */
    PROV_LINT_CURLY_QUOTE = 9,       /**< a word processor's quotes in a rule */
    PROV_LINT_BRACES = 10,           /**< `${MA}` */
    PROV_LINT_SEMICOLON = 11,        /**< a `;` at the end of a URL, which is part of it */
    PROV_LINT_INVISIBLE = 12,        /**< U+00A0, U+200B and the like in a rule or server */
    PROV_LINT_ENTITY = 13,           /**< `&amp;` in a URL */
    PROV_LINT_SCHEME_AS_SERVER = 14, /**< `http//h`, `https:/h` */
    PROV_LINT_PLACEHOLDER = 15,      /**< `{{x}}`, `{$x}`, `##X##` */
    PROV_LINT_NOT_HHMM = 16,         /**< not a time of day; counts as unset */
    PROV_LINT_EMPTY_MACRO = 17, /**< `$MUID`, `$MPWD`, `$PDOM`: empty unless the host sets them */
    PROV_LINT_JOINED_TARGETS = 18, /**< `http://h/a[--status]http://h/b` in a report rule: one
                                        target, as no blank precedes the bracket */
};

/** One warning; borrowed for the call of `warn`. */
struct prov_lint {
    size_t size;
    uint32_t kind;         /**< enum prov_lint_kind */
    uint32_t line;         /**< 1-based */
    uint32_t column;       /**< 1-based, in bytes */
    uint32_t reserved;     /**< 0 */
    uint64_t offset;       /**< into the text linted, for prov_rule_picture() */
    const char *message;   /**< NUL-terminated, one phrase; static, names no value */
    const void *reserved2; /**< NULL */
};

/** Receiver of warnings. Frozen for good. */
struct prov_lint_listener {
    /** REQUIRED. Receives one warning, borrowed for the call. */
    void (*warn)(void *ctx, const struct prov_lint *lint);
    void *ctx;
};

/**
 * Check a rule or trigger, with the values that its macros have on a device with these variables.
 *
 * @param      text      As written, macros unexpanded. Borrowed for the call.
 * @param      vars      Not NULL.
 * @param      opt       As for prov_rule_prepare().
 * @param      listener  Receives each warning, not always from left to right. Not NULL.
 * @param[out] err       As for prov_rule_prepare().
 * @return The status that prov_rule_prepare() would return. Warnings are reported even if the text
 *         does not parse.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_lint_rule(prov_str text, const struct prov_vars *vars,
                                    const struct prov_rule_options *opt,
                                    const struct prov_lint_listener *listener,
                                    struct prov_error *err);

/**
 * Check the value of a parameter without expanding its macros, so every warning applies to all
 * devices. prov_rule_check_value() checks whether the value fits its type.
 *
 * @param name      XML name, e.g. `Resync_Periodic`. Borrowed for the call.
 * @param value     Borrowed for the call.
 * @param opt       As for prov_rule_check_value().
 * @param listener  As above.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_lint_param(prov_str name, prov_str value,
                                     const struct prov_rule_options *opt,
                                     const struct prov_lint_listener *listener);

#ifdef __cplusplus
}
#endif

#endif
