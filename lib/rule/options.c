/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/parser_priv.h"

#include <stdio.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

enum option_id { KEY, UID, PWD, POST, ALIAS, SRV, DELTA, STATUS };

enum argument { NONE, LETTER, WORD };

/* Kinds of rules an option may stand in. */
enum {
    IN_PROFILE = 1 << PROV_RULE_PROFILE,
    IN_UPGRADE = 1 << PROV_RULE_UPGRADE,
    IN_REPORT = 1 << PROV_RULE_REPORT,
};

struct option {
    char name[9];
    enum option_id id;
    enum argument argument;
    unsigned kinds;
};

static const struct option options[] = {
    {"--key", KEY, WORD, IN_PROFILE | IN_REPORT},
    {"--uid", UID, WORD, IN_PROFILE | IN_REPORT | IN_UPGRADE},
    {"--pwd", PWD, WORD, IN_PROFILE | IN_REPORT | IN_UPGRADE},
    {"--post", POST, LETTER, IN_PROFILE},
    {"--alias", ALIAS, LETTER, IN_PROFILE},
    {"--srv", SRV, NONE, IN_PROFILE},
    {"--delta", DELTA, NONE, IN_REPORT},
    {"--status", STATUS, NONE, IN_REPORT},
};

static const struct option *find_option(prov_str word, uint32_t kind)
{
    for (size_t i = 0; i < PROVI_LEN(options); i++)
        if (provi_str_is(word, options[i].name) && options[i].kinds & 1u << kind)
            return &options[i];
    return NULL;
}

static bool is_bare_char(char c)
{
    return !provi_is_blank(c) && c != ']';
}

static prov_status expect_straight_quotes(struct provi_parser *parser, size_t at,
                                          const char *option)
{
    char what[64];
    snprintf(what, sizeof what, "the argument of %s in straight '\"'", option);
    return provi_parser_expected(parser, at, what);
}

static prov_status take_argument(struct provi_parser *parser, const struct option *option,
                                 prov_str *raw, bool *is_quoted)
{
    char what[64];
    provi_parser_skip_blanks(parser);
    if (provi_parser_sees_curly_quote(parser))
        return expect_straight_quotes(parser, parser->at, option->name);
    *is_quoted = provi_parser_sees(parser, '"');
    if (*is_quoted)
        return provi_parser_take_quoted(parser, raw);
    size_t start = parser->at;
    parser->apostrophe_at = provi_parser_sees(parser, '\'') ? start : 0;
    parser->apostrophe_option = option->name;
    *raw = provi_parser_take_while(parser, is_bare_char);
    if (raw->len && !provi_str_starts(*raw, PROVI_LIT("--")))
        return PROV_OK;
    snprintf(what, sizeof what, "an argument of %s", option->name);
    return provi_parser_expected(parser, start, what);
}

static prov_status parse_letter(struct provi_parser *parser, const struct option *option,
                                char *letter)
{
    prov_str raw;
    bool is_quoted;
    size_t start = parser->at;
    prov_status status = take_argument(parser, option, &raw, &is_quoted);
    if (status != PROV_OK)
        return status;
    if (raw.len != 1 || raw.data[0] < 'a' || raw.data[0] > 'p') {
        parser->at = start;
        provi_parser_skip_blanks(parser);
        return provi_parser_expected(parser, parser->at, "a letter from a to p");
    }
    *letter = raw.data[0];
    return PROV_OK;
}

static prov_status parse_secret(struct provi_parser *parser, const struct option *option,
                                prov_str *value)
{
    prov_str raw;
    bool is_quoted;
    size_t start = parser->at;
    prov_status status = take_argument(parser, option, &raw, &is_quoted);
    if (status != PROV_OK)
        return status;
    parser->has_secrets = true;
    enum provi_value_coding coding = is_quoted ? PROVI_VALUE_PLAIN : PROVI_VALUE_OCTAL;
    if (provi_value_keep(parser->parts, raw, coding, value))
        return PROV_OK;
    provi_fail(parser->err, PROV_E_SYNTAX, "control character in the argument of %s", option->name);
    provi_error_at(parser->err, parser->text, start);
    return PROV_E_SYNTAX;
}

static prov_status parse_argument(struct provi_parser *parser, const struct option *option,
                                  struct prov_rule_target *target)
{
    switch (option->id) {
    case KEY: target->has_key = 1; return parse_secret(parser, option, &target->key);
    case UID: target->has_uid = 1; return parse_secret(parser, option, &target->uid);
    case PWD: target->has_pwd = 1; return parse_secret(parser, option, &target->pwd);
    case POST: return parse_letter(parser, option, &target->post);
    case ALIAS: return parse_letter(parser, option, &target->alias);
    case SRV: target->srv = 1; return PROV_OK;
    case DELTA: target->delta = 1; return PROV_OK;
    case STATUS: target->status = 1; return PROV_OK;
    }
    return PROV_OK;
}

static prov_status parse_option(struct provi_parser *parser, struct prov_rule_target *target)
{
    static const char *const expected[] = {
        [PROV_RULE_PROFILE] = "--key, --uid, --pwd, --post, --alias, --srv or ']'",
        [PROV_RULE_UPGRADE] = "--uid, --pwd or ']'",
        [PROV_RULE_REPORT] = "--key, --uid, --pwd, --delta, --status or ']'",
    };
    size_t start = parser->at;
    if (provi_parser_sees(parser, ']'))
        return provi_parser_expected(parser, start, "an option");
    prov_str word = provi_parser_take_while(parser, is_bare_char);
    const struct option *option = find_option(word, parser->settings->kind);
    if (!option && parser->apostrophe_at) /* `--key 'my secret'` */
        return expect_straight_quotes(parser, parser->apostrophe_at, parser->apostrophe_option);
    if (!option)
        return provi_parser_expected(parser, start, expected[parser->settings->kind]);
    prov_status status = parse_argument(parser, option, target);
    if (status == PROV_OK && target->delta && target->status)
        return provi_parser_expected(parser, start, "either --delta or --status");
    return status;
}

prov_status provi_parse_options(struct provi_parser *parser, struct prov_rule_target *target)
{
    provi_parser_take(parser, '[');
    do {
        provi_parser_skip_blanks(parser);
        prov_status status = parse_option(parser, target);
        if (status != PROV_OK)
            return status;
        provi_parser_skip_blanks(parser);
    } while (!provi_parser_take(parser, ']'));
    return PROV_OK;
}
