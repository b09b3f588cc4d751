/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Errors: their texts, cut to fit, and their places. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/dialect.h>

#include "base/abi.h"
#include "base/array.h"
#include "base/str.h"

static void test_error_is_written_anew_and_keeps_its_size(void **state)
{
    (void)state;
    struct prov_error err = {.size = sizeof err, .native = 7, .subject = "old", .source = "old"};
    assert_int_equal(provi_fail(&err, PROV_E_LIMIT, "%d over %s", 3, "x"), PROV_E_LIMIT);
    assert_int_equal(err.size, sizeof err);
    assert_int_equal(err.status, PROV_E_LIMIT);
    assert_int_equal(err.native, 0);
    assert_string_equal(err.subject, "");
    assert_string_equal(err.source, "");
    assert_string_equal(err.message, "3 over x");
    assert_int_equal(err.flags, 0);
    assert_int_equal(provi_fail_nomem(&err), PROV_E_NOMEM);
    assert_int_equal(err.flags, PROV_ERROR_RETRYABLE);
    assert_int_equal(provi_fail_invalid(&err, "opt"), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: opt");
}

static void test_error_texts_are_replaced_and_copied(void **state)
{
    (void)state;
    struct prov_error err = {0}, copy = {.size = 0};
    provi_fail_nomem(&err);
    assert_string_equal(err.message, "out of memory");
    provi_error_source(&err, PROVI_LIT("rule"));
    provi_error_source(&err, PROVI_LIT("another"));
    provi_error_subject(&err, PROVI_LIT("longer"));
    provi_error_subject(&err, PROVI_LIT("x"));
    provi_error_native(&err, PROV_ORIGIN_OS, -7);
    assert_string_equal(err.source, "rule");
    assert_string_equal(err.subject, "x");
    assert_int_equal(err.origin, PROV_ORIGIN_OS);
    assert_int_equal(err.native, -7);
    err.size = sizeof err;
    provi_error_copy(&copy, &err);
    assert_int_equal(copy.size, 0);
    assert_string_equal(copy.subject, "x");
}

/* What a host's function returns, and what it wrote beside it. */
static void test_error_of_a_host(void **state)
{
    static const struct {
        int status, written; /* by the host */
        int expected;
        const char *message;
    } rows[] = {
        {PROV_OK, PROV_OK, PROV_OK, ""},
        {PROV_OK, PROV_E_IO, PROV_OK, "its own words"},
        {PROV_E_IO, PROV_E_IO, PROV_E_IO, "its own words"},
        {PROV_E_IO, PROV_OK, PROV_E_IO, "the host's get: storage failed"},
        {PROV_E_BUSY, PROV_E_IO, PROV_E_BUSY, "the host's get: busy, try again later"},
        {77, PROV_OK, PROV_E_HOST, "the host's get returned 77"},
        {-30000, PROV_E_IO, PROV_E_HOST, "the host's get returned -30000"},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        const prov_status status = (prov_status)rows[i].status;
        struct prov_error err = {.size = sizeof err};
        if (rows[i].written != PROV_OK)
            provi_fail(&err, (prov_status)rows[i].written, "its own words");
        assert_int_equal(provi_host_status(status, "get", &err), rows[i].expected);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(err.status, status == PROV_OK ? rows[i].written : rows[i].expected);
        assert_int_equal(err.origin, rows[i].expected == PROV_E_HOST ? PROV_ORIGIN_HOST : 0);
        assert_int_equal(err.native, rows[i].expected == PROV_E_HOST ? rows[i].status : 0);
        assert_int_equal(provi_host_status(status, "get", NULL), rows[i].expected);
    }
}

static void test_error_may_be_null(void **state)
{
    (void)state;
    assert_int_equal(provi_fail(NULL, PROV_E_KEY, "x"), PROV_E_KEY);
    assert_int_equal(provi_fail_nomem(NULL), PROV_E_NOMEM);
    provi_error_native(NULL, PROV_ORIGIN_OS, 1);
    provi_error_where(NULL, 1, 1, 1);
    provi_error_flags(NULL, 1);
    provi_error_subject(NULL, PROVI_LIT("x"));
    provi_error_source(NULL, PROVI_LIT("x"));
    provi_error_at(NULL, PROVI_LIT("x"), 0);
    struct prov_error err = {0};
    provi_error_copy(&err, NULL);
    provi_error_copy(NULL, &err);
    assert_int_equal(err.status, PROV_OK);
}

static void test_error_smaller_than_any_release_is_left_alone(void **state)
{
    (void)state;
    struct prov_error err = {.size = 16};
    const struct prov_error before = err;
    provi_fail(&err, PROV_E_KEY, "x");
    provi_error_subject(&err, PROVI_LIT("x"));
    provi_error_source(&err, PROVI_LIT("x"));
    provi_error_append(&err, "x");
    provi_error_native(&err, PROV_ORIGIN_OS, 1);
    provi_error_at(&err, PROVI_LIT("x"), 1);
    provi_error_flags(&err, PROV_ERROR_CUT);
    provi_error_tls(&err, PROV_TLS_EXPIRED, 1);
    const struct prov_error whole = {.size = sizeof whole, .status = PROV_E_IO};
    provi_error_copy(&err, &whole);
    assert_memory_equal(&err, &before, sizeof err);
    struct prov_error to = {0};
    provi_error_copy(&to, &err);
    assert_int_equal(to.size, 0);
    char buf[8] = "old";
    assert_int_equal(prov_error_format(&err, buf, sizeof buf), 0);
    assert_string_equal(buf, "");
}

static void test_error_text_is_one_line_and_cut_to_fit(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'a', sizeof text);
    text[sizeof text - 2] = 'z';
    text[sizeof text - 1] = '\0';
    struct prov_error err = {0};

    provi_fail(&err, PROV_E_SYNTAX, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(err.flags, PROV_ERROR_CUT);

    provi_fail(&err, PROV_E_SYNTAX, "line\none\x7f\x1b\x80");
    assert_string_equal(err.message, "line?one??\x80");
    provi_error_subject(&err, prov_str_from(text));
    assert_int_equal(strlen(err.subject), sizeof err.subject - 1);
    assert_int_equal(err.flags, PROV_ERROR_CUT);

    provi_fail(&err, PROV_E_SYNTAX, "x");
    provi_error_source(&err, (prov_str){NULL, 0});
    assert_string_equal(err.source, "");
    provi_error_source(&err, prov_str_from(text));
    assert_int_equal(strlen(err.source), sizeof err.source - 1);
    assert_int_equal(err.source[sizeof err.source - 2], 'z'); /* the tail is kept */
    assert_int_equal(err.flags, PROV_ERROR_CUT);
    provi_error_source(&err, PROVI_LIT("later")); /* the first one is kept */
    assert_int_equal(err.source[0], 'a');

    provi_fail(&err, PROV_E_SYNTAX, "%.*s", PROVI_STR(PROVI_LIT("x")));
    provi_error_subject(&err, (prov_str){NULL, 0});
    provi_error_source(&err, PROVI_LIT("a\r\nb"));
    assert_string_equal(err.source, "a??b");
}

static void test_error_at_counts_lines_and_columns(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        uint32_t line, column;
    } cases[] = {{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1}, {5, 3, 2}, {99, 3, 2}};
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct prov_error err = {0};
        provi_error_at(&err, PROVI_LIT("ab\n\nc"), cases[i].offset);
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.column, cases[i].column);
        assert_int_equal(err.offset, cases[i].offset);
    }
}

static void test_error_format_leaves_out_what_is_unknown(void **state)
{
    (void)state;
    static const struct {
        struct prov_error err;
        const char *line;
    } cases[] = {
        {{.status = PROV_E_NOMEM, .message = "out of memory"}, "out of memory [PROV_E_NOMEM]"},
        {{.status = PROV_E_SYNTAX,
          .line = 2,
          .column = 7,
          .source = "Profile_Rule",
          .message = "expected ')'"},
         "Profile_Rule:2:7: expected ')' [PROV_E_SYNTAX]"},
        {{.status = PROV_E_SYNTAX, .line = 1, .column = 2, .source = "s", .message = "m"},
         "s:1:2: m [PROV_E_SYNTAX]"},
        {{.status = PROV_E_SYNTAX, .source = "s", .subject = "t", .message = "m"},
         "s: t: m [PROV_E_SYNTAX]"},
        {{.status = PROV_E_CORRUPT, .line = 3, .column = 1, .message = "m"},
         "input:3:1: m [PROV_E_CORRUPT]"},
        {{.status = PROV_E_VALUE,
          .subject = "Web_Server_Port",
          .source = "http://h/x",
          .message = "m",
          .flags = PROV_ERROR_CUT},
         "http://h/x: Web_Server_Port: m (shortened) [PROV_E_VALUE]"},
        {{.status = -999, .message = "m"}, "m [PROV_E_?]"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        size_t wanted = strlen(cases[i].line);
        assert_int_equal(prov_error_format(&cases[i].err, NULL, 0), wanted);
        for (size_t cap = 1; cap < wanted + 2; cap++) {
            char *buf = malloc(cap);
            assert_int_equal(prov_error_format(&cases[i].err, buf, cap), wanted);
            assert_int_equal(strlen(buf), cap > wanted ? wanted : cap - 1);
            assert_int_equal(strncmp(buf, cases[i].line, cap - 1), 0);
            free(buf);
        }
    }
    char buf[4] = "old";
    assert_int_equal(prov_error_format(NULL, buf, sizeof buf), 0);
    assert_string_equal(buf, "");
}

/* What just fits is whole, and no control character comes by any way. */
static void test_error_text_that_just_fits_is_whole(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'a', sizeof text);
    for (int over = 0; over < 2; over++) {
        struct prov_error err = {0};
        int n = (int)sizeof err.message - 1 + over;
        provi_fail(&err, PROV_E_SYNTAX, "%.*s", n, text);
        assert_int_equal(err.flags, over ? PROV_ERROR_CUT : 0);
        provi_fail(&err, PROV_E_SYNTAX, "%.*s", 10, text);
        provi_error_append(&err, "%.*s", n - 10, text);
        assert_int_equal(strlen(err.message), sizeof err.message - 1);
        assert_int_equal(err.flags, over ? PROV_ERROR_CUT : 0);
        provi_fail(&err, PROV_E_SYNTAX, "x");
        provi_error_subject(&err, (prov_str){text, sizeof err.subject - 1 + (size_t)over});
        assert_int_equal(strlen(err.subject), sizeof err.subject - 1);
        assert_int_equal(err.flags, over ? PROV_ERROR_CUT : 0);
        provi_fail(&err, PROV_E_SYNTAX, "x");
        provi_error_source(&err, (prov_str){text, sizeof err.source - 1 + (size_t)over});
        assert_int_equal(strlen(err.source), sizeof err.source - 1);
        assert_int_equal(err.flags, over ? PROV_ERROR_CUT : 0);
    }
    struct prov_error err = {0};
    provi_fail(&err, PROV_E_SYNTAX, "a\nb");
    provi_error_append(&err, ": '%s'", "c\r\x7f");
    provi_error_subject(&err, PROVI_LIT("d\te"));
    assert_string_equal(err.message, "a?b: 'c?"
                                     "?'");
    assert_string_equal(err.subject, "d?e");
    provi_error_append(NULL, "x");
    provi_error_tls(NULL, PROV_TLS_EXPIRED, 1);
    provi_error_tls(&err, PROV_TLS_EXPIRED, 2);
    assert_int_equal(err.reason, PROV_TLS_EXPIRED);
    assert_int_equal(err.depth, 2);
}

/* Bytes of a later release that are set: which one is said. */
static void test_error_of_a_struct_names_its_byte(void **state)
{
    struct {
        struct prov_dialect known;
        unsigned char later[8];
    } newer = {.known = {.size = sizeof newer}};
    struct prov_dialect to;
    struct prov_error err = {0};
    char message[160];
    (void)state;
    assert_int_equal(provi_abi_in(&to, sizeof to, &newer, &err), PROV_OK);
    newer.later[3] = 1;
    assert_int_equal(provi_abi_in(&to, sizeof to, &newer, &err), PROV_E_ABI);
    snprintf(message, sizeof message,
             "expected zeros after byte %zu of a struct, the size in this release, found byte %zu "
             "of %zu set",
             sizeof to, sizeof to + 3, sizeof newer);
    assert_string_equal(err.message, message);
    newer.known.size = sizeof to + 3; /* it ends before that byte */
    assert_int_equal(provi_abi_in(&to, sizeof to, &newer, NULL), PROV_OK);
    newer.known.size++;
    assert_int_equal(provi_abi_in(&to, sizeof to, &newer, NULL), PROV_E_ABI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_is_written_anew_and_keeps_its_size),
        cmocka_unit_test(test_error_texts_are_replaced_and_copied),
        cmocka_unit_test(test_error_of_a_host),
        cmocka_unit_test(test_error_may_be_null),
        cmocka_unit_test(test_error_smaller_than_any_release_is_left_alone),
        cmocka_unit_test(test_error_text_is_one_line_and_cut_to_fit),
        cmocka_unit_test(test_error_at_counts_lines_and_columns),
        cmocka_unit_test(test_error_format_leaves_out_what_is_unknown),
        cmocka_unit_test(test_error_text_that_just_fits_is_whole),
        cmocka_unit_test(test_error_of_a_struct_names_its_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
