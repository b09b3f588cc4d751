/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/parser_priv.h"

#include "base/str.h"

static bool is_name_char(char c)
{
    return provi_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* `a`..`p` stand for GPP_A..GPP_P. */
static prov_str full_name(prov_str name)
{
    static const char gpp[] = "GPP_AGPP_BGPP_CGPP_DGPP_EGPP_FGPP_GGPP_H"
                              "GPP_IGPP_JGPP_KGPP_LGPP_MGPP_NGPP_OGPP_P";
    enum { GPP_NAME_LEN = 5 };
    if (name.len != 1 || name.data[0] < 'a' || name.data[0] > 'p')
        return name;
    return (prov_str){gpp + GPP_NAME_LEN * (name.data[0] - 'a'), GPP_NAME_LEN};
}

static prov_status parse_name(struct provi_parser *parser, prov_str *name)
{
    size_t start = parser->at;
    *name = provi_parser_take_while(parser, is_name_char);
    if (name->len == 0 || !(provi_is_alpha(name->data[0]) || name->data[0] == '_'))
        return provi_parser_expected(parser, start, "a parameter name");
    *name = full_name(*name);
    return PROV_OK;
}

static prov_status parse_assignment(struct provi_parser *parser)
{
    struct prov_rule_assignment assignment;
    prov_status status = parse_name(parser, &assignment.name);
    if (status != PROV_OK)
        return status;
    provi_parser_skip_blanks(parser);
    if (!provi_parser_take(parser, '='))
        return provi_parser_expected(parser, parser->at, "'=' after a parameter name");
    provi_parser_skip_blanks(parser);
    if (!provi_parser_sees(parser, '"'))
        return provi_parser_expected(parser, parser->at, "a value in '\"'");
    status = provi_parser_take_quoted(parser, &assignment.value);
    if (status != PROV_OK)
        return status;
    struct provi_parts *parts = parser->parts;
    if (parts->assignments)
        parts->assignments[parts->n_assignments] = assignment;
    parts->n_assignments++;
    return PROV_OK;
}

prov_status provi_parse_assignments(struct provi_parser *parser)
{
    provi_parser_take(parser, '(');
    do {
        provi_parser_skip_blanks(parser);
        prov_status status = parse_assignment(parser);
        if (status != PROV_OK)
            return status;
        provi_parser_skip_blanks(parser);
        if (!provi_parser_take(parser, ';') && !provi_parser_sees(parser, ')'))
            return provi_parser_expected(parser, parser->at, "';' after an assignment");
        provi_parser_skip_blanks(parser);
    } while (!provi_parser_take(parser, ')'));
    return PROV_OK;
}
