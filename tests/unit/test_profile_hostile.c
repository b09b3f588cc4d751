/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Documents made to hurt: each is refused at its limit, or costs no more than its bytes. */
#include "dials.h"
#include "heap.h"

#include <provision/profile.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libxml/xmlerror.h>

enum {
    KIB = 1024,
    MIB = 1024 * KIB,
    /* The whole chain may take 1.5 MiB; what comes before the parser needs 256 KiB of it. */
    MAX_HEAP = 1280 * KIB,
};

/* A document: `head`, then `unit` again and again (`%u` is its number), then `tail`. */
struct hostile {
    const char *name;
    const char *head, *unit, *tail;
    size_t unit_bytes;  /* of all units together */
    prov_status wanted; /* PROV_OK: accepted, in constant memory */
    size_t max_fed;     /* bytes by which a refusal must have come; 0: 96 KiB */
};

#define P "<flat-profile>"
#define PP "</flat-profile>"
#define BIG (8 * MIB)

static const struct hostile documents[] = {
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
    {"endless document type", "<!DOCTYPE ", "a", ">", BIG, PROV_E_LIMIT, 0},
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
    {"less-than", P, "<", "", BIG, PROV_E_LIMIT, 0},
    {"same attribute", P "<a ", "b='' ", "/>" PP, BIG, PROV_E_LIMIT, 0},
    /* Things without an end */
    {"comment", P "<!-- ", "x", " -->" PP, 30 * MIB, PROV_E_LIMIT, 0},
    {"hyphens in a comment", P "<!-- ", "-", " -->" PP, 30 * MIB, PROV_E_LIMIT, 0},
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
    /* Names, warnings: what libxml2 keeps or tells one by one */
    {"distinct names", P, "<name%u/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct long names", P,
     "<n%uxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "/>",
     PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct attribute names", P, "<a b%u=''/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct instruction names", P, "<?i%u?>", PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct prefixes", P, "<p%u:a xmlns:p%u='u:u'/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"distinct namespaces", P, "<a xmlns='u:%u'/>", PP, BIG, PROV_E_LIMIT, MIB},
    {"relative namespaces", P, "<a xmlns='u'/>", PP, BIG, PROV_E_LIMIT, 0},
    {"prefixes not declared", P, "<p:a/>", PP, BIG, PROV_E_CORRUPT, 0},
    {"languages that are none", P, "<a xml:lang='$'/>", PP, BIG, PROV_OK, 0},
    {"catalogs", "", "<?oasis-xml-catalog catalog='http://127.0.0.1:1/%u'?>", P PP, BIG,
     PROV_E_CORRUPT, 0},
    /* Encodings */
    {"surrogates", P "<GPP_A>", "\xed\xa0\x80", "</GPP_A>" PP, KIB, PROV_E_CORRUPT, 0},
    {"surrogate references", P "<GPP_A>", "&#xD83D;&#xDE00;", "</GPP_A>" PP, KIB, PROV_E_CORRUPT,
     0},
    {"long forms of UTF-8", P "<GPP_A>", "\xc0\xbc", "</GPP_A>" PP, KIB, PROV_E_CORRUPT, 0},
    {"UTF-16 in name only", "<?xml version='1.0' encoding='utf-16le'?>" P, "", PP, 0,
     PROV_E_CORRUPT, 0},
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

/* Feeding */

struct meal {
    prov_profile_parser *parser;
    prov_status status;
    size_t fed;
    struct prov_error error;
};

static void feed_text(struct meal *meal, const char *text)
{
    size_t len = strlen(text);
    if (meal->status != PROV_OK)
        return;
    meal->status = prov_profile_parser_write(meal->parser, text, len, &meal->error);
    meal->fed += len;
}

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

static void feed_units(struct meal *meal, const struct hostile *document)
{
    char text[256];
    size_t done = 0;
    for (unsigned i = 0; done < document->unit_bytes && meal->status == PROV_OK; i++) {
        write_unit(text, sizeof text, document->unit, i);
        feed_text(meal, text);
        done += strlen(text);
    }
}

static prov_status take_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    (void)err;
    return PROV_OK;
}

/* Peak of our heap and libxml2's together. */
static size_t eat(const struct hostile *document, struct meal *meal)
{
    const struct prov_profile_handler handler = {.param = take_param};
    const struct prov_alloc alloc = heap_alloc();
    const struct prov_profile_options opt = {.size = sizeof opt, .alloc = &alloc};
    heap_start();
    *meal = (struct meal){0};
    assert_int_equal(prov_profile_parser_new(&meal->parser, &opt, &handler, NULL), PROV_OK);
    feed_text(meal, document->head);
    feed_units(meal, document);
    feed_text(meal, document->tail);
    if (meal->status == PROV_OK)
        meal->status = prov_profile_parser_finish(meal->parser, &meal->error);
    prov_profile_parser_free(meal->parser);
    assert_int_equal(heap_live(), 0);
    return heap_peak();
}

static void test_hostile_documents_meet_their_limits(void **state)
{
    (void)state;
    size_t worst = 0;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const struct hostile *document = &documents[i];
        struct meal meal;
        size_t peak = eat(document, &meal);
        size_t max_fed = document->max_fed ? document->max_fed : 96 * KIB;
        print_message("%-34s %9zu bytes %5zu KiB  %s %s\n", document->name, meal.fed, peak / KIB,
                      prov_status_name(meal.status), meal.error.message);
        assert_int_equal(meal.status, document->wanted);
        if (document->wanted != PROV_OK)
            assert_in_range(meal.fed, 1, max_fed);
        assert_in_range(peak, 1, MAX_HEAP);
        worst = peak > worst ? peak : worst;
    }
    print_message("highest peak: %zu KiB\n", worst / KIB);
}

/* Every name, then the longest value and comment that fit: the most a document makes us keep. */
static void test_hostile_worst_heap(void **state)
{
    (void)state;
    const struct hostile names = {.unit = "<name%u/>", .unit_bytes = 160 * KIB};
    struct meal meal = {0};
    const struct prov_profile_handler handler = {.param = take_param};
    const struct prov_alloc alloc = heap_alloc();
    const struct prov_profile_options opt = {.size = sizeof opt, .alloc = &alloc};
    heap_start();
    assert_int_equal(prov_profile_parser_new(&meal.parser, &opt, &handler, NULL), PROV_OK);
    feed_text(&meal, P);
    feed_units(&meal, &names);
    feed_text(&meal, "<GPP_A>");
    for (int i = 0; i < 60; i++)
        feed_units(&meal, &(struct hostile){.unit = "v", .unit_bytes = KIB});
    feed_text(&meal, "</GPP_A><!--");
    for (int i = 0; i < 62; i++)
        feed_units(&meal, &(struct hostile){.unit = "c", .unit_bytes = KIB});
    feed_text(&meal, "-->" PP);
    assert_int_equal(meal.status, PROV_OK);
    assert_int_equal(prov_profile_parser_finish(meal.parser, NULL), PROV_OK);
    prov_profile_parser_free(meal.parser);
    print_message("%zu KiB\n", heap_peak() / KIB);
    assert_in_range(heap_peak(), 1, MAX_HEAP);
}

/* Memory failure below us */

static const char plain_text[] =
    "<?xml version='1.0'?><!-- c --><?i d?><a y='&lt;&#10;'>" P
    "<GPP_A ua=\"rw\" group='&amp;'>v&amp;<![CDATA[w]]></GPP_A><b><c><d/></c></b>"
    "<gpp_b/>//text" PP "</a>";

static void parse_while_libxml2_fails(const char *text, struct dial *dial, struct meal *meal)
{
    const struct prov_profile_handler handler = {.param = take_param};
    const struct prov_alloc alloc = heap_alloc();
    const struct prov_profile_options opt = {.size = sizeof opt, .alloc = &alloc};
    heap_start();
    heap_fail_by(dial);
    *meal = (struct meal){0};
    meal->status = prov_profile_parser_new(&meal->parser, &opt, &handler, &meal->error);
    feed_text(meal, text);
    if (meal->status == PROV_OK)
        meal->status = prov_profile_parser_finish(meal->parser, &meal->error);
    prov_profile_parser_free(meal->parser);
    heap_fail_by(NULL);
    assert_int_equal(heap_live(), 0);
    assert_int_equal(meal->status, meal->error.status);
}

static void expect_no_memory(void *ctx, struct dial *dial)
{
    struct meal meal;
    (void)ctx;
    parse_while_libxml2_fails(plain_text, dial, &meal);
    assert_int_equal(meal.status, dial->hit ? PROV_E_NOMEM : PROV_OK);
}

/*
 * libxml2 2.9 only looks whether a namespace is a URI, and takes missing memory for an answer: the
 * status may be another, the outcome not.
 */
static void expect_no_harm(void *ctx, struct dial *dial)
{
    struct meal meal;
    (void)ctx;
    parse_while_libxml2_fails("<a xmlns:x='urn:x' x:y=''/>", dial, &meal);
    if (meal.status == PROV_E_CORRUPT)
        assert_int_equal(meal.error.native, XML_WAR_NS_URI);
    else
        assert_true(meal.status == PROV_OK || (dial->hit && meal.status == PROV_E_NOMEM));
}

static void test_hostile_memory_below(void **state)
{
    (void)state;
    assert_true(dial_run("libxml2", expect_no_memory, NULL) > 20);
    assert_true(dial_run("libxml2, namespaces", expect_no_harm, NULL) > 15);
}

int main(void)
{
    heap_watch_libxml2();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_documents_meet_their_limits),
        cmocka_unit_test(test_hostile_worst_heap),
        cmocka_unit_test(test_hostile_memory_below),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    heap_end();
    return n_failed;
}
