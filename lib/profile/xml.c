/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Calls of libxml2: only its public interfaces, and none that release 2.15 deprecates. */
#include "profile/profile_priv.h"

#include <stdatomic.h>

#include "base/error.h"
#include "base/str.h"

#if LIBXML_VERSION < 21200
typedef xmlError *xml_error_ptr;
#else
typedef const xmlError *xml_error_ptr;
#endif

enum {
    /* NONET: no entities, no DTD, no recovery, no huge documents. */
    XML_OPTIONS = XML_PARSE_NONET,
    MAX_NAMESPACES = 32, /* libxml2 searches for a prefix among all that are declared */
    NAME_OVERHEAD = 48,  /* cost in bytes of a name besides its text */
};

/* libxml2 2.9 initialises itself with its first parser, which is not thread-safe. It takes a few
 * microseconds, during which other threads spin. */
static void prepare_once(void)
{
    enum { NOT_YET, AT_IT, DONE };
    static atomic_int stage = NOT_YET;
    int expected = NOT_YET;
    if (atomic_load_explicit(&stage, memory_order_acquire) == DONE)
        return;
    if (atomic_compare_exchange_strong(&stage, &expected, AT_IT)) { /* GCOV_EXCL_BR_LINE: a race */
        xmlInitParser();
        atomic_store_explicit(&stage, DONE, memory_order_release);
    }
    while (atomic_load(&stage) != DONE) /* GCOV_EXCL_BR_LINE: the same */
        ;
}

/* Faults of namespaces are ignored, since templates use prefixes (`xsi:type`) without declaring
 * them. But some releases report invalid names and repeated attributes as such too. */
static bool is_of_namespaces(int code)
{
    return code >= XML_NS_ERR_XML_NAMESPACE && code <= XML_NS_ERR_COLON;
}

static void on_error(void *ctx, xml_error_ptr error)
{
    prov_profile_parser *parser = ctx;
    if (!parser->xml || parser->failed != PROV_OK)
        return; /* creating a parser fails only for lack of memory */
    if (error->level == XML_ERR_WARNING || error->code == XML_ERR_OK)
        return;
    if (!is_of_namespaces(error->code))
        provi_profile_xml_error(parser, error->code);
    else if (provi_profile_find_fault(parser, parser->fed_end, parser->fed_end))
        provi_error_native(&parser->error, PROV_ORIGIN_XML, error->code);
}

static const xmlSAXHandler callbacks = {
    .initialized = XML_SAX2_MAGIC,
    .startElementNs = provi_profile_on_start,
    .endElementNs = provi_profile_on_end,
    .characters = provi_profile_on_text,
    .ignorableWhitespace = provi_profile_on_text,
    .cdataBlock = provi_profile_on_cdata,
    .serror = on_error,
};

static xmlDict *dict_of(xmlParserCtxt *xml)
{
#if LIBXML_VERSION < 21400
    return xml->dict;
#else
    return xmlCtxtGetDict(xml);
#endif
}

static int set_options(xmlParserCtxt *xml)
{
#if LIBXML_VERSION < 21300
    return xmlCtxtUseOptions(xml, XML_OPTIONS);
#else
    return xmlCtxtSetOptions(xml, XML_OPTIONS);
#endif
}

/*
 * Pass four blanks first: libxml2 guesses an encoding from four bytes. Then repeat the tags of the
 * root that were read without libxml2; the callbacks ignore them, as they do after a failure.
 */
static bool begin(prov_profile_parser *parser)
{
    prov_str start =
        parser->depth ? PROVI_LIT("    <flat-profile>") : PROVI_LIT("    <flat-profile/>");
    if (!parser->has_root)
        start.len = 4;
    parser->failed = PROV_E_STATE;
    bool is_well = set_options(parser->xml) == 0 &&
                   xmlParseChunk(parser->xml, start.data, (int)start.len, 0) == XML_ERR_OK;
    parser->failed = PROV_OK;
    return is_well;
}

prov_status provi_profile_xml_open(prov_profile_parser *parser)
{
    xmlSAXHandler sax = callbacks; /* libxml2 copies it, but its parameter is not const */
    if (parser->xml)
        return PROV_OK;
    prepare_once();
    parser->xml = xmlCreatePushParserCtxt(&sax, parser, NULL, 0, NULL);
    if (!parser->xml || !begin(parser))
        return provi_profile_fail_nomem(parser);
    parser->dict = dict_of(parser->xml);
    parser->ua = xmlDictLookup(parser->dict, (const xmlChar *)"ua", -1);
    return parser->ua ? PROV_OK : provi_profile_fail_nomem(parser);
}

void provi_profile_xml_close(prov_profile_parser *parser)
{
    if (parser->xml)
        xmlFreeParserCtxt(parser->xml);
    parser->xml = NULL;
}

static prov_status fail_limit(prov_profile_parser *parser, const char *message, uint32_t limit)
{
    provi_fail(&parser->error, PROV_E_LIMIT, "%s (limit %u)", message, (unsigned)limit);
    return provi_profile_stop(parser, provi_profile_place_of(parser, parser->known));
}

prov_status provi_profile_check_kept(prov_profile_parser *parser)
{
    size_t n_names = (parser->dict ? (size_t)xmlDictSize(parser->dict) : 0) + parser->names.n;
    size_t n_bytes = xmlDictGetUsage(parser->dict) + parser->names.starts[parser->names.n];
    size_t used = n_bytes + n_names * NAME_OVERHEAD;
    if (used > parser->limits.max_name_table_bytes)
        return fail_limit(parser, "too many distinct names", parser->limits.max_name_table_bytes);
    if (parser->n_namespaces > MAX_NAMESPACES)
        return fail_limit(parser, "too many namespaces", MAX_NAMESPACES);
    return PROV_OK;
}

static prov_status parse(prov_profile_parser *parser, const char *data, size_t len, int terminate)
{
    int code = xmlParseChunk(parser->xml, data, (int)len, terminate);
    /* libxml2 stops before the next block of names, four times as large, once the limit is passed.
     * Late releases set a limit of their own when the first bytes are passed. */
    xmlDictSetLimit(parser->dict, parser->limits.max_name_table_bytes / 4);
    bool is_well = code == XML_ERR_OK || is_of_namespaces(code);
    if (parser->failed != PROV_OK || is_well)
        return parser->failed;
    /* Out of memory: libxml2 could not even allocate the error, and returned -1. */
    if (code < 0)
        code = XML_ERR_NO_MEMORY;
    provi_profile_xml_error(parser, code);
    return parser->failed;
}

prov_status provi_profile_xml_feed(prov_profile_parser *parser, const char *data, size_t len)
{
    if (len == 0 || (!parser->xml && provi_profile_on_root(parser, (prov_str){data, len})))
        return parser->failed;
    if (provi_profile_xml_open(parser) == PROV_OK && parse(parser, data, len, 0) == PROV_OK)
        provi_profile_check_kept(parser);
    return parser->failed;
}

prov_status provi_profile_xml_end(prov_profile_parser *parser)
{
    parser->fed_end = parser->piece;
    parser->known = parser->piece;
    return parser->xml ? parse(parser, NULL, 0, 1) : PROV_OK;
}
