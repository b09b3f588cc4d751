/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

/* The open parameter, else the innermost element. Never what stands inside a value. */
static prov_str enclosing(const prov_profile_parser *parser)
{
    if (parser->param.depth)
        return parser->param.out.name;
    if (parser->depth == 0)
        return PROVI_LIT("");
    return prov_str_from((const char *)parser->open[parser->depth - 1]);
}

prov_status provi_profile_stop(prov_profile_parser *parser, struct provi_profile_place place)
{
    provi_error_where(&parser->error, place.line, place.column, place.offset);
    provi_error_subject(&parser->error, enclosing(parser));
    parser->xml->disableSAX = 1; /* no callback comes any more, and no byte goes in */
    return parser->failed = parser->error.status;
}

/* Places */

static uint64_t offset_of(const prov_profile_parser *parser, const xmlChar *at)
{
    return provi_profile_offset(parser) - (uint64_t)(parser->xml->input->cur - at);
}

static uint32_t line_of_xml(const prov_profile_parser *parser)
{
    return parser->lead.line + (uint32_t)parser->xml->input->line - 1;
}

/* Where in libxml2's buffer the last sync took place; NULL: it has dropped that part since. */
static const xmlChar *sync_point(const prov_profile_parser *parser)
{
    const xmlParserInput *input = parser->xml->input;
    uint64_t base = offset_of(parser, input->base);
    uint64_t sync = parser->sync.offset;
    return sync >= base && sync <= offset_of(parser, input->cur) ? input->base + (sync - base)
                                                                 : NULL;
}

static uint32_t column_of(const prov_profile_parser *parser, const xmlChar *at)
{
    const xmlChar *known = sync_point(parser);
    const xmlChar *start = known ? known : parser->xml->input->base;
    for (const xmlChar *c = at; c > start; c--)
        if (c[-1] == '\n')
            return (uint32_t)(at - c) + 1;
    return known ? parser->sync.column + (uint32_t)(at - known) : (uint32_t)parser->xml->input->col;
}

static uint32_t line_of(const prov_profile_parser *parser, const xmlChar *at)
{
    const xmlChar *c = sync_point(parser);
    if (!c)
        return line_of_xml(parser);
    uint32_t line = parser->sync.line;
    for (; c < at; c++)
        line += *c == '\n';
    return line;
}

struct provi_profile_place provi_profile_place_of(const prov_profile_parser *parser,
                                                  const xmlChar *at)
{
    return (struct provi_profile_place){
        .offset = offset_of(parser, at),
        .line = line_of(parser, at),
        .column = column_of(parser, at),
    };
}

struct provi_profile_place provi_profile_here(const prov_profile_parser *parser)
{
    return provi_profile_place_of(parser, parser->xml->input->cur);
}

/* Between two pieces libxml2's own count of lines is right, and need not be made again. */
void provi_profile_sync(prov_profile_parser *parser)
{
    const xmlChar *at = parser->xml->input->cur;
    parser->sync = (struct provi_profile_place){
        .offset = offset_of(parser, at),
        .line = line_of_xml(parser),
        .column = column_of(parser, at),
    };
}

/* Words */

static const struct {
    int code;
    const char *text;
} words[] = {
    {XML_ERR_DOCUMENT_EMPTY, "expected the root element"},
    {XML_ERR_DOCUMENT_END, "something stands behind the root element"},
    {XML_ERR_INVALID_HEX_CHARREF, "a character reference that is no number"},
    {XML_ERR_INVALID_DEC_CHARREF, "a character reference that is no number"},
    {XML_ERR_INVALID_CHARREF, "a character reference that is no number"},
    {XML_ERR_INVALID_CHAR, "a character that XML does not allow, or bytes that are not UTF-8"},
    {XML_ERR_INVALID_ENCODING, "bytes that are not UTF-8"},
    {XML_ERR_ENTITYREF_NO_NAME, "a bare '&', expected &amp;"},
    {XML_ERR_ENTITYREF_SEMICOL_MISSING, "a bare '&' or an entity without ';', expected &amp;"},
    {XML_ERR_UNDECLARED_ENTITY, "an unknown entity, expected amp, lt, gt, apos or quot"},
    {XML_WAR_UNDECLARED_ENTITY, "an unknown entity, expected amp, lt, gt, apos or quot"},
    {XML_ERR_LT_IN_ATTRIBUTE, "a bare '<' in an attribute, expected &lt;"},
    {XML_ERR_ATTRIBUTE_NOT_STARTED, "an attribute without quotes"},
    {XML_ERR_ATTRIBUTE_NOT_FINISHED, "an attribute without its closing quote"},
    {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute without a value"},
    {XML_ERR_ATTRIBUTE_REDEFINED, "the same attribute twice"},
    {XML_ERR_COMMENT_NOT_FINISHED, "a comment without its end"},
    {XML_ERR_PI_NOT_STARTED, "a processing instruction without a name"},
    {XML_ERR_PI_NOT_FINISHED, "a processing instruction without its end"},
    {XML_ERR_XMLDECL_NOT_FINISHED, "an XML declaration without its end"},
    {XML_ERR_MISPLACED_CDATA_END, "']]>' in text, expected ']]&gt;'"},
    {XML_ERR_CDATA_NOT_FINISHED, "a CDATA section without its end"},
    {XML_ERR_RESERVED_XML_NAME, "an XML declaration that is not at the start"},
    {XML_ERR_SPACE_REQUIRED, "expected a blank"},
    {XML_ERR_NAME_REQUIRED, "expected an element name behind '<', or &lt; for the character"},
    {XML_ERR_GT_REQUIRED, "expected '>' at the end of a tag"},
    {XML_ERR_LTSLASH_REQUIRED, "expected '</'"},
    {XML_ERR_EQUAL_REQUIRED, "expected '='"},
    {XML_ERR_TAG_NAME_MISMATCH, "an end tag of another name than the element's"},
    {XML_ERR_TAG_NOT_FINISHED, "an element without its end tag"},
    {XML_ERR_VERSION_MISSING, "an XML declaration without version"},
    {XML_ERR_UNKNOWN_VERSION, "an unknown version of XML"},
    {XML_NS_ERR_QNAME, "expected an element name behind '<', or &lt; for the character"},
};

static const char *words_of(int code)
{
    for (size_t i = 0; i < PROVI_LEN(words); i++)
        if (words[i].code == code)
            return words[i].text;
    return "not well-formed XML";
}

/* libxml2 tells a full name table and missing memory by the same code. */
static bool is_name_table_full(const prov_profile_parser *parser)
{
    return xmlDictGetUsage(parser->xml->dict) > parser->limits.max_name_table_bytes / 4;
}

/* Whether an error comes of the document's end alone. */
static bool is_cut(const prov_profile_parser *parser, int code)
{
    if (!parser->is_ending)
        return false;
    if (code == XML_ERR_DOCUMENT_END || code == XML_ERR_DOCUMENT_EMPTY)
        return parser->depth > 0;
    return provi_profile_offset(parser) == parser->lead.offset + parser->result.bytes;
}

/* Near the end of a piece libxml2 has other words for it. */
static bool stands_on_bad_utf8(const xmlParserInput *input)
{
    size_t rest = (size_t)(input->end - input->cur);
    if (rest == 0 || *input->cur < 0x80)
        return false;
    for (size_t len = 2; len <= 4 && len <= rest; len++)
        if (provi_xml_is_text((prov_str){(const char *)input->cur, len}))
            return false;
    return true;
}

/* libxml2's code, or one that tells more. */
static int precise_code(const prov_profile_parser *parser, int code)
{
    const xmlParserInput *input = parser->xml->input;
    if (code == XML_ERR_NAME_REQUIRED && input->cur > input->base && input->cur[-1] == '&')
        return XML_ERR_ENTITYREF_NO_NAME;
    if (code == XML_ERR_DOCUMENT_END && !parser->has_root)
        return XML_ERR_DOCUMENT_EMPTY;
    return stands_on_bad_utf8(input) ? XML_ERR_INVALID_CHAR : code;
}

void provi_profile_xml_error(prov_profile_parser *parser, int code)
{
    code = precise_code(parser, code);
    if (code == XML_ERR_NO_MEMORY && !is_name_table_full(parser))
        provi_fail_nomem(&parser->error);
    else if (code == XML_ERR_NO_MEMORY)
        provi_fail(&parser->error, PROV_E_LIMIT, "too many distinct names");
    else if (is_cut(parser, code))
        provi_fail(&parser->error, PROV_E_TRUNCATED,
                   "the profile ends before its root element is closed");
    else
        provi_fail(&parser->error, PROV_E_CORRUPT, "%s", words_of(code));
    provi_error_native(&parser->error, PROV_ORIGIN_XML, code);
    provi_profile_stop(parser, provi_profile_here(parser));
}
