/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

prov_status provi_profile_stop(prov_profile_parser *parser, struct provi_profile_place place)
{
    provi_error_where(&parser->error, place.line, place.column, place.offset);
    /* The open parameter, or the innermost element, but never a part of a value. */
    prov_str subject = PROVI_LIT("");
    if (parser->param.depth)
        subject = parser->param.out.name;
    else if (parser->depth > 0)
        subject = prov_str_from((const char *)parser->open[parser->depth - 1]);
    provi_error_subject(&parser->error, subject);
    return parser->failed = parser->error.status;
}

prov_status provi_profile_fail_nomem(prov_profile_parser *parser)
{
    provi_fail_nomem(&parser->error);
    return provi_profile_stop(parser, (struct provi_profile_place){.line = 1, .column = 1});
}

/* libxml2 reports a full name table and lack of memory with the same code. */
prov_status provi_profile_fail_names(prov_profile_parser *parser)
{
    if (xmlDictGetUsage(parser->dict) > parser->limits.max_name_table_bytes / 4)
        provi_fail(&parser->error, PROV_E_LIMIT, "too many distinct names");
    else
        provi_fail_nomem(&parser->error);
    provi_error_native(&parser->error, PROV_ORIGIN_XML, XML_ERR_NO_MEMORY);
    return provi_profile_stop(parser, provi_profile_place_of(parser, parser->known));
}

void provi_profile_xml_error(prov_profile_parser *parser, int code)
{
    if (code == XML_ERR_NO_MEMORY) {
        provi_profile_fail_names(parser);
    } else if (!provi_profile_find_fault(parser, parser->fed_end, parser->fed_end)) {
        provi_fail(&parser->error, PROV_E_CORRUPT, "not well-formed XML");
        provi_profile_stop(parser, provi_profile_place_of(parser, parser->known));
    }
    if (code != XML_ERR_NO_MEMORY && code != XML_ERR_OK)
        provi_error_native(&parser->error, PROV_ORIGIN_XML, code);
}

static prov_status stop_at_end(prov_profile_parser *parser)
{
    const char *end = parser->piece + parser->piece_len;
    return provi_profile_stop(parser, provi_profile_place_of(parser, end));
}

prov_status provi_profile_fail_rootless(prov_profile_parser *parser)
{
    provi_fail(&parser->error, PROV_E_CORRUPT, "%s",
               parser->has_php ? "a PHP script, which the server did not run"
                               : "expected the root element, found the end");
    return parser->has_php ? provi_profile_stop(parser, parser->php) : stop_at_end(parser);
}

/* Fail with the name of the construct that does not end, such as a comment, or of the innermost
 * element. */
prov_status provi_profile_fail_cut(prov_profile_parser *parser)
{
    static const char *const constructs[] = {
        [PROVI_IN_CDATA] = "CDATA section",
        [PROVI_IN_COMMENT] = "comment",
        [PROVI_IN_INSTRUCTION] = "processing instruction",
    };
    /* The name of an element inside a parameter may be a part of its value. */
    uint32_t depth = parser->param.depth ? parser->param.depth : parser->depth;
    const char *cut = "the profile ends before its root element is closed";
    if (parser->has_php && !parser->has_root)
        return provi_profile_fail_rootless(parser);
    if (parser->inside == PROVI_IN_INSTRUCTION && parser->is_in_php) {
        provi_fail(&parser->error, PROV_E_TRUNCATED,
                   "a PHP script without its end (?>), which the server did not run");
        return provi_profile_stop(parser, parser->construct);
    }
    if (parser->inside != PROVI_IN_CONTENT)
        provi_fail(&parser->error, PROV_E_TRUNCATED, "%s: the %s of line %u has no end", cut,
                   constructs[parser->inside], (unsigned)parser->construct.line);
    else if (depth > 0)
        provi_fail(&parser->error, PROV_E_TRUNCATED, "%s: expected </%.40s> (opened in line %u)",
                   cut, (const char *)parser->open[depth - 1], (unsigned)parser->lines[depth - 1]);
    else
        provi_fail(&parser->error, PROV_E_TRUNCATED, "%s", cut);
    return stop_at_end(parser);
}
