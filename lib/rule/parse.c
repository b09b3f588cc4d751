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

/* `( … ) ?` or `( … ) !`. */
static prov_status parse_group(struct provi_parser *parser, struct provi_alternative *alternative)
{
    size_t mark_at = 0;
    prov_status status = find_mark(parser, &mark_at);
    if (status != PROV_OK)
        return status;
    char mark = mark_at < parser->text.len ? parser->text.data[mark_at] : '\0';
    const bool is_condition = mark == '?' && !alternative->has_condition;
    if (mark != '!' && !is_condition)
        return provi_parser_expected(parser, mark_at,
                                     alternative->has_condition
                                         ? "'!' after assignments"
                                         : "'?' after a condition or '!' after assignments");
    struct provi_parser other = *parser;
    other.err = NULL;
    status = is_condition ? provi_parse_comparisons(parser, true) : provi_parse_assignments(parser);
    if (status == PROV_E_SYNTAX && is_condition && provi_parse_assignments(&other) == PROV_OK)
        return provi_parser_expected(parser, mark_at, "'!' after assignments");
    if (status == PROV_E_SYNTAX && !is_condition &&
        provi_parse_comparisons(&other, true) == PROV_OK)
        return provi_parser_expected(parser, mark_at, "'?' after a condition");
    if (status != PROV_OK)
        return status;
    alternative->has_condition |= is_condition;
    parser->at = mark_at + 1;
    return PROV_OK;
}

/* At most one condition, then at most one group of assignments, then targets. */
static prov_status parse_parts(struct provi_parser *parser, struct provi_alternative *alternative)
{
    const uint32_t n_before = parser->n[PROVI_LIST_ASSIGNMENTS];
    const bool is_report = parser->settings->kind == PROV_RULE_KIND_REPORT;
    const size_t max_targets = is_report ? MAX_REPORT_TARGETS : 1;
    int next;
    while ((next = provi_parser_next(parser)) == '(' &&
           parser->n[PROVI_LIST_ASSIGNMENTS] == n_before) {
        prov_status status = parse_group(parser, alternative);
        if (status != PROV_OK)
            return status;
    }
    for (size_t n = 0; next >= 0 && next != '|'; n++, next = provi_parser_next(parser)) {
        if (n == max_targets)
            return provi_parser_expected(parser, parser->at,
                                         is_report ? "'|' or the end after two targets"
                                                   : "'|' or the end");
        prov_status status = provi_parse_target(parser);
        if (status != PROV_OK)
            return status;
    }
    return PROV_OK;
}

/* A trigger is one condition without parentheses. */
static prov_status parse_trigger(struct provi_parser *parser, struct provi_alternative *alternative)
{
    alternative->has_condition = true;
    if (provi_parser_next(parser) == '(')
        return provi_parser_expected(parser, parser->at, "a comparison without parentheses");
    return provi_parse_comparisons(parser, false);
}

static prov_status parse_alternative(struct provi_parser *parser)
{
    const size_t start = parser->at;
    const uint32_t *n = parser->n;
    struct provi_alternative alternative = {
        .comparisons.first = n[PROVI_LIST_COMPARISONS],
        .assignments.first = n[PROVI_LIST_ASSIGNMENTS],
        .targets.first = n[PROVI_LIST_TARGETS],
        .secrets.first = n[PROVI_LIST_SECRETS],
    };
    prov_status status = parser->settings->kind == PROV_RULE_KIND_TRIGGER
                             ? parse_trigger(parser, &alternative)
                             : parse_parts(parser, &alternative);
    if (status != PROV_OK)
        return status;
    alternative.comparisons.n = n[PROVI_LIST_COMPARISONS] - alternative.comparisons.first;
    alternative.assignments.n = n[PROVI_LIST_ASSIGNMENTS] - alternative.assignments.first;
    alternative.targets.n = n[PROVI_LIST_TARGETS] - alternative.targets.first;
    alternative.secrets.n = n[PROVI_LIST_SECRETS] - alternative.secrets.first;
    alternative.text = provi_str_trim((prov_str){parser->text.data + start, parser->at - start});
    return provi_parser_add(parser, PROVI_LIST_ALTERNATIVES, &alternative, sizeof alternative);
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

prov_status provi_rule_parse(prov_rule *rule, const struct provi_rule_settings *settings,
                             struct prov_error *err)
{
    struct provi_parser parser = {
        .text = settings->ends_at_hash ? without_comment(rule->text) : rule->text,
        .settings = settings,
        .rule = rule,
        .err = err,
    };
    prov_status status = PROV_OK;
    const int first = provi_parser_next(&parser);
    if (first < 0 || first == '#')
        parser.text.len = 0; /* all of it is a comment */
    else
        do
            status = parse_alternative(&parser);
        while (status == PROV_OK && provi_parser_take(&parser, '|'));
    if (status == PROV_OK)
        status =
            provi_parser_hide(&parser, provi_str_from_offset(rule->text, parser.text.len), false);
    rule->parts = (struct provi_parts){
        .alternatives = (const void *)rule->lists[PROVI_LIST_ALTERNATIVES].data,
        .comparisons = (const void *)rule->lists[PROVI_LIST_COMPARISONS].data,
        .assignments = (const void *)rule->lists[PROVI_LIST_ASSIGNMENTS].data,
        .targets = (const void *)rule->lists[PROVI_LIST_TARGETS].data,
        .secrets = (const void *)rule->lists[PROVI_LIST_SECRETS].data,
        .n_alternatives = parser.n[PROVI_LIST_ALTERNATIVES],
        .n_comparisons = parser.n[PROVI_LIST_COMPARISONS],
        .n_targets = parser.n[PROVI_LIST_TARGETS],
        .n_secrets = parser.n[PROVI_LIST_SECRETS],
    };
    return status;
}
