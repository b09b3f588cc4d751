/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What is shown of a rule: redaction, picture, print, explanation, message; never a secret. */
#include <provision/explain.h>
#include <provision/rule.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "dials.h"
#include "outcome.h"
#include "rule/shown.h"
#include "vectors.h"
#include "world.h"

#define VECTORS TEST_SOURCE_ROOT "/tests/vectors/rule/"

static void check_redacted(void *ctx, const struct vector *vector)
{
    char buf[1024];
    size_t len;
    prov_str in = vector_copy(vector_get(vector, "in"), *(const char *)ctx);
    if (prov_rule_redact(in, buf, sizeof buf, &len) != PROV_OK ||
        !provi_str_eq((prov_str){buf, len}, vector_get(vector, "out")))
        vector_die(vector, "found %s", buf);
    size_t needed;
    if (prov_rule_redact(in, buf, len, &needed) != PROV_E_LIMIT || needed != len)
        vector_die(vector, "%zu bytes do not hold %zu and a NUL", len, len);
    free((char *)in.data);
}

static void test_redact_masks_every_vector(void **state)
{
    (void)state;
    for (const char *behind = "/]\"=@1 :"; *behind; behind++) /* not part of the text */
        assert_true(vectors_run(VECTORS "redact.txt", check_redacted, (char *)behind) >= 12);
}

static void check_picture(void *ctx, const struct vector *vector)
{
    (void)ctx;
    char buf[512];
    size_t len;
    uint64_t offset = 0;
    provi_str_to_u64(vector_get(vector, "offset"), UINT32_MAX, &offset);
    if (prov_rule_picture(vector_get(vector, "in"), offset, buf, sizeof buf, &len) != PROV_OK)
        vector_die(vector, "the picture is too large");
    outcome_compare(vector, "line", (prov_str){buf, len});
}

static void test_picture_draws_every_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "picture.txt", check_picture, NULL) >= 10);
}

/* What events show of a rule, which may not parse; the caller frees the buffer with @p alloc. */
static prov_status write_shown(prov_str text, const struct world *world,
                               const struct prov_alloc *alloc, struct provi_buffer *shown)
{
    const struct prov_dialect dialect = {.size = sizeof dialect, .hash_comments_anywhere = 1};
    const struct prov_rule_options opt = {.size = sizeof opt, .dialect = &dialect, .alloc = alloc};
    prov_rule *rule;
    provi_buffer_init(shown, 4096, false);
    struct provi_text out = {.buffer = shown, .alloc = alloc};
    prov_rule_prepare(&rule, text, &world->vars, &opt, NULL, NULL, NULL);
    prov_status status = provi_rule_write_shown(&out, rule, text, &world->vars, &opt);
    prov_rule_free(rule);
    return status == PROV_OK ? provi_text_end(&out, NULL) : status;
}

static void check_clean(const struct secrets *secrets, prov_str text, const struct world *world)
{
    prov_rule *rule;
    struct prov_error err = {0};
    char buf[1024];
    size_t len;
    struct capture capture;
    capture_init(&capture, NULL);
    if (prov_rule_prepare(&rule, text, &world->vars, NULL, NULL, NULL, &err) == PROV_OK) {
        assert_int_equal(prov_rule_explain(rule, &capture.sink, NULL), PROV_OK);
        secrets_assert_absent(secrets, "explanation", capture.data, capture.len);
        assert_int_equal(prov_rule_print(rule, false, buf, sizeof buf, &len), PROV_OK);
        secrets_assert_absent(secrets, "print", buf, len);
    } else {
        secrets_assert_clean_error(secrets, &err);
        assert_int_equal(prov_rule_picture(text, err.offset, buf, sizeof buf, &len), PROV_OK);
        secrets_assert_absent(secrets, "picture", buf, len);
    }
    assert_int_equal(prov_rule_redact(text, buf, sizeof buf, &len), PROV_OK);
    secrets_assert_absent(secrets, "redaction", buf, len);
    struct fault_alloc memory;
    struct provi_buffer shown;
    fault_alloc_init(&memory, NULL);
    assert_int_equal(write_shown(text, world, &memory.alloc, &shown), PROV_OK);
    secrets_assert_absent(secrets, "expansion", shown.data, shown.len);
    provi_buffer_free(&shown, &memory.alloc);
    capture_free(&capture);
    prov_rule_free(rule);
}

/* A rule full of secrets, damaged at every byte in several ways, gives none of them away. */
static void test_rule_shows_no_secret_however_damaged(void **state)
{
    (void)state;
    static const char rule[] =
        "($PRVTMR ge 6)? (GPP_SA=\"AAAAAA\"; b = \"x\";)! [--key BBBBBB --uid \"CCCCCC\" --pwd "
        "$SD "
        "--alias a] https://DDDDDD:EEEEEE@host/$MA | [--pwd FFFFFF --key \"GGGGGG\" ]http://h/x";
    static const char *const planted[] = {"AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD",
                                          "EEEEEE", "FFFFFF", "GGGGGG", "HHHHHH"};
    static const char damage[] = " \"|x/\n)";
    struct secrets secrets = {0};
    struct world world;
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
        secrets_plant(&secrets, planted[i], 6);
    world_init(&world, NULL);
    world_set(&world, prov_str_from("SD=a HHHHHH b"));
    check_clean(&secrets, prov_str_from(rule), &world);
    world_set(&world, prov_str_from("SD=HHHHHH"));
    check_clean(&secrets, prov_str_from(rule), &world);
    char damaged[sizeof rule];
    for (size_t at = 0; at < sizeof rule - 1; at++) {
        if (strchr("-@=:keyuidpwGPP_SA[/ ", rule[at]))
            continue; /* without these nothing shows that a secret follows */
        for (size_t i = 0; i < sizeof damage - 1; i++) {
            memcpy(damaged, rule, sizeof rule);
            damaged[at] = damage[i];
            check_clean(&secrets, (prov_str){damaged, sizeof rule - 1}, &world);
        }
    }
    world_free(&world);
}

/* What stands in place of an argument of something malformed is not shown. `%` is the secret. */
static void test_rule_shows_no_argument_of_a_malformed_option(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "(GPP_SA := \"%\")!",
        "(GPP_SA := %)!",
        "(GPP_SA += %)!",
        "(GPP_SA == \"%\")! /x",
        "(GPP_SA : %)! /x",
        "(GPP_SA :%)! /x",
        "(GPP_SA %)! /x",
        "(GPP_SA \"%\")! /x",
        "(GPP_SA\"%\")! /x",
        "(GPP_SA, \"%\")! /x",
        "(GPP_SA eq \"%\")? /x",
        "(GPP_SA = %)! /x",
        "(a = \"b\"; GPP_SA %)! /x",
        "(GPP-SA = %)! /x",
        "(GPPSA = %)! /x",
        "(sa = %)! /x",
        "(Admin_Password = \"%)! /x",
        "(Admin_Password = “%”)! /x",
        "http://u:%127.0.0.1/",
        "http://u:%127.0.0.1",
        "http://u:%127.0.0.1/ | /x",
        "http://u:p%127.0.0.1:80/",
        "http://u:p/%@127.0.0.1/",
        "http://u:p?%@127.0.0.1/",
        "http://u:p#%@127.0.0.1/",
        "http://u:p %@127.0.0.1/",
        "http://u:p\\%@127.0.0.1/",
        "http://%@127.8/",
        "http://%:p@127.8/",
        "tftp://u:%@127.0.0.1/x",
        "u:%@127.0.0.1/x",
        "u:%127.0.0.1/x",
        "(1 eq 1)? u:%127.0.0.1/x | /y",
        "http://h?k=%&a=b",
        "http://h?code=%",
        "http://h:0/x?jwt=%",
        "http://h:0/x?a=b&hash=%#x",
        "http://h:0/x?a=b&amp;key=%",
        "[--key % /x",
        "[--key a %] /x",
        "[--key a % b] /x",
        "[--key “a %”] /x",
        "[--key “%”] /x",
        "[--key 'a %'] /x",
        "[--key '%'] /x /y",
        "[--key \"%] /x",
        "[--key \"%\" %] /x",
        "[--key%] /x",
        "[--key% a] /x",
        "[--key=%] /x",
        "[--key:%] /x",
        "[--key --%] /x",
        "[--key%",
        "[-key %] /x",
        "[-key=%] /x",
        "[key %] /x",
        "[key=%] /x",
        "[%] /x",
        "[%]http://h/x",
        "[ % ] http://h/x",
        "[% --srv] /x",
        "[--srv %] /x",
        "[--srv=%] /x",
        "[--srv\"%\"] /x",
        "[--post%] /x",
        "[--post a%] /x",
        "[--srv % --post a] /x",
        "[--post %] /x",
        "[--alias % --srv] /x",
        "[--keyy %] /x",
        "[--password=%] /x",
        "[--password %] /x",
        "[--KEY %] /x",
        "[--KEY%] /x",
        "[--uid --pwd %] /x",
        "[--uid  --pwd ]http://u:%127.0.0.1/x",
        "--key % /x",
        "[--key $SA %] /x",
    };
    static const char secret[] = "HUSHhush12";
    struct secrets secrets = {0};
    struct world world;
    secrets_plant(&secrets, secret, sizeof secret - 1);
    world_init(&world, NULL);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        char text[128];
        size_t len = 0;
        for (const char *c = rules[i]; *c; c++)
            len += (size_t)(*c == '%' ? snprintf(text + len, sizeof text - len, "%s", secret)
                                      : snprintf(text + len, sizeof text - len, "%c", *c));
        check_clean(&secrets, (prov_str){text, len}, &world);
    }
    world_free(&world);
}

static void test_rule_prints_secrets_only_where_asked(void **state)
{
    (void)state;
    prov_rule *rule;
    char buf[256];
    size_t len;
    prov_str text = prov_str_from("(Admin_Password = \"hush\"; sa = \"x\"; a = \"y\";)! "
                                  "[--uid u] https://h/http://u:p@i/x?k=v");
    assert_int_equal(prov_rule_parse(&rule, text, NULL, NULL), PROV_OK);
    assert_int_equal(prov_rule_print(rule, true, buf, sizeof buf, &len), PROV_OK);
    assert_string_equal(buf, "(Admin_Password = \"hush\"; sa = \"x\"; GPP_A = \"y\";)! "
                             "[--uid \"u\"] https://h/http://u:p@i/x?k=v");
    assert_int_equal(prov_rule_print(rule, false, buf, sizeof buf, &len), PROV_OK);
    assert_string_equal(buf, "(Admin_Password = \"***\"; sa = \"***\"; GPP_A = \"y\";)! "
                             "[--uid ***] https://h/http://***@i/x?k=***");
    prov_rule_free(rule);
}

/* Each argument at fault alone. */
static void test_functions_that_show_refuse_bad_arguments(void **state)
{
    (void)state;
    const prov_str text = PROVI_LIT("/x"), unsound = {NULL, 1};
    char buf[16];
    size_t len;
    prov_rule *rule;
    assert_int_equal(prov_rule_parse(&rule, text, NULL, NULL), PROV_OK);
    assert_int_equal(prov_rule_redact(unsound, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_redact(text, NULL, 1, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_redact(text, buf, sizeof buf, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_redact(text, NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(len, 2);
    assert_int_equal(prov_rule_picture(unsound, 0, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_picture(text, 0, NULL, 1, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_picture(text, 0, buf, sizeof buf, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_picture(text, 0, NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(len, 5);
    assert_int_equal(prov_rule_print(NULL, true, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_print(rule, true, NULL, 1, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_print(rule, true, buf, sizeof buf, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_print(rule, true, buf, 2, &len), PROV_E_LIMIT);
    assert_int_equal(prov_rule_alternative_text(rule, 0, 0, buf, sizeof buf, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_alternative_text(rule, 0, 0, NULL, 1, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_alternative_text(rule, 0, 0, NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(prov_rule_alternative_text(NULL, 0, 0, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(len, 2);
    prov_rule_free(rule);
}

static void test_expansion_is_shown_without_secrets(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"/$MA.cfg$$", "/000e08012345.cfg$"},
        {"[--key $SC] http://h/$A | /$NOPE$B", "[--key ***] http://h/ABCDEF | /$NOPE123"},
        {"(a = \"$B\"; GPP_SA = \"x$B\";)! /$(A:2:2)", "(a = \"123\"; GPP_SA = \"***\";)! /CD"},
        {"$E", "[--key *** --uid ***] http://***@h/x"}, /* values bring secrets of their own */
        {"[--key $F] http://h/$A", "[--key ***] http://h/ABCDEF"},
        {"[--key $F --pwd x] [--uid $(A:2:2", "[--key *** --pwd ***] [--uid ***"},
        {"http://u:$(A:1:2)pw@h/", "http://***@h/"},
        {"[--key] $B:x$$@$(A:1:9)$F", "[--key] ***@BCDEFblank ] \" inside"},
        {"[http://$$--$(A:2:3)", "[http://$--***"}, /* the secret begins within a macro */
        {"# $B", "# $B"},
        {"$H", "# [--key ***] /x"},
        {"/x # [--key k] /y", "/x # [--key ***] /y"},
        {"$(A:6)", "$(A:6)"}, /* and nothing else: empty */
    };
    struct world world;
    struct fault_alloc memory;
    struct provi_buffer shown;
    world_init(&world, NULL);
    world_set(&world, prov_str_from("E=[--key q --uid w] http://u:p@h/x"));
    world_set(&world, prov_str_from("F=blank ] \" inside"));
    world_set(&world, prov_str_from("H=# [--key k] /x"));
    fault_alloc_init(&memory, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(write_shown(prov_str_from(rows[i].text), &world, &memory.alloc, &shown),
                         PROV_OK);
        assert_int_equal(shown.len, strlen(rows[i].shown));
        assert_string_equal(shown.data ? shown.data : "", rows[i].shown);
        provi_buffer_free(&shown, &memory.alloc);
    }
    fault_alloc_assert_empty(&memory);
    world_free(&world);
}

/* As written a mask covers whole macros, and no macro whose value only brings a secret along. */
static void test_alternatives_are_shown_without_secrets(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written, *expanded;
    } rows[] = {
        {" [--key \"$SC\"] http://h/x?key=$B&a=b ", "[--key ***] http://h/x?key=***&a=b",
         "[--key ***] http://h/x?key=***&a=b"},
        {"(GPP_SA = \"$B\"; b = \"pwd=$B\"; sa = \"\";)! $A:1/x",
         "(GPP_SA = \"***\"; b = \"pwd=***\"; sa = \"\";)! $A:1/x",
         "(GPP_SA = \"***\"; b = \"pwd=***\"; sa = \"\";)! ABCDEF:1/x"},
        {"(\"$E\" ne \"http://$B:p@h\")? $E", "(\"$E\" ne \"http://***@h\")? $E",
         "(\"[--key *** --uid ***] http://***@h/x\" ne \"http://***@h\")? "
         "[--key *** --uid ***] http://***@h/x"},
        {"/x?key=a$(F)b", "/x?key=***", "/x?key=***&pwd=***"}, /* both secrets end in the macro */
        {"/$F | /y", "/$F", "/q&pwd=***"},
    };
    struct world world;
    world_init(&world, NULL);
    world_set(&world, prov_str_from("E=[--key q --uid w] http://u:p@h/x"));
    world_set(&world, prov_str_from("F=q&pwd=r"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        prov_rule *rule;
        char buf[256];
        size_t len;
        struct prov_error err = {0};
        assert_int_equal(prov_rule_prepare(&rule, prov_str_from(rows[i].text), &world.vars, NULL,
                                           NULL, NULL, &err),
                         PROV_OK);
        prov_rule_alternative_text(rule, 0, PROV_RULE_TEXT_WRITTEN, buf, sizeof buf, &len);
        assert_string_equal(buf, rows[i].written);
        prov_rule_alternative_text(rule, 0, PROV_RULE_TEXT_EXPANDED, buf, sizeof buf, &len);
        assert_string_equal(buf, rows[i].expanded);
        prov_rule_free(rule);
    }
    world_free(&world);
}

static void show_with_faults(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct world world;
    struct fault_alloc memory;
    struct provi_buffer shown;
    world_init(&world, NULL);
    fault_alloc_init(&memory, dial);
    prov_status status =
        write_shown(prov_str_from("[--key $SC] $A"), &world, &memory.alloc, &shown);
    if (status == PROV_OK)
        assert_string_equal(shown.data, "[--key ***] ABCDEF");
    assert_true(status == PROV_OK || (status == PROV_E_NOMEM && dial->hit));
    provi_buffer_free(&shown, &memory.alloc);
    fault_alloc_assert_empty(&memory);
    world_free(&world);
}

/* A rule that does not parse is expanded once more. */
static void test_malformed_rule_is_shown_or_memory_is_missing(void **state)
{
    (void)state;
    assert_true(dial_run("show", show_with_faults, NULL) >= 3);
}

static void test_a_decoded_password_is_wiped(void **state)
{
    static const char password[] = "p@ssword";
    struct fault_alloc memory;
    struct prov_rule_target target = {.size = sizeof target};
    prov_rule *rule;
    (void)state;
    fault_alloc_init(&memory, NULL);
    memory.secret = password;
    memory.secret_len = strlen(password);
    const struct prov_rule_options options = {.size = sizeof options, .alloc = &memory.alloc};
    assert_int_equal(
        prov_rule_parse(&rule, prov_str_from("http://u:p%40ssword@h/x"), &options, NULL), PROV_OK);
    assert_int_equal(prov_rule_target_get(rule, 0, 0, &target), PROV_OK);
    assert_true(provi_str_is(target.pwd, password));
    prov_rule_free(rule);
    fault_alloc_assert_empty(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redact_masks_every_vector),
        cmocka_unit_test(test_picture_draws_every_vector),
        cmocka_unit_test(test_rule_shows_no_secret_however_damaged),
        cmocka_unit_test(test_rule_shows_no_argument_of_a_malformed_option),
        cmocka_unit_test(test_rule_prints_secrets_only_where_asked),
        cmocka_unit_test(test_expansion_is_shown_without_secrets),
        cmocka_unit_test(test_alternatives_are_shown_without_secrets),
        cmocka_unit_test(test_malformed_rule_is_shown_or_memory_is_missing),
        cmocka_unit_test(test_a_decoded_password_is_wiped),
        cmocka_unit_test(test_functions_that_show_refuse_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
