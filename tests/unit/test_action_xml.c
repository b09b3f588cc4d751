/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Cisco XML: documents, items, answers. */
#include <provision/action.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "doors.h"

/* The settings of the record, and those that open the doors. */
static prov_status get(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    static const char *const open[][2] = {{"CISCO_XML_EXE_Enable", "Yes"},
                                          {"CISCO_XML_EXE_Auth_Mode", "Trusted"},
                                          {"Auth_Resync-Reboot_1_", "No"}};
    const struct prov_param_source *settings = ctx;
    prov_status status = settings->get(settings->ctx, name, buf, cap, len);
    for (size_t i = 0; i < PROVI_LEN(open) && status == PROV_E_NOT_FOUND; i++)
        if (provi_str_is(name, open[i][0])) {
            *len = strlen(open[i][1]);
            memcpy(buf, open[i][1], *len);
            return PROV_OK;
        }
    return status;
}

static void check(const struct vector *vector, const struct prov_action *action,
                  struct prov_verdict *verdict)
{
    struct prov_param_source own = door_settings(vector);
    const struct prov_param_source settings = {get, &own};
    struct prov_action_client client;
    door_client(vector, &client);
    client.line = 1;
    *verdict = (struct prov_verdict){.size = sizeof *verdict};
    assert_int_equal(prov_action_check(action, &client, &settings, verdict, NULL), PROV_OK);
}

/* Field number @p i among those with @p key. */
static prov_str nth(const struct vector *vector, const char *key, size_t i)
{
    for (size_t k = 0; k < vector->n_fields; k++)
        if (provi_str_is(vector->fields[k].key, key) && i-- == 0)
            return vector->fields[k].value;
    return PROVI_LIT("");
}

static void expect_nth(const struct vector *vector, const char *key, size_t i, const char *found)
{
    const prov_str expected = nth(vector, key, i);
    if (!provi_str_is(expected, found))
        vector_die(vector, "%s %zu\nexpected: %.*s\n   found: %s", key, i, (int)expected.len,
                   expected.data, found);
}

/* Without its declaration, on one line. */
static void expect_answer(const struct vector *vector, const char *answer)
{
    static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    char line[DOOR_LINE];
    size_t len = 0;
    assert_memory_equal(answer, declaration, strlen(declaration));
    for (const char *c = answer + strlen(declaration); *c; c++)
        if (*c != '\n')
            line[len++] = *c;
    line[len] = '\0';
    door_expect(vector, "answer", line);
}

static void check_items(const struct vector *vector, const struct prov_action *items, size_t n)
{
    struct prov_verdict verdicts[PROV_ACTION_MAX_ITEMS];
    char found[DOOR_LINE];
    size_t len;
    assert_true(nth(vector, "item", n).len == 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(items[i].flags, PROV_ACTION_FROM_XML);
        door_describe_action(&items[i], found);
        expect_nth(vector, "item", i, found);
        check(vector, &items[i], &verdicts[i]);
        door_describe_verdict(&verdicts[i], found);
        expect_nth(vector, "verdict", i, found);
    }
    assert_int_equal(prov_action_answer_items(items, verdicts, n, found, sizeof found, &len, NULL),
                     PROV_OK);
    assert_int_equal(strlen(found), len);
    expect_answer(vector, found);
}

static void check_error(const struct vector *vector, uint32_t door, const struct prov_error *error,
                        bool has_answer)
{
    struct prov_verdict verdict = {.size = sizeof verdict};
    char found[DOOR_LINE], reason[DOOR_LINE];
    size_t len;
    door_describe_error(error, found);
    door_expect(vector, "error", found);
    if (!has_answer)
        return;
    assert_int_equal(prov_action_refuse(door, error->status, &verdict), PROV_OK);
    door_describe_verdict(&verdict, found);
    door_expect(vector, "verdict", found);
    prov_error_format(error, reason, sizeof reason);
    assert_int_equal(prov_action_answer_error(verdict.cisco_error ? verdict.cisco_error : 1,
                                              prov_str_from(reason), found, sizeof found, &len),
                     PROV_OK);
    expect_answer(vector, found);
}

/* Neither buffer has a byte more than it needs: sanitizers see one too many. */
static void check_document(void *ctx, const struct vector *vector)
{
    const bool is_notify = vector_get(vector, "notify").data;
    const uint32_t door = is_notify ? PROV_DOOR_NOTIFY : PROV_DOOR_XML;
    const prov_str text = vector_get(vector, is_notify ? "notify" : "post");
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof *items}};
    struct prov_error error = {0};
    size_t n = 99;
    char *body = malloc(text.len + 1), *buf = malloc(text.len + 1);
    if (text.len)
        memcpy(body, text.data, text.len);
    prov_status status = prov_action_from_xml(door, (prov_str){body, text.len}, PROVI_LIT("::1"),
                                              buf, text.len, items, &n, &error);
    assert_int_equal(status, error.status);
    free(body); /* what is returned is in the buffer alone */
    if (status == PROV_OK) {
        door_expect(vector, "error", "");
        check_items(vector, items, n);
    } else {
        assert_int_equal(n, 99);
        check_error(vector, door, &error, *(bool *)ctx);
    }
    free(buf);
}

static void test_documents_follow_the_vectors(void **state)
{
    (void)state;
    bool has_answer = true;
    assert_true(vectors_run(TEST_SOURCE_ROOT "/tests/vectors/action/xml.txt", check_document,
                            &has_answer) > 25);
}

static void test_faults_have_a_place(void **state)
{
    (void)state;
    bool has_answer = false;
    assert_true(vectors_run(TEST_SOURCE_ROOT "/tests/vectors/action/xml-faults.txt", check_document,
                            &has_answer) > 40);
}

#define ITEM "<ExecuteItem URL=\"Resync:[--key k] tftp://h/f\" Priority=\"1\"/>"
#define DOCUMENT "<CiscoIPPhoneExecute>" ITEM "</CiscoIPPhoneExecute>"

/* Cut at any byte, it is never obeyed. */
static void test_a_document_that_is_cut_is_refused(void **state)
{
    (void)state;
    static const char *const documents[] = {
        DOCUMENT, "XML=" DOCUMENT,
        "XML=%3CCiscoIPPhoneExecute%3E%3CExecuteItem+URL%3D%22Resync%3A%22%2F%3E%3C"
        "%2FCiscoIPPhoneExecute%3E",
        "<CP-8831-3PCCExecute><ExecuteItem URL=Resync:[--key k] "
        "tftp://h/f/></CP-8831-3PCCExecute>"};
    for (size_t i = 0; i < PROVI_LEN(documents); i++)
        for (size_t len = 0; len <= strlen(documents[i]); len++) {
            struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof *items}};
            char buf[256];
            size_t n;
            prov_status status =
                prov_action_from_xml(PROV_DOOR_XML, (prov_str){documents[i], len}, PROVI_LIT(""),
                                     buf, sizeof buf, items, &n, NULL);
            assert_int_equal(status == PROV_OK, len == strlen(documents[i]));
        }
}

static prov_status read_large(size_t len, size_t cap)
{
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof *items}};
    char *body = malloc(len), *buf = malloc(cap);
    size_t n;
    memset(body, ' ', len);
    memcpy(body, DOCUMENT, strlen(DOCUMENT));
    prov_status status = prov_action_from_xml(PROV_DOOR_XML, (prov_str){body, len}, PROVI_LIT(""),
                                              buf, cap, items, &n, NULL);
    free(body);
    free(buf);
    return status;
}

static void test_a_document_has_a_limit(void **state)
{
    (void)state;
    assert_int_equal(read_large(PROV_ACTION_MAX_DOCUMENT, PROV_ACTION_MAX_DOCUMENT), PROV_OK);
    assert_int_equal(read_large(PROV_ACTION_MAX_DOCUMENT + 1, PROV_ACTION_MAX_DOCUMENT + 1),
                     PROV_E_LIMIT);
    assert_int_equal(read_large(1000, 999), PROV_E_LIMIT);
    assert_int_equal(read_large(1 << 20, 1 << 20), PROV_E_LIMIT);
    assert_int_equal(read_large(1000, 1000), PROV_OK);
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof *items}};
    struct prov_error error = {0};
    size_t n;
    assert_int_equal(prov_action_from_xml(PROV_DOOR_XML, PROVI_LIT("four"), PROVI_LIT(""), NULL, 0,
                                          items, &n, &error),
                     PROV_E_LIMIT);
    assert_string_equal(error.message, "document of 4 bytes, at most 0");
}

/* Of a caller that knows only a part of the struct, and of one that knows more. */
static void test_items_are_as_far_apart_as_the_caller_has_them(void **state)
{
    (void)state;
    static const size_t sizes[] = {offsetof(struct prov_action, rule), sizeof(struct prov_action),
                                   sizeof(struct prov_action) + 16};
    for (size_t k = 0; k < PROVI_LEN(sizes); k++) {
        const size_t size = sizes[k];
        char *block = calloc(PROV_ACTION_MAX_ITEMS, size);
        char buf[512], answer[1024];
        size_t n, len;
        memcpy(block, &size, sizeof size);
        struct prov_action *items = (struct prov_action *)block;
        assert_int_equal(prov_action_from_xml(
                             PROV_DOOR_XML,
                             PROVI_LIT("<CiscoIPPhoneExecute>" ITEM ITEM "</CiscoIPPhoneExecute>"),
                             PROVI_LIT(""), buf, sizeof buf, items, &n, NULL),
                         PROV_OK);
        assert_int_equal(n, 2);
        struct prov_action second = {0};
        memcpy(&second, block + size, size < sizeof second ? size : sizeof second);
        assert_int_equal(second.size, size);
        assert_int_equal(second.priority, 1);
        const struct prov_verdict verdicts[2] = {{.size = sizeof *verdicts, .reason = "x"},
                                                 {.size = sizeof *verdicts, .reason = "y"}};
        assert_int_equal(
            prov_action_answer_items(items, verdicts, 2, answer, sizeof answer, &len, NULL),
            PROV_OK);
        assert_non_null(strstr(answer, "Data=\"y\" Status=\"0\""));
        assert_int_equal(strstr(answer, "[--key ***]") != NULL, size >= sizeof(struct prov_action));
        free(block);
    }
}

static void test_answers_fit_or_say_how_long_they_are(void **state)
{
    (void)state;
    const struct prov_action item = {.size = sizeof item, .text = PROVI_LIT("Key:\xff\n<")};
    const struct prov_verdict verdict = {.size = sizeof verdict, .reason = "no", .item_status = 1};
    char answer[256];
    size_t len, whole;
    assert_int_equal(prov_action_answer_items(&item, &verdict, 1, NULL, 0, &whole, NULL),
                     PROV_E_LIMIT);
    struct prov_error error = {0};
    for (size_t cap = 0; cap < whole + 2; cap++) {
        assert_int_equal(prov_action_answer_items(&item, &verdict, 1, answer, cap, &len, &error),
                         cap > whole ? PROV_OK : PROV_E_LIMIT);
        assert_int_equal(len, whole);
    }
    char wanted[80];
    snprintf(wanted, sizeof wanted, "answer of %zu bytes, at most %zu with a NUL", whole, whole);
    assert_string_equal(error.message, wanted);
    assert_non_null(strstr(answer, "URL=\"Key:??&lt;\" Data=\"no\" Status=\"1\""));
    assert_int_equal(prov_action_answer_error(4, PROVI_LIT(""), answer, sizeof answer, &len),
                     PROV_OK);
    assert_non_null(strstr(answer, "<CiscoIPPhoneError Number=\"4\"/>\n"));
    whole = len;
    assert_int_equal(prov_action_answer_error(4, PROVI_LIT(""), answer, whole, &len), PROV_E_LIMIT);
    assert_int_equal(prov_action_answer_error(4, PROVI_LIT(""), NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(len, whole);
}

static void test_what_no_caller_can_mean_is_refused(void **state)
{
    (void)state;
    static const prov_str nothing = {NULL, 44};
    const struct prov_verdict verdict = {.size = sizeof verdict, .reason = "x"};
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof *items}};
    const struct prov_action unsound = {.size = sizeof unsound, .text = nothing};
    const prov_str body = PROVI_LIT(DOCUMENT);
    struct prov_error error = {0};
    char buf[512];
    size_t n, len;
#define FROM_XML(door, body, requester, buf, items, n)                                             \
    assert_int_equal(                                                                              \
        prov_action_from_xml(door, body, requester, buf, sizeof(char[512]), items, n, &error),     \
        PROV_E_INVALID)
    FROM_XML(PROV_DOOR_URL, body, body, buf, items, &n);
    FROM_XML(PROV_DOOR_XML, nothing, body, buf, items, &n);
    FROM_XML(PROV_DOOR_XML, body, nothing, buf, items, &n);
    FROM_XML(PROV_DOOR_XML, body, body, NULL, items, &n);
    FROM_XML(PROV_DOOR_XML, body, body, buf, NULL, &n);
    FROM_XML(PROV_DOOR_XML, body, body, buf, items, NULL);
    assert_string_equal(error.message, "invalid argument: door, body, requester, buf, items or n");
#define ANSWER(items, verdicts, n, buf, len)                                                       \
    assert_int_equal(                                                                              \
        prov_action_answer_items(items, verdicts, n, buf, sizeof(char[512]), len, &error),         \
        PROV_E_INVALID)
    ANSWER(NULL, &verdict, 1, buf, &len);
    ANSWER(items, NULL, 1, buf, &len);
    ANSWER(items, &verdict, 0, buf, &len);
    ANSWER(items, &verdict, 4, buf, &len);
    ANSWER(items, &verdict, 1, NULL, &len);
    ANSWER(items, &verdict, 1, buf, NULL);
    assert_string_equal(error.message, "invalid argument: items, verdicts, n, buf or len");
    ANSWER(&unsound, &verdict, 1, buf, &len);
    assert_string_equal(error.message, "invalid argument: items.text");
    struct prov_action unsized = {.size = 1};
    const struct prov_verdict unsized_verdict = {.size = 1};
    assert_int_equal(
        prov_action_from_xml(PROV_DOOR_XML, body, body, buf, sizeof buf, &unsized, &n, &error),
        PROV_E_ABI);
    assert_string_equal(error.message, "items[0].size: expected sizeof(struct prov_action)");
    assert_int_equal(prov_action_answer_items(&unsized, &verdict, 1, buf, sizeof buf, &len, NULL),
                     PROV_E_ABI);
    assert_int_equal(
        prov_action_answer_items(items, &unsized_verdict, 1, buf, sizeof buf, &len, &error),
        PROV_E_ABI);
    assert_string_equal(error.message, "size: expected sizeof the struct, found 1");
    const prov_str none = PROVI_LIT("");
    assert_int_equal(prov_action_answer_error(0, none, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_action_answer_error(5, none, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_action_answer_error(1, nothing, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_action_answer_error(1, none, NULL, 1, &len), PROV_E_INVALID);
    assert_int_equal(prov_action_answer_error(1, none, buf, sizeof buf, NULL), PROV_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents_follow_the_vectors),
        cmocka_unit_test(test_faults_have_a_place),
        cmocka_unit_test(test_a_document_that_is_cut_is_refused),
        cmocka_unit_test(test_a_document_has_a_limit),
        cmocka_unit_test(test_items_are_as_far_apart_as_the_caller_has_them),
        cmocka_unit_test(test_answers_fit_or_say_how_long_they_are),
        cmocka_unit_test(test_what_no_caller_can_mean_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
