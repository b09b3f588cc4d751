/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "hostile.h"

#include <stdio.h>
#include <string.h>

enum { KIB = 1024, MIB = 1024 * KIB };

#define P "<flat-profile>"
#define PP "</flat-profile>"
#define BIG (8 * MIB)

const struct hostile hostile_documents[] = {
    /* Document types and entities */
    {"billion laughs", "<!DOCTYPE a [<!ENTITY l0 \"lol\">",
     "<!ENTITY l%u \"&l0;&l0;&l0;&l0;&l0;&l0;\">", "]>" P "<GPP_A>&l9;</GPP_A>" PP, 4 * KIB,
     PROV_E_CORRUPT, 0},
    {"one entity used often", "<!DOCTYPE a [<!ENTITY e \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\">]>" P,
     "&e;", PP, BIG, PROV_E_CORRUPT, 0},
    {"external entity", "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" P, "&e;", PP,
     KIB, PROV_E_CORRUPT, 0},
    {"external subset", "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\">" P, "", PP, 0,
     PROV_E_CORRUPT, 0},
    {"public identifier", "<!DOCTYPE a PUBLIC \"-//x//y\" \"http://127.0.0.1:1/a.dtd\">" P, "", PP,
     0, PROV_E_CORRUPT, 0},
    {"parameter entity", "<!DOCTYPE a [<!ENTITY % e SYSTEM \"file:///etc/passwd\"> %e;]>" P, "", PP,
     0, PROV_E_CORRUPT, 0},
    {"document type behind a comment", "<!-- x --><?y?>\n<!DOCTYPE a [", "<!ENTITY e%u \"\">", "]>",
     BIG, PROV_E_CORRUPT, 0},
    {"endless document type", "<!DOCTYPE ", "a", ">", BIG, PROV_E_CORRUPT, 0},
    {"endless internal subset", "<!DOCTYPE a [", "<!ENTITY a%u 'b'>", "]>", BIG, PROV_E_CORRUPT, 0},
    {"element declaration in content", P, "<!ELEMENT a ANY>", PP, BIG, PROV_E_CORRUPT, 0},
    {"conditional section in content", P "<![INCLUDE[", "x", "]]>" PP, BIG, PROV_E_CORRUPT, 0},
    {"undefined entity", P "<GPP_A>", "&e%u;", "</GPP_A>" PP, BIG, PROV_E_CORRUPT, 0},
    /* Nesting and tags */
    {"nesting", "", "<a>", "", 100000 * 3, PROV_E_LIMIT, 0},
    {"nesting inside a parameter", P "<GPP_A>", "<b>x", "", BIG, PROV_E_LIMIT, 0},
    {"attributes in one tag", P "<GPP_A ", "a%u=\"\" ", ">1</GPP_A>" PP, 2200 * KIB, PROV_E_LIMIT,
     0},
    {"namespaces in one tag", "<a ", "xmlns:n%u=\"u:u\" ", ">", BIG, PROV_E_LIMIT, 0},
    {"namespaces in scope", "", "<a xmlns:a%u='u:1' xmlns:b%u='u:2' xmlns:c='u:3' xmlns:d='u:4'>",
     "", BIG, PROV_E_LIMIT, 0},
    {"attribute value", P "<GPP_A ua=\"", "x", "\"/>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"attribute value of entities", P "<GPP_A ua=\"", "&lt;", "\"/>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"element name", P "<", "n", "/>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"attribute name", P "<a ", "n", "=\"\"/>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"blanks in a start tag", P "<a", " ", ">" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"blanks in an end tag", P "<a></a", " ", ">" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"quotes in a tag", P "<a b='", "\"", "'/>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"greater-than in an attribute", P "<a b='", ">", "'/>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"end tags", P, "</a>", "", BIG, PROV_E_CORRUPT, 0},
    {"less-than", P, "<", "", BIG, PROV_E_CORRUPT, 0},
    {"same attribute", P "<a ", "b='' ", "/>" PP, BIG, PROV_E_LIMIT, 0},
    /* Things without an end */
    {"comment", P "<!-- ", "x", " -->" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"hyphens in a comment", P "<!-- ", "-", " -->" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"rulers", P, "<!-----><!-- -- -->", PP, BIG, PROV_OK, 0},
    {"rulers in CDATA", P, "<![CDATA[<!-- --]]><!-- -- -->", PP, BIG, PROV_OK, 0},
    {"rulers in instructions", P, "<?p <!-- --?><!-- -- -->", PP, BIG, PROV_OK, 0},
    {"instruction", P "<?p ", "x", "?>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"instruction's name", P "<?", "x", "?>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"XML declaration", "<?xml version='1.0' ", " ", "?>" P PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"blanks before the document", "", " \n", P PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"entity name", P "<GPP_A>&", "e", ";</GPP_A>" PP, 30 * MIB, PROV_E_CORRUPT, 0},
    {"character reference", P "<GPP_A>&#", "0", ";</GPP_A>" PP, 30 * MIB, PROV_E_CORRUPT, 0},
    {"value", P "<GPP_A>", "x", "</GPP_A>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"value of blanks", P "<GPP_A>", " \n", "</GPP_A>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"value of entities", P "<GPP_A>", "&lt;", "</GPP_A>" PP, 30 * MIB, PROV_E_LIMIT, 400 * KIB},
    {"value of references", P "<GPP_A>", "&#x1D11E;", "</GPP_A>" PP, 30 * MIB, PROV_E_LIMIT,
     400 * KIB},
    {"value in a CDATA section", P "<GPP_A><![CDATA[", "x", "]]></GPP_A>" PP, 30 * MIB,
     PROV_E_LIMIT, 0},
    {"value of CDATA sections", P "<GPP_A>", "<![CDATA[x]]>", "</GPP_A>" PP, 30 * MIB, PROV_E_LIMIT,
     900 * KIB},
    {"CDATA section outside", P "<![CDATA[", "]", "]]>" PP, 30 * MIB, PROV_E_LIMIT, 0},
    /* Names, warnings: what libxml2 keeps or reports one by one */
    {"distinct names", P, "<name%u/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct long names", P,
     "<n%uxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "/>",
     PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct attribute names", P, "<a b%u=''/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct instruction names", P, "<?i%u?>", PP, BIG, PROV_OK, 0},
    {"distinct prefixes", P, "<p%u:a xmlns:p%u='u:u'/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct namespaces", P, "<a xmlns='u:%u'/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"relative namespaces", P, "<a xmlns='u'/>", PP, BIG, PROV_E_LIMIT, 300 * KIB},
    {"prefixes not declared", P, "<p:a/>", PP, BIG, PROV_E_LIMIT, 300 * KIB},
    {"prefixes of attributes", P, "<a p:a=''/>", PP, BIG, PROV_E_LIMIT, 300 * KIB},
    {"prefixes before a good attribute", P, "<p:a p:b='' c=''/>", PP, BIG, PROV_E_LIMIT, 300 * KIB},
    {"relative namespaces before a good one", P,
     "<a xmlns:b='v' xmlns:c='w' xmlns:d='x' xmlns:e='urn:x'/>", PP, BIG, PROV_E_LIMIT, 400 * KIB},
    {"languages that are none", P, "<a xml:lang='$'/>", PP, BIG, PROV_OK, 0},
    {"catalogs", "", "<?oasis-xml-catalog catalog='http://127.0.0.1:1/%u'?>", P PP, BIG,
     PROV_E_CORRUPT, 0},
    /* Encodings */
    {"surrogates", P "<GPP_A>", "\xed\xa0\x80", "</GPP_A>" PP, KIB, PROV_E_CORRUPT, 0},
    {"surrogate references", P "<GPP_A>", "&#xD83D;&#xDE00;", "</GPP_A>" PP, KIB, PROV_E_CORRUPT,
     0},
    {"long forms of UTF-8", P "<GPP_A>", "\xc0\xbc", "</GPP_A>" PP, KIB, PROV_E_CORRUPT, 0},
    {"UTF-16 in name only", "<?xml version='1.0' encoding='utf-16le'?>" P, "", PP, 0, PROV_OK, 0},
    {"EBCDIC", "\x4c\x6f\xa7\x94\x93", "\x40", "", BIG, PROV_E_CORRUPT, 0},
    {"UTF-7", "+ADw-", "+AGE-", "", BIG, PROV_E_CORRUPT, 0},
    /* Accepted, whatever their number */
    {"empty elements", P, "<a/>", PP, BIG, PROV_OK, 0},
    {"the same parameter", P, "<GPP_A>1</GPP_A>", PP, BIG, PROV_OK, 0},
    {"comments", P, "<!---->", PP, BIG, PROV_OK, 0},
    {"instructions", P, "<?a?>", PP, BIG, PROV_OK, 0},
    {"style sheets", "<?xml-stylesheet href='http://127.0.0.1:1/'?>", "<?xml-stylesheet href='/'?>",
     P PP, BIG, PROV_OK, 0},
    {"text outside of parameters", P, "text ", PP, BIG, PROV_OK, 0},
    {"entities outside of parameters", P, "&amp;", PP, BIG, PROV_OK, 0},
    {"references outside of parameters", P, "&#9;", PP, BIG, PROV_OK, 0},
    {"blanks at the end", P PP, " \n", "", BIG, PROV_OK, 0},
    {"instructions at the end", P PP, "<?a?>", "", BIG, PROV_OK, 0},
    {"profiles", "<a>", "<flat-profile></flat-profile>", "</a>", BIG, PROV_OK, 0},
    {"children of a parameter", P "<GPP_A>", "<b>c</b>", "</GPP_A>" PP, BIG, PROV_OK, 0},
    {"declared namespaces", P, "<a xmlns='urn:x'/>", PP, BIG, PROV_OK, 0},
};

const size_t hostile_n_documents = sizeof hostile_documents / sizeof hostile_documents[0];

static void write_unit(char *text, size_t cap, const char *unit, unsigned number)
{
    size_t at = 0;
    for (const char *c = unit; *c != '\0' && at + 16 < cap; c++) {
        if (c[0] == '%' && c[1] == 'u')
            at += (size_t)snprintf(text + at, cap - at, "%u", number), c++;
        else
            text[at++] = *c;
    }
    text[at] = '\0';
}

static prov_status write_text(struct prov_sink sink, const char *text, size_t *fed,
                              struct prov_error *err)
{
    size_t len = strlen(text);
    *fed += len;
    return sink.write(sink.ctx, text, len, err);
}

prov_status hostile_feed(const struct hostile *document, struct prov_sink sink, size_t *fed,
                         struct prov_error *err)
{
    char text[256];
    *fed = 0;
    prov_status status = write_text(sink, document->head, fed, err);
    for (size_t i = 0, done = 0; done < document->unit_bytes && status == PROV_OK; i++) {
        write_unit(text, sizeof text, document->unit, (unsigned)i);
        status = write_text(sink, text, fed, err);
        done += strlen(text);
    }
    if (status == PROV_OK)
        status = write_text(sink, document->tail, fed, err);
    return status == PROV_OK ? sink.finish(sink.ctx, err) : status;
}

size_t hostile_most_kept(char *text)
{
    enum { NAMES = 160 * KIB, VALUE = 60 * KIB, COMMENT = 62 * KIB };
    size_t len = (size_t)sprintf(text, P);
    for (unsigned i = 0; len < NAMES; i++)
        len += (size_t)sprintf(text + len, "<name%u/>", i);
    len += (size_t)sprintf(text + len, "<GPP_A>");
    memset(text + len, 'v', VALUE);
    len += VALUE;
    len += (size_t)sprintf(text + len, "</GPP_A><!--");
    memset(text + len, 'c', COMMENT);
    len += COMMENT;
    return len + (size_t)sprintf(text + len, "-->" PP);
}
