/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/rule.h>

#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "rule/parser_priv.h"
#include "rule/rule_priv.h"

enum { MAX_REPORT_TARGETS = 2 };

/* Behind the ')' that closes the '(' at the cursor, outside quotes; 0 if none does, perhaps because
 * the text ends in quotes. */
static size_t group_end(const struct provi_parser *parser, bool *ends_quoted)
{
    size_t depth = 0;
    bool is_quoted = false;
    for (size_t at = parser->at; at < parser->text.len; at++) {
        char c = parser->text.data[at];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && c == '(')
            depth++;
        else if (!is_quoted && c == ')' && --depth == 0)
            return at + 1;
    }
    *ends_quoted = is_quoted;
    return 0;
}

/* Place of what stands behind the group at the cursor: '?', '!' or something else. */
static prov_status find_mark(struct provi_parser *parser, size_t *mark_at)
{
    struct provi_parser ahead = *parser;
    bool ends_quoted = false;
    ahead.at = group_end(parser, &ends_quoted);
    if (ahead.at == 0)
        return provi_parser_expected(parser, parser->text.len,
                                     ends_quoted ? "')' outside quotes" : "')'");
    provi_parser_skip_blanks(&ahead);
    *mark_at = ahead.at;
    return PROV_OK;
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

/* Whether the group at the cursor would parse as the other kind: its mark is wrong, not what stands
 * in it. */
static bool would_parse(const struct provi_parser *parser,
                        prov_status (*parse)(struct provi_parser *))
{
    struct provi_parts parts = {0};
    struct provi_parser trial = *parser;
    trial.parts = &parts;
    trial.err = NULL;
    return parse(&trial) == PROV_OK;
}

/* `( … ) ?` or `( … ) !`, whichever stands at the cursor. */
static prov_status parse_group(struct provi_parser *parser, struct provi_term *term)
{
    size_t mark_at = 0;
    prov_status status = find_mark(parser, &mark_at);
    if (status != PROV_OK)
        return status;
    char mark = mark_at < parser->text.len ? parser->text.data[mark_at] : '\0';
    if (mark == '?' && would_parse(parser, provi_parse_assignments))
        return provi_parser_expected(parser, mark_at, "'!' after assignments");
    if (mark == '!' && would_parse(parser, parse_condition))
        return provi_parser_expected(parser, mark_at, "'?' after a condition");
    if (mark == '?' && !term->has_condition) {
        term->has_condition = true;
        status = parse_condition(parser);
    } else if (mark == '!') {
        status = provi_parse_assignments(parser);
    } else {
        const char *what = term->has_condition ? "'!' after assignments"
                                               : "'?' after a condition or '!' after assignments";
        return provi_parser_expected(parser, mark_at, what);
    }
    parser->at = status == PROV_OK ? mark_at + 1 : parser->at;
    return status;
}

static prov_status parse_groups(struct provi_parser *parser, struct provi_term *term)
{
    bool has_assignments = false;
    provi_parser_skip_blanks(parser);
    while (provi_parser_sees(parser, '(') && !has_assignments) {
        size_t n_before = parser->parts->n_assignments;
        prov_status status = parse_group(parser, term);
        if (status != PROV_OK)
            return status;
        has_assignments = parser->parts->n_assignments > n_before;
        provi_parser_skip_blanks(parser);
    }
    return PROV_OK;
}

static bool is_at_term_end(const struct provi_parser *parser)
{
    return provi_parser_is_at_end(parser) || provi_parser_sees(parser, '|');
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

/* Begin a term at the cursor: its parts will be those added from now on. */
static struct provi_term begin_term(const struct provi_parser *parser)
{
    const struct provi_parts *parts = parser->parts;
    return (struct provi_term){
        .start = parser->at,
        .comparisons.first = parts->n_comparisons,
        .assignments.first = parts->n_assignments,
        .targets.first = parts->n_targets,
    };
}

static void end_term(struct provi_parser *parser, struct provi_term *term)
{
    struct provi_parts *parts = parser->parts;
    term->comparisons.n = parts->n_comparisons - term->comparisons.first;
    term->assignments.n = parts->n_assignments - term->assignments.first;
    term->targets.n = parts->n_targets - term->targets.first;
    term->text =
        provi_str_trim((prov_str){parser->text.data + term->start, parser->at - term->start});
    if (term->text.len)
        term->start = (size_t)(term->text.data - parser->text.data);
    term->written = term->text;
    if (parts->terms)
        parts->terms[parts->n_terms] = *term;
    parts->n_terms++;
}

static prov_status parse_terms(struct provi_parser *parser)
{
    do {
        struct provi_term term = begin_term(parser);
        prov_status status = parse_groups(parser, &term);
        if (status == PROV_OK)
            status = parse_targets(parser);
        if (status != PROV_OK)
            return status;
        end_term(parser, &term);
    } while (provi_parser_take(parser, '|'));
    return PROV_OK;
}

static prov_status parse_trigger(struct provi_parser *parser)
{
    struct provi_term term = begin_term(parser);
    term.has_condition = true;
    provi_parser_skip_blanks(parser);
    if (provi_parser_sees(parser, '('))
        return provi_parser_expected(parser, parser->at, "a comparison without parentheses");
    prov_status status = provi_parse_comparisons(parser);
    if (status != PROV_OK)
        return status;
    if (!provi_parser_is_at_end(parser))
        return provi_parser_expected(parser, parser->at, "'and' or the end");
    end_term(parser, &term);
    return PROV_OK;
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

static prov_status parse_all(struct provi_parser *parser)
{
    if (parser->settings->ends_at_hash)
        parser->text = without_comment(parser->text);
    if (provi_rule_is_blank(parser->text))
        return PROV_OK;
    if (parser->settings->kind == PROV_RULE_TRIGGER)
        return parse_trigger(parser);
    return parse_terms(parser);
}

/* Set aside room in a block; SIZE_MAX once it would be larger than memory. */
static size_t add_room(size_t *size, size_t n, size_t item)
{
    const size_t step = alignof(max_align_t);
    size_t start = *size;
    if (start == SIZE_MAX || n > (SIZE_MAX - start - step) / item) {
        *size = SIZE_MAX;
        return 0;
    }
    *size = (start + n * item + step - 1) / step * step;
    return start;
}

static prov_str copy_text(char *to, prov_str text)
{
    if (text.len)
        memcpy(to, text.data, text.len);
    return (prov_str){to, text.len};
}

/* A rule with room for the parts counted, the texts copied. */
static prov_rule *allocate(const struct prov_alloc *alloc, const struct provi_rule_texts *texts,
                           const struct provi_parts *counted)
{
    size_t size = 0;
    add_room(&size, 1, sizeof(prov_rule));
    size_t terms = add_room(&size, counted->n_terms, sizeof *counted->terms);
    size_t comparisons = add_room(&size, counted->n_comparisons, sizeof *counted->comparisons);
    size_t assignments = add_room(&size, counted->n_assignments, sizeof *counted->assignments);
    size_t targets = add_room(&size, counted->n_targets, sizeof *counted->targets);
    size_t pool = add_room(&size, counted->pool_len, 1);
    size_t text = add_room(&size, texts->text.len, 1);
    size_t written = add_room(&size, texts->written.len, 1);
    size_t sw_version = add_room(&size, texts->sw_version.len, 1);
    char *block = size == SIZE_MAX ? NULL : provi_alloc_zero(alloc, size);
    if (!block)
        return NULL;

    prov_rule *rule = (prov_rule *)(void *)block;
    rule->alloc = *alloc;
    rule->block_size = size;
    rule->text = copy_text(block + text, texts->text);
    rule->written = texts->written.len ? copy_text(block + written, texts->written) : rule->text;
    rule->sw_version = copy_text(block + sw_version, texts->sw_version);
    rule->parts.terms = (void *)(block + terms);
    rule->parts.comparisons = (void *)(block + comparisons);
    rule->parts.assignments = (void *)(block + assignments);
    rule->parts.targets = (void *)(block + targets);
    rule->parts.pool = block + pool;
    return rule;
}

prov_status provi_rule_build(prov_rule **out, const struct provi_rule_texts *texts,
                             const struct provi_rule_settings *settings, struct prov_error *err)
{
    struct provi_parts counted = {0};
    struct provi_parser parser = {
        .text = texts->text, .settings = settings, .parts = &counted, .err = err};
    struct provi_parser again = parser;
    prov_status status = provi_rule_check_length(settings, texts->text.len, err);
    if (status == PROV_OK)
        status = parse_all(&parser);
    if (status != PROV_OK)
        return status;
    prov_rule *rule = allocate(&settings->alloc, texts, &counted);
    if (!rule)
        return provi_fail_nomem(err);
    rule->kind = settings->kind;
    again.text = rule->text;
    again.parts = &rule->parts;
    status = parse_all(&again);
    assert(status == PROV_OK); /* the same text parsed before */
    (void)status;
    *out = rule;
    return PROV_OK;
}

prov_status prov_rule_parse(prov_rule **out, prov_str text, const struct prov_rule_options *opt,
                            struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!provi_str_is_sound(text))
        return provi_fail_invalid(err, "text");
    struct provi_rule_settings settings;
    prov_status status = provi_rule_resolve(&settings, opt, err);
    if (status != PROV_OK)
        return status;
    struct provi_rule_texts texts = {.text = text};
    return provi_rule_build(out, &texts, &settings, err);
}

void prov_rule_free(prov_rule *rule)
{
    if (!rule)
        return;
    struct prov_alloc alloc = rule->alloc;
    provi_free_secret(&alloc, rule, rule->block_size);
}
