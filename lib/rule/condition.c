/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/parser_priv.h"

#include <stdio.h>

#include "base/array.h"
#include "base/str.h"

struct spelling {
    char text[3];
    uint32_t op;
};

/* Longest first. */
static const struct spelling symbols[] = {
    {"!=", PROV_RULE_NE}, {"<=", PROV_RULE_LE}, {">=", PROV_RULE_GE}, {"=", PROV_RULE_EQ},
    {"!", PROV_RULE_NE},  {"<", PROV_RULE_LT},  {">", PROV_RULE_GT},
};

static bool take_symbol(struct provi_parser *parser, uint32_t *op)
{
    prov_str rest = provi_str_from_offset(parser->text, parser->at);
    for (size_t i = 0; i < PROVI_LEN(symbols); i++) {
        prov_str symbol = prov_str_from(symbols[i].text);
        if (provi_str_starts(rest, symbol)) {
            parser->at += symbol.len;
            *op = symbols[i].op;
            return true;
        }
    }
    return false;
}

static bool take_op(struct provi_parser *parser, uint32_t *op)
{
    for (uint32_t i = PROV_RULE_EQ; i <= PROV_RULE_GE; i++) {
        if (provi_parser_take_keyword(parser, provi_operand_op_text(i))) {
            *op = i;
            return true;
        }
    }
    return take_symbol(parser, op);
}

static bool is_operand_char(char c)
{
    return provi_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* A bare word; `(b)` belongs to it if it stands right behind. */
static prov_str take_word(struct provi_parser *parser)
{
    prov_str word = provi_parser_take_while(parser, is_operand_char);
    size_t end = parser->at;
    if (word.len && provi_parser_take(parser, '(') &&
        provi_parser_take_while(parser, provi_is_alnum).len && provi_parser_take(parser, ')'))
        word.len = parser->at - (size_t)(word.data - parser->text.data);
    else
        parser->at = end;
    return word;
}

static prov_status parse_operand(struct provi_parser *parser, struct provi_operand *operand)
{
    static const char expected[] = "a quoted string, an integer or a version";
    if (provi_parser_sees(parser, '"')) {
        *operand = (struct provi_operand){.type = PROV_RULE_STRING};
        return provi_parser_take_quoted(parser, &operand->text);
    }
    size_t start = parser->at;
    prov_str word = take_word(parser);
    if (word.len == 0 || !provi_operand_classify(word, operand))
        return provi_parser_expected(parser, start, expected);
    return PROV_OK;
}

static prov_status expect_like_left(struct provi_parser *parser, size_t at, uint32_t left)
{
    char what[64];
    snprintf(what, sizeof what, "%s like the left side", provi_operand_type_text(left));
    return provi_parser_expected(parser, at, what);
}

/* `at` is the place of the operator, `right_at` that of the right operand. */
static prov_status check_types(struct provi_parser *parser, struct provi_comparison *comparison,
                               size_t at, size_t right_at)
{
    uint32_t left = comparison->left.type;
    uint32_t right = comparison->right.type;
    if (left == 0 && right == PROV_RULE_STRING) /* `$A ne ""` without quotes, and GPP_A is empty */
        return provi_parser_expected(parser, at, "an operand in front, or a version behind");
    comparison->type = left ? provi_operand_common_type(left, right) : right;
    if (comparison->type == 0)
        return expect_like_left(parser, right_at, left);
    bool is_order = comparison->op != PROV_RULE_EQ && comparison->op != PROV_RULE_NE;
    if (comparison->type == PROV_RULE_STRING && is_order)
        return provi_parser_expected(parser, at, "eq or ne between strings");
    return PROV_OK;
}

static prov_status parse_comparison(struct provi_parser *parser)
{
    struct provi_comparison comparison = {.at = parser->at, .written_at = parser->at};
    size_t op_at = parser->at;
    prov_status status = PROV_OK;
    if (!take_op(parser, &comparison.op)) {
        status = parse_operand(parser, &comparison.left);
        if (status != PROV_OK)
            return status;
        provi_parser_skip_blanks(parser);
        op_at = parser->at;
        if (!take_op(parser, &comparison.op))
            return provi_parser_expected(parser, op_at, "eq, ne, lt, le, gt or ge");
    }
    provi_parser_skip_blanks(parser);
    size_t right_at = parser->at;
    status = parse_operand(parser, &comparison.right);
    if (status == PROV_OK)
        status = check_types(parser, &comparison, op_at, right_at);
    if (status != PROV_OK)
        return status;
    struct provi_parts *parts = parser->parts;
    if (parts->comparisons)
        parts->comparisons[parts->n_comparisons] = comparison;
    parts->n_comparisons++;
    return PROV_OK;
}

prov_status provi_parse_comparisons(struct provi_parser *parser)
{
    do {
        provi_parser_skip_blanks(parser);
        prov_status status = parse_comparison(parser);
        if (status != PROV_OK)
            return status;
        provi_parser_skip_blanks(parser);
    } while (provi_parser_take_keyword(parser, "and"));
    return PROV_OK;
}
