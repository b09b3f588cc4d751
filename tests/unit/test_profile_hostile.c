/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Documents made to hurt: each is refused at its limit, or costs no more than its bytes. */
#include "dials.h"
#include "heap.h"
#include "hostile.h"

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
    /* The whole chain may take 1.5 MiB; what comes before the parser needs 256 KiB of it. */
    MAX_HEAP = 1280 * KIB,
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

static prov_status take_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    (void)err;
    return PROV_OK;
}

/* A sample has less of what has no limit. */
static struct hostile portion(const struct hostile *document)
{
    struct hostile part = *document;
    if (document->wanted == PROV_OK && test_takes_samples())
        part.unit_bytes /= 8;
    return part;
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
    meal->status =
        hostile_feed(document, prov_profile_parser_sink(meal->parser), &meal->fed, &meal->error);
    prov_profile_parser_free(meal->parser);
    assert_int_equal(heap_live(), 0);
    return heap_peak();
}

static void test_hostile_documents_meet_their_limits(void **state)
{
    (void)state;
    size_t worst = 0;
    for (size_t i = 0; i < hostile_n_documents; i++) {
        const struct hostile portioned = portion(&hostile_documents[i]), *document = &portioned;
        struct meal meal;
        size_t peak = eat(document, &meal);
        size_t max_fed = document->max_fed ? document->max_fed : 96 * KIB;
        print_message("%-34s %9zu bytes %5zu KiB  %s %s\n", document->name, meal.fed, peak / KIB,
                      prov_status_name(meal.status), meal.error.message);
        assert_int_equal(meal.status, document->wanted);
        if (document->wanted != PROV_OK)
            assert_uint_in_range(meal.fed, 1, max_fed);
        assert_uint_in_range(peak, 1, MAX_HEAP);
        worst = peak > worst ? peak : worst;
    }
    print_message("highest peak: %zu KiB\n", worst / KIB);
}

static void test_hostile_worst_heap(void **state)
{
    (void)state;
    static char text[HOSTILE_MOST_KEPT];
    struct meal meal = {0};
    const struct prov_profile_handler handler = {.param = take_param};
    const struct prov_alloc alloc = heap_alloc();
    const struct prov_profile_options opt = {.size = sizeof opt, .alloc = &alloc};
    hostile_most_kept(text);
    heap_start();
    assert_int_equal(prov_profile_parser_new(&meal.parser, &opt, &handler, NULL), PROV_OK);
    feed_text(&meal, text);
    assert_int_equal(meal.status, PROV_OK);
    assert_int_equal(prov_profile_parser_finish(meal.parser, NULL), PROV_OK);
    prov_profile_parser_free(meal.parser);
    print_message("%zu KiB\n", heap_peak() / KIB);
    assert_uint_in_range(heap_peak(), 1, MAX_HEAP);
}

/* Memory failure below us */

static const char plain_text[] =
    "<?xml version='1.0'?><!-- c --><?i d?><a y='&lt;&#10;'><flat-profile>"
    "<GPP_A ua=\"rw\" group='&amp;'>v&amp;<![CDATA[w]]></GPP_A><b><c><d/></c></b>"
    "<gpp_b/>//text</flat-profile></a>";

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
    assert_int_equal(meal->error.line > 0, meal->error.column > 0);
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
    parse_while_libxml2_fails("<flat-profile xmlns:x='urn:x' x:y=''/>", dial, &meal);
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
