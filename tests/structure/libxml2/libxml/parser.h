/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Everything of libxml2 that the library uses: no member of a struct that a later release may hide,
 * and nothing that one of the releases of Debian 12, 13 and testing (2.9.14 to 2.15) deprecates.
 * libxml2.py compiles lib/profile/ with this header in place of libxml2's own, so a name that is
 * not listed does not compile; and a name that lib/profile/ does not use must leave the list.
 *
 * Only names and types matter here: the values of constants are libxml2's own business. Names that
 * depend on the release stand below a test of LIBXML_VERSION, which libxml2.py sets.
 */
#ifndef TEST_STRUCTURE_LIBXML2_PARSER_H
#define TEST_STRUCTURE_LIBXML2_PARSER_H

typedef unsigned char xmlChar;

/* Names: one pointer for equal ones, and a limit. */
typedef struct _xmlDict xmlDict;
const xmlChar *xmlDictLookup(xmlDict *dict, const xmlChar *name, int len);
const xmlChar *xmlDictQLookup(xmlDict *dict, const xmlChar *prefix, const xmlChar *name);
size_t xmlDictGetUsage(xmlDict *dict);
size_t xmlDictSetLimit(xmlDict *dict, size_t limit);
int xmlDictSize(xmlDict *dict);

/* Errors: what a callback gets. */
typedef struct {
    int code;
    int level;
} xmlError;

enum {
    XML_ERR_WARNING,
};

enum {
    XML_ERR_OK,
    XML_ERR_INTERNAL_ERROR,
    XML_ERR_NO_MEMORY,
    XML_ERR_INVALID_CHAR,
    XML_NS_ERR_XML_NAMESPACE,
    XML_NS_ERR_COLON,
};

/* Callbacks. */
enum {
    XML_SAX2_MAGIC,
};

typedef struct {
    unsigned initialized;
    void (*startElementNs)(void *ctx, const xmlChar *name, const xmlChar *prefix,
                           const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                           int n_attributes, int n_defaulted, const xmlChar **attributes);
    void (*endElementNs)(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri);
    void (*characters)(void *ctx, const xmlChar *text, int len);
    void (*ignorableWhitespace)(void *ctx, const xmlChar *text, int len);
    void (*cdataBlock)(void *ctx, const xmlChar *text, int len);
#if LIBXML_VERSION < 21200
    void (*serror)(void *ctx, xmlError *error);
#else
    void (*serror)(void *ctx, const xmlError *error);
#endif
} xmlSAXHandler;

/* The parser. */
enum {
    XML_PARSE_NONET,
};

#if LIBXML_VERSION < 21400
typedef struct {
    xmlDict *dict; /* public before there was a function for it */
} xmlParserCtxt;
#else
typedef struct _xmlParserCtxt xmlParserCtxt;
xmlDict *xmlCtxtGetDict(xmlParserCtxt *parser);
#endif

void xmlInitParser(void);
xmlParserCtxt *xmlCreatePushParserCtxt(xmlSAXHandler *callbacks, void *ctx, const char *data,
                                       int len, const char *name);
#if LIBXML_VERSION < 21300
int xmlCtxtUseOptions(xmlParserCtxt *parser, int options);
#else
int xmlCtxtSetOptions(xmlParserCtxt *parser, int options);
#endif
int xmlParseChunk(xmlParserCtxt *parser, const char *data, int len, int terminate);
void xmlFreeParserCtxt(xmlParserCtxt *parser);

#endif
