/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A cursor over an expanded rule, and the productions of the grammar in docs/rules.md. */
#ifndef PROVI_RULE_PARSER_PRIV_H
#define PROVI_RULE_PARSER_PRIV_H

#include <provision/rule.h>

#include "base/error.h"
#include "rule/rule_priv.h"

struct provi_parser {
    prov_str text;
    size_t at;
    const struct provi_rule_settings *settings;
    bool has_secrets;     /* before the cursor: messages must not quote words of the text */
    size_t apostrophe_at; /* of the last option's argument, if it begins with one; or 0 */
    prov_str apostrophe_option;
    prov_rule *rule;
    uint32_t n[PROVI_RULE_LISTS]; /* parts so far */
    struct prov_error *err;       /* NULL: only the status is needed */
};

/** Skip blanks. @return the character behind them; -1 at the end of the text. */
int provi_parser_next(struct provi_parser *parser);

/** Whether a text begins with a typographic quote, which a rule does not accept as a quote. */
bool provi_is_curly_quote(prov_str text);

/** Skip blanks, and @p c if it follows them. */
bool provi_parser_take(struct provi_parser *parser, char c);

/** Skip `"text"`, whose first quote is next, and return the text. PROV_OK or PROV_E_SYNTAX. */
prov_status provi_parser_take_quoted(struct provi_parser *parser, prov_str *text);

/** The error `expected WHAT, found …` at a place of the text; always PROV_E_SYNTAX. */
prov_status provi_parser_expected(struct provi_parser *parser, size_t at, const char *what);

/** An error at a place of the text; reports the place as written. Always PROV_E_SYNTAX. */
prov_status provi_parser_fail(struct provi_parser *parser, size_t at, const char *format, ...)
    PROVI_PRINTF(3, 4);

/** Append a part to its list. PROV_OK or PROV_E_NOMEM. */
prov_status provi_parser_add(struct provi_parser *parser, enum provi_list list, const void *part,
                             size_t size);

/** Record a part of the text that must not be shown; unless @p is_secret, only the secrets that
 * redaction finds in it. PROV_OK or PROV_E_NOMEM. */
prov_status provi_parser_hide(struct provi_parser *parser, prov_str part, bool is_secret);

/** `comparison { and comparison }`, in parentheses or up to the end of the text. */
prov_status provi_parse_comparisons(struct provi_parser *parser, bool in_parentheses);

/** `( Name = "value" ; … )`. */
prov_status provi_parse_assignments(struct provi_parser *parser);

/** `[ options ] URL`. */
prov_status provi_parse_target(struct provi_parser *parser);

#endif
