/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Groups in parentheses: conditions and assignments. */
#include "rule/parser_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "macro/secrets.h"

struct spelling {
    char text[4];
    uint32_t op;
};

/* Words in any case, and symbols, longest first. */
static const struct spelling operators[] = {
    {"eq", PROV_RULE_OP_EQ}, {"ne", PROV_RULE_OP_NE}, {"lt", PROV_RULE_OP_LT},
    {"le", PROV_RULE_OP_LE}, {"gt", PROV_RULE_OP_GT}, {"ge", PROV_RULE_OP_GE},
    {"!=", PROV_RULE_OP_NE}, {"<=", PROV_RULE_OP_LE}, {">=", PROV_RULE_OP_GE},
    {"=", PROV_RULE_OP_EQ},  {"!", PROV_RULE_OP_NE},  {"<", PROV_RULE_OP_LT},
    {">", PROV_RULE_OP_GT},
};
static const struct spelling conjunction[] = {{"and", 0}};

/* Skip blanks, and the spelling that follows them; a word must not continue with a letter, a digit
 * or a `_`. NULL if none follows. */
static const struct spelling *take_spelling(struct provi_parser *parser,
                                            const struct spelling *spellings, size_t n)
{
    const char first = provi_lower((char)provi_parser_next(parser));
    const prov_str rest = provi_str_from_offset(parser->text, parser->at);
    for (const struct spelling *spelling = spellings; spelling < spellings + n; spelling++) {
        const prov_str text = prov_str_from(spelling->text);
        if (first != text.data[0] || rest.len < text.len ||
            !provi_str_eq_nocase((prov_str){rest.data, text.len}, text))
            continue;
        const char next = rest.len > text.len ? rest.data[text.len] : ' ';
        if (provi_is_alpha(first) && (provi_is_alnum(next) || next == '_'))
            continue;
        parser->at += text.len;
        return spelling;
    }
    return NULL;
}

static bool is_word_char(char c)
{
    return provi_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

static prov_status parse_operand(struct provi_parser *parser, struct provi_operand *operand)
{
    if (provi_parser_next(parser) == '"') {
        *operand = (struct provi_operand){.type = PROV_RULE_TYPE_STRING};
        prov_status status = provi_parser_take_quoted(parser, &operand->text);
        return status == PROV_OK ? provi_parser_hide(parser, operand->text, false) : status;
    }
    const prov_str text = parser->text;
    const size_t start = parser->at;
    prov_str word = provi_str_take_while(text, &parser->at, is_word_char);
    size_t at = parser->at;
    if (word.len && at < text.len && text.data[at++] == '(' &&
        provi_str_take_while(text, &at, provi_is_alnum).len && at < text.len &&
        text.data[at++] == ')') { /* `1.0.31(b)` */
        parser->at = at;
        word.len = at - start;
    }
    if (word.len == 0 || !provi_operand_classify(word, operand))
        return provi_parser_expected(parser, start, "a quoted string, an integer or a version");
    return PROV_OK;
}

/* The text expected in place of an operator between operands of these types; NULL if it fits. */
static const char *expected_operator(uint32_t op, uint32_t left, uint32_t right)
{
    if (right == PROV_RULE_TYPE_STRING &&
        left == 0) /* `$A ne ""` without quotes, and GPP_A is empty */
        return "an operand before, or a version after";
    if (right == PROV_RULE_TYPE_STRING && op != PROV_RULE_OP_EQ && op != PROV_RULE_OP_NE)
        return "eq or ne between strings";
    return NULL;
}

/*
 * A comparison that is written without a left side compares $SWVER. `($A ge 1.0)?` with an empty
 * GPP_A must not be taken for one: report the missing operand.
 */
static prov_status check_left_side(struct provi_parser *parser, size_t at)
{
    const struct provi_expansion *expansion = &parser->rule->expansion;
    const struct provi_macro_span *empty = NULL;
    for (size_t i = provi_expansion_find(expansion, at); i > 0; i--) {
        const struct provi_macro_span *span = &expansion->spans[i - 1];
        while (at > span->at && provi_is_blank(parser->text.data[at - 1]))
            at--;
        if (at > span->at)
            break;
        if (span->kind == PROVI_SPAN_VALUE && span->len == 0)
            empty = span;
    }
    if (!empty)
        return PROV_OK;
    provi_fail(parser->err, PROV_E_SYNTAX, "expected an operand, found a macro without a value");
    provi_error_subject(parser->err, provi_span_name(expansion, empty));
    provi_error_at(parser->err, expansion->written, empty->written);
    return PROV_E_SYNTAX;
}

static prov_status parse_comparison(struct provi_parser *parser)
{
    provi_parser_next(parser);
    const size_t start = parser->at;
    struct provi_comparison comparison = {.at = start};
    size_t op_at = start;
    prov_status status = PROV_OK;
    const struct spelling *op = take_spelling(parser, operators, PROVI_LEN(operators));
    if (!op) {
        status = parse_operand(parser, &comparison.left);
        if (status != PROV_OK)
            return status;
        provi_parser_next(parser);
        op_at = parser->at;
        op = take_spelling(parser, operators, PROVI_LEN(operators));
        if (!op)
            return provi_parser_expected(parser, op_at, "eq, ne, lt, le, gt or ge");
    }
    comparison.op = op->op;
    provi_parser_next(parser);
    size_t right_at = parser->at;
    status = parse_operand(parser, &comparison.right);
    if (status != PROV_OK)
        return status;
    const uint32_t left = comparison.left.type, right = comparison.right.type;
    if (left && !provi_operand_common_type(left, right)) {
        char what[64];
        snprintf(what, sizeof what, "%s like the left side", provi_operand_type_text(left));
        return provi_parser_expected(parser, right_at, what);
    }
    const char *expected = expected_operator(op->op, left, right);
    if (expected)
        return provi_parser_expected(parser, op_at, expected);
    status = left ? PROV_OK : check_left_side(parser, start);
    if (status != PROV_OK)
        return status;
    return provi_parser_add(parser, PROVI_LIST_COMPARISONS, &comparison, sizeof comparison);
}

prov_status provi_parse_comparisons(struct provi_parser *parser, bool in_parentheses)
{
    if (in_parentheses)
        provi_parser_take(parser, '(');
    do {
        prov_status status = parse_comparison(parser);
        if (status != PROV_OK)
            return status;
    } while (take_spelling(parser, conjunction, PROVI_LEN(conjunction)));
    if (in_parentheses)
        return provi_parser_take(parser, ')')
                   ? PROV_OK
                   : provi_parser_expected(parser, parser->at, "'and' or ')'");
    return parser->at == parser->text.len
               ? PROV_OK
               : provi_parser_expected(parser, parser->at, "'and' or the end");
}

static prov_status parse_assignment(struct provi_parser *parser)
{
    static const char gpp[] = "GPP_AGPP_BGPP_CGPP_DGPP_EGPP_FGPP_GGPP_H"
                              "GPP_IGPP_JGPP_KGPP_LGPP_MGPP_NGPP_OGPP_P";
    enum { GPP_NAME_LEN = 5 };
    provi_parser_next(parser);
    const size_t start = parser->at;
    prov_str name = provi_str_take_while(parser->text, &parser->at, is_word_char);
    if (name.len == 0 || !(provi_is_alpha(name.data[0]) || name.data[0] == '_'))
        return provi_parser_expected(parser, start, "a parameter name");
    if (name.len == 1 && name.data[0] >= 'a' && name.data[0] <= 'p')
        name = (prov_str){gpp + GPP_NAME_LEN * (name.data[0] - 'a'), GPP_NAME_LEN};
    if (!provi_parser_take(parser, '='))
        return provi_parser_expected(parser, parser->at, "'=' after a parameter name");
    if (provi_parser_next(parser) != '"')
        return provi_parser_expected(parser, parser->at, "a value in '\"'");
    struct prov_rule_assignment assignment = {.name = name};
    prov_status status = provi_parser_take_quoted(parser, &assignment.value);
    if (status == PROV_OK)
        status = provi_parser_hide(parser, assignment.value, provi_secrets_has_name(name));
    if (status != PROV_OK)
        return status;
    return provi_parser_add(parser, PROVI_LIST_ASSIGNMENTS, &assignment, sizeof assignment);
}

prov_status provi_parse_assignments(struct provi_parser *parser)
{
    provi_parser_take(parser, '(');
    do {
        prov_status status = parse_assignment(parser);
        if (status != PROV_OK)
            return status;
        if (!provi_parser_take(parser, ';') && provi_parser_next(parser) != ')')
            return provi_parser_expected(parser, parser->at, "';' after an assignment");
    } while (!provi_parser_take(parser, ')'));
    return PROV_OK;
}
