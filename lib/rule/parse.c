/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The grammar's frame: alternatives, and groups in parentheses. */
#include "rule/parser_priv.h"

#include "base/str.h"

enum { MAX_REPORT_TARGETS = 2 };

/* Find the character after the group at the cursor, which should be '?' or '!'. */
static prov_status find_mark(struct provi_parser *parser, size_t *mark_at)
{
    const prov_str text = parser->text;
    size_t depth = 0;
    bool is_quoted = false;
    for (size_t at = parser->at; at < text.len; at++) {
        char c = text.data[at];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && c == '(')
            depth++;
        else if (!is_quoted && c == ')' && --depth == 0) {
            for (at++; at < text.len && provi_is_blank(text.data[at]);)
                at++;
            *mark_at = at;
            return PROV_OK;
        }
    }
    return provi_parser_expected(parser, text.len, is_quoted ? "')' outside quotes" : "')'");
}

/* `( comparisons )`. */
static prov_status parse_condition(struct provi_parser *parser)
{
    provi_parser_take(parser, '(');
    prov_status status = provi_parse_comparisons(parser);
    if (status != PROV_OK)
        return status;
    if (!provi_parser_take(parser, ')'))
        return provi_parser_expected(parser, parser->at, "'and' or ')'");
    return PROV_OK;
}

/* `( … ) ?` or `( … ) !`. */
static prov_status parse_group(struct provi_parser *parser, struct provi_term *term)
{
    size_t mark_at = 0;
    prov_status status = find_mark(parser, &mark_at);
    if (status != PROV_OK)
        return status;
    char mark = mark_at < parser->text.len ? parser->text.data[mark_at] : '\0';
    const bool is_condition = mark == '?' && !term->has_condition;
    if (mark != '!' && !is_condition)
        return provi_parser_expected(parser, mark_at,
                                     term->has_condition
                                         ? "'!' after assignments"
                                         : "'?' after a condition or '!' after assignments");
    struct provi_parser trial = *parser;
    trial.err = NULL;
    status = is_condition ? parse_condition(parser) : provi_parse_assignments(parser);
    if (status == PROV_E_SYNTAX && is_condition && provi_parse_assignments(&trial) == PROV_OK)
        return provi_parser_expected(parser, mark_at, "'!' after assignments");
    if (status == PROV_E_SYNTAX && !is_condition && parse_condition(&trial) == PROV_OK)
        return provi_parser_expected(parser, mark_at, "'?' after a condition");
    if (status != PROV_OK)
        return status;
    term->has_condition |= is_condition;
    parser->at = mark_at + 1;
    return PROV_OK;
}

/* At most one condition, then at most one group of assignments. */
static prov_status parse_groups(struct provi_parser *parser, struct provi_term *term)
{
    const uint32_t n_before = parser->n[PROVI_LIST_ASSIGNMENTS];
    provi_parser_skip_blanks(parser);
    while (provi_parser_sees(parser, '(') && parser->n[PROVI_LIST_ASSIGNMENTS] == n_before) {
        prov_status status = parse_group(parser, term);
        if (status != PROV_OK)
            return status;
        provi_parser_skip_blanks(parser);
    }
    return PROV_OK;
}

static bool is_at_term_end(const struct provi_parser *parser)
{
    return parser->at >= parser->text.len || provi_parser_sees(parser, '|');
}

static prov_status parse_targets(struct provi_parser *parser)
{
    size_t most = parser->settings->kind == PROV_RULE_REPORT ? MAX_REPORT_TARGETS : 1;
    for (size_t n = 0; n < most && !is_at_term_end(parser); n++) {
        prov_status status = provi_parse_target(parser);
        if (status != PROV_OK)
            return status;
        provi_parser_skip_blanks(parser);
    }
    if (is_at_term_end(parser))
        return PROV_OK;
    return provi_parser_expected(parser, parser->at,
                                 most == 1 ? "'|' or the end" : "'|' or the end after two targets");
}

/* Begin a term: the parts that are added next belong to it. */
static struct provi_term begin_term(const struct provi_parser *parser)
{
    return (struct provi_term){
        .comparisons.first = parser->n[PROVI_LIST_COMPARISONS],
        .assignments.first = parser->n[PROVI_LIST_ASSIGNMENTS],
        .targets.first = parser->n[PROVI_LIST_TARGETS],
        .secrets.first = parser->n[PROVI_LIST_SECRETS],
    };
}

/* Add the term that began at @p start and ends at the cursor. */
static prov_status end_term(struct provi_parser *parser, size_t start, struct provi_term *term)
{
    const char *written = parser->rule->written.data;
    term->comparisons.n = parser->n[PROVI_LIST_COMPARISONS] - term->comparisons.first;
    term->assignments.n = parser->n[PROVI_LIST_ASSIGNMENTS] - term->assignments.first;
    term->targets.n = parser->n[PROVI_LIST_TARGETS] - term->targets.first;
    term->secrets.n = parser->n[PROVI_LIST_SECRETS] - term->secrets.first;
    term->text = provi_str_trim((prov_str){parser->text.data + start, parser->at - start});
    if (term->text.len) {
        start = (size_t)(term->text.data - parser->text.data);
        size_t end = provi_expansion_end(parser->expansion, start + term->text.len);
        start = provi_expansion_start(parser->expansion, start);
        term->written = (prov_str){written + start, end - start};
    } else {
        term->written = (prov_str){written + provi_expansion_start(parser->expansion, start), 0};
    }
    return provi_parser_add(parser, PROVI_LIST_TERMS, term, sizeof *term);
}

static prov_status parse_terms(struct provi_parser *parser)
{
    do {
        const size_t start = parser->at;
        struct provi_term term = begin_term(parser);
        prov_status status = parse_groups(parser, &term);
        if (status == PROV_OK)
            status = parse_targets(parser);
        if (status == PROV_OK)
            status = end_term(parser, start, &term);
        if (status != PROV_OK)
            return status;
    } while (provi_parser_take(parser, '|'));
    return PROV_OK;
}

static prov_status parse_trigger(struct provi_parser *parser)
{
    const size_t start = parser->at;
    struct provi_term term = begin_term(parser);
    term.has_condition = true;
    provi_parser_skip_blanks(parser);
    if (provi_parser_sees(parser, '('))
        return provi_parser_expected(parser, parser->at, "a comparison without parentheses");
    prov_status status = provi_parse_comparisons(parser);
    if (status != PROV_OK)
        return status;
    if (parser->at < parser->text.len)
        return provi_parser_expected(parser, parser->at, "'and' or the end");
    return end_term(parser, start, &term);
}

bool provi_rule_is_blank(prov_str text)
{
    prov_str trimmed = provi_str_trim(text);
    return trimmed.len == 0 || trimmed.data[0] == '#';
}

/* Up to the first '#' outside quotes. */
static prov_str without_comment(prov_str text)
{
    bool is_quoted = false;
    for (size_t at = 0; at < text.len; at++) {
        if (text.data[at] == '"')
            is_quoted = !is_quoted;
        else if (text.data[at] == '#' && !is_quoted)
            return (prov_str){text.data, at};
    }
    return text;
}

prov_status provi_rule_parse(prov_rule *rule, const struct provi_expansion *expansion,
                             const struct provi_rule_settings *settings, struct prov_error *err)
{
    struct provi_parser parser = {
        .text = settings->ends_at_hash ? without_comment(rule->text) : rule->text,
        .settings = settings,
        .expansion = expansion,
        .rule = rule,
        .err = err,
    };
    prov_status status = PROV_OK;
    if (provi_rule_is_blank(parser.text))
        parser.text.len = 0; /* all of it is a comment */
    else
        status =
            settings->kind == PROV_RULE_TRIGGER ? parse_trigger(&parser) : parse_terms(&parser);
    if (status == PROV_OK)
        status =
            provi_parser_add_hidden(&parser, provi_str_from_offset(rule->text, parser.text.len));
    rule->parts = (struct provi_parts){
        .terms = (const void *)rule->lists[PROVI_LIST_TERMS].data,
        .comparisons = (const void *)rule->lists[PROVI_LIST_COMPARISONS].data,
        .assignments = (const void *)rule->lists[PROVI_LIST_ASSIGNMENTS].data,
        .targets = (const void *)rule->lists[PROVI_LIST_TARGETS].data,
        .secrets = (const void *)rule->lists[PROVI_LIST_SECRETS].data,
        .n_terms = parser.n[PROVI_LIST_TERMS],
        .n_comparisons = parser.n[PROVI_LIST_COMPARISONS],
        .n_assignments = parser.n[PROVI_LIST_ASSIGNMENTS],
        .n_targets = parser.n[PROVI_LIST_TARGETS],
        .n_secrets = parser.n[PROVI_LIST_SECRETS],
    };
    return status;
}
