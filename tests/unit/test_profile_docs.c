/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Runs the examples of docs/profiles.md: each xml box, and the text box behind it. */
#include "dials.h"
#include "golden.h"

#include <provision/profile.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a device makes of an example, in words. */
struct words {
    char text[2048];
    size_t len;
};

static void say(struct words *words, const char *format, ...) TEST_PRINTF(2, 3);

static void say(struct words *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(words->text + words->len, sizeof words->text - words->len, format, args);
    va_end(args);
    assert_uint_in_range(len, 0, sizeof words->text - words->len - 1);
    words->len += (size_t)len;
}

static prov_status on_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    static const char *const access[] = {
        [PROV_ACCESS_KEEP] = "",
        [PROV_ACCESS_NONE] = ", user access none",
        [PROV_ACCESS_READ] = ", user access read",
        [PROV_ACCESS_WRITE] = ", user access read and write",
    };
    (void)err;
    say(ctx, "%.*s", (int)param->name.len, param->name.data);
    if (!param->has_value)
        say(ctx, ": only the access changes");
    else if (param->value.len == 0)
        say(ctx, " is emptied");
    else
        say(ctx, " = %.*s", (int)param->value.len, param->value.data);
    say(ctx, "%s\n", access[param->access]);
    return PROV_OK;
}

static void on_warning(void *ctx, uint32_t kind, prov_str name, uint32_t line)
{
    static const char *const kinds[] = {
        [PROV_WARN_CASE] = " is written in another case",
        [PROV_WARN_NESTED] = " has an element inside",
        [PROV_WARN_INSTRUCTION] = " has an instruction inside",
        [PROV_WARN_COMMENT] = "a comment inside a comment",
    };
    assert_uint_in_range(kind, PROV_WARN_CASE, PROV_WARN_COMMENT);
    assert_non_null(kinds[kind]);
    say(ctx, "warning, line %u: %.*s%s\n", (unsigned)line, (int)name.len, name.data, kinds[kind]);
}

static void run_example(struct words *words, prov_str xml, prov_str alias)
{
    const struct prov_profile_handler handler = {
        .param = on_param,
        .warning = on_warning,
        .ctx = words,
    };
    const struct prov_profile_options opt = {.size = sizeof opt, .alias_map = alias};
    struct prov_error err = {0};
    prov_profile_parser *parser;
    assert_int_equal(prov_profile_parser_new(&parser, &opt, &handler, NULL), PROV_OK);
    const struct prov_sink sink = prov_profile_parser_sink(parser);
    struct feed feed = feed_whole(xml.data, xml.len);
    if (feed_run(&feed, &sink, &err) != PROV_OK) {
        words->len = 0; /* nothing is set */
        say(words, "refused, line %u, column %u%s%s: %s\n", (unsigned)err.line,
            (unsigned)err.column, err.subject[0] ? ", in " : "", err.subject, err.message);
    }
    prov_profile_parser_free(parser);
}

/* The box that starts at or after @p at, of any kind. NULL: there is none. */
static const char *next_box(const char *at, char kind[16], prov_str *body)
{
    const char *start = strstr(at, "```");
    if (start == NULL)
        return NULL;
    size_t kind_len = strcspn(start + 3, "\n");
    assert_uint_in_range(kind_len, 1, 15);
    memcpy(kind, start + 3, kind_len);
    kind[kind_len] = '\0';
    const char *first = start + 3 + kind_len + 1;
    const char *end = strstr(first, "```");
    assert_non_null(end);
    *body = (prov_str){first, (size_t)(end - first)};
    return end + 3;
}

static size_t run_examples(const char *text)
{
    size_t n_examples = 0;
    char kind[16];
    prov_str body, alias = {0};
    struct words words = {0};
    for (const char *at = text; (at = next_box(at, kind, &body)) != NULL;) {
        if (strcmp(kind, "alias") == 0) {
            alias = body;
        } else if (strcmp(kind, "xml") == 0) {
            words.len = 0;
            run_example(&words, body, alias);
            alias = (prov_str){0};
        } else {
            char wanted[2048] = "";
            assert_string_equal(kind, "text");
            assert_uint_in_range(body.len, 0, sizeof wanted - 1);
            memcpy(wanted, body.data, body.len);
            assert_string_equal(words.text, wanted);
            n_examples++;
        }
    }
    return n_examples;
}

static void test_docs_profiles(void **state)
{
    (void)state;
    struct golden docs = {.folder = TEST_SOURCE_ROOT "/docs"};
    size_t len;
    char *text = (char *)golden_read(&docs, "profiles.md", &len);
    assert_non_null(text);
    assert_uint_in_range(run_examples(text), 5, 100);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_docs_profiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
