/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

#include <libxml/parserInternals.h>

#if LIBXML_VERSION < 21200
typedef xmlError *xml_error_ptr;
#else
typedef const xmlError *xml_error_ptr;
#endif

enum {
    /* NONET and IGNORE_ENC: no entities, no DTD, no recovery, no huge documents. */
    XML_OPTIONS = XML_PARSE_NONET | XML_PARSE_IGNORE_ENC,
    MAX_XML_WARNINGS = 64, /* each costs as much as a hundred bytes of profile */
    /* libxml2 looks for a prefix among all declarations in scope, two pointers each. */
    MAX_NAMESPACE_SLOTS = 2 * 32,
    NAME_OVERHEAD = 48, /* bytes a name costs beside its text */
};

/* Namespaces mean nothing here: templates use prefixes (`xsi:type`) without declaring them. */
static bool is_harmless(int code)
{
    return code == XML_ERR_OK || code == XML_NS_ERR_UNDEFINED_NAMESPACE;
}

static void on_error(void *ctx, xml_error_ptr error)
{
    prov_profile_parser *parser = ctx;
    if (!parser->xml || parser->failed != PROV_OK)
        return; /* while it is being made, only memory can lack */
    if (error->level != XML_ERR_WARNING && !is_harmless(error->code)) {
        provi_profile_xml_error(parser, error->code);
        return;
    }
    if (++parser->n_xml_warnings > MAX_XML_WARNINGS) {
        provi_fail(&parser->error, PROV_E_LIMIT, "more than %d doubtful constructs",
                   MAX_XML_WARNINGS);
        provi_profile_stop(parser, provi_profile_here(parser));
    }
}

/* A document type may define entities: it ends the parse before libxml2 reads on. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)public_id;
    (void)system_id;
    prov_profile_parser *parser = ctx;
    if (parser->failed != PROV_OK)
        return;
    bool is_html =
        name && provi_str_eq_nocase(prov_str_from((const char *)name), PROVI_LIT("html"));
    provi_fail(&parser->error, PROV_E_CORRUPT, "%s",
               is_html ? "an HTML page, not a profile" : "a DOCTYPE, which is not accepted");
    provi_profile_stop(parser, provi_profile_here(parser));
    xmlStopParser(parser->xml);
}

/* libxml2 keeps the addresses of all catalogs named: memory that nothing limits. */
static void on_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
    (void)data;
    prov_profile_parser *parser = ctx;
    if (parser->failed != PROV_OK || strcmp((const char *)target, "oasis-xml-catalog") != 0)
        return;
    provi_fail(&parser->error, PROV_E_CORRUPT, "an XML catalog, which is not accepted");
    provi_profile_stop(parser, provi_profile_here(parser));
}

static const xmlSAXHandler callbacks = {
    .initialized = XML_SAX2_MAGIC,
    .internalSubset = on_doctype,
    .processingInstruction = on_instruction,
    .startElementNs = provi_profile_on_start,
    .endElementNs = provi_profile_on_end,
    .characters = provi_profile_on_text,
    .ignorableWhitespace = provi_profile_on_text,
    .cdataBlock = provi_profile_on_cdata,
    .serror = on_error,
};

prov_status provi_profile_xml_open(prov_profile_parser *parser)
{
    xmlSAXHandler sax = callbacks; /* libxml2 copies it, but does not say const */
    parser->xml = xmlCreatePushParserCtxt(&sax, parser, NULL, 0, NULL);
    if (!parser->xml)
        return PROV_E_NOMEM;
    xmlCtxtUseOptions(parser->xml, XML_OPTIONS);
    /* As later releases do: 2.9 else drops bytes in the midst of a piece, and with them places. */
    parser->xml->progressive = 1;
    /* libxml2 stops before the next, four times larger block once the limit is passed. */
    xmlDictSetLimit(parser->xml->dict, parser->limits.max_name_table_bytes / 4);
    parser->flat_profile = xmlDictLookup(parser->xml->dict, BAD_CAST "flat-profile", -1);
    parser->ua = xmlDictLookup(parser->xml->dict, BAD_CAST "ua", -1);
    return parser->flat_profile && parser->ua ? PROV_OK : PROV_E_NOMEM;
}

void provi_profile_xml_close(prov_profile_parser *parser)
{
    if (!parser->xml)
        return;
    if (parser->xml->myDoc)
        xmlFreeDoc(parser->xml->myDoc);
    xmlFreeParserCtxt(parser->xml);
    parser->xml = NULL;
}

/* Guards: what libxml2 holds back for want of an end, and what it keeps for good. */

static prov_status fail_here(prov_profile_parser *parser, prov_status status, const char *message,
                             uint32_t limit)
{
    provi_fail(&parser->error, status, "%s (limit %u)", message, (unsigned)limit);
    return provi_profile_stop(parser, provi_profile_here(parser));
}

static prov_status check_held_back(prov_profile_parser *parser)
{
    const xmlParserInput *input = parser->xml->input;
    size_t len = (size_t)(input->end - input->cur);
    if (len > parser->limits.max_token_bytes)
        return fail_here(parser, PROV_E_LIMIT, "a comment, tag or text that does not end",
                         parser->limits.max_token_bytes);
    if (len <= PROVI_PROFILE_MAX_TAG || parser->xml->instate == XML_PARSER_CDATA_SECTION)
        return PROV_OK;
    if (input->cur[0] == '&')
        provi_profile_xml_error(parser, XML_ERR_ENTITYREF_SEMICOL_MISSING);
    else if (input->cur[0] == '<' && input->cur[1] != '!' && input->cur[1] != '?')
        fail_here(parser, PROV_E_LIMIT, "a tag that is too long", PROVI_PROFILE_MAX_TAG);
    return parser->failed;
}

static prov_status check_kept(prov_profile_parser *parser)
{
    size_t n_names = (size_t)xmlDictSize(parser->xml->dict);
    size_t used = xmlDictGetUsage(parser->xml->dict) + n_names * NAME_OVERHEAD;
    if (used > parser->limits.max_name_table_bytes)
        return fail_here(parser, PROV_E_LIMIT, "too many distinct names",
                         parser->limits.max_name_table_bytes);
    if (parser->xml->nsNr > MAX_NAMESPACE_SLOTS)
        return fail_here(parser, PROV_E_LIMIT, "too many namespaces", MAX_NAMESPACE_SLOTS / 2);
    return PROV_OK;
}

/* libxml2 leaves wellFormed at 1 after a stop or a failed allocation: three things must hold. */
static prov_status parse(prov_profile_parser *parser, const char *data, size_t len, int terminate)
{
    provi_profile_sync(parser);
    int code = xmlParseChunk(parser->xml, data, (int)len, terminate);
    if (parser->failed != PROV_OK)
        return parser->failed;
    if (is_harmless(code) && parser->xml->wellFormed && !parser->xml->disableSAX)
        return PROV_OK;
    if (code == XML_PARSER_EOF || code == XML_ERR_NO_MEMORY)
        provi_fail_nomem(&parser->error);
    else
        provi_fail(&parser->error, PROV_E_CORRUPT, "not well-formed XML");
    provi_error_native(&parser->error, PROV_ORIGIN_XML, code);
    return provi_profile_stop(parser, parser->sync);
}

prov_status provi_profile_xml_feed(prov_profile_parser *parser, const char *data, size_t len)
{
    if (len == 0)
        return PROV_OK;
    if (parse(parser, data, len, 0) != PROV_OK || check_held_back(parser) != PROV_OK)
        return parser->failed;
    return check_kept(parser);
}

bool provi_profile_xml_is_in_cdata(const prov_profile_parser *parser)
{
    return parser->xml->instate == XML_PARSER_CDATA_SECTION;
}

prov_str provi_profile_xml_in_hand(const prov_profile_parser *parser)
{
    const xmlParserInput *input = parser->xml->input;
    return (prov_str){(const char *)input->cur, (size_t)(input->end - input->cur)};
}

prov_status provi_profile_xml_end(prov_profile_parser *parser)
{
    parser->is_ending = true;
    return parse(parser, NULL, 0, 1);
}
