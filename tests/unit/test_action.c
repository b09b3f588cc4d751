/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/action.h>
#include <provision/names.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "doors.h"

static void check_verdict(const struct vector *vector, const struct prov_action *action)
{
    struct prov_action_client client;
    struct prov_verdict verdict = {.size = sizeof verdict};
    struct prov_error error = {0};
    const struct prov_param_source settings = door_settings(vector);
    char found[DOOR_LINE];
    door_client(vector, &client);
    assert_int_equal(prov_action_check(action, &client, &settings, &verdict, &error), PROV_OK);
    door_describe_verdict(&verdict, found);
    door_expect(vector, "verdict", found);
    if (error.status != PROV_OK)
        door_describe_error(&error, found);
    door_expect(vector, "error", error.status == PROV_OK ? "" : found);
}

static void check_refusal(const struct vector *vector, uint32_t door,
                          const struct prov_error *error)
{
    struct prov_verdict verdict = {.size = sizeof verdict};
    char found[DOOR_LINE];
    door_describe_error(error, found);
    door_expect(vector, "error", found);
    assert_int_equal(prov_action_refuse(door, error->status, &verdict), PROV_OK);
    door_describe_verdict(&verdict, found);
    door_expect(vector, "verdict", found);
}

/* The buffer has no byte more than the target: sanitizers see one written past it. */
static void check_url(void *ctx, const struct vector *vector)
{
    (void)ctx;
    const bool is_post = vector_get(vector, "post").data;
    const prov_str method = is_post ? PROVI_LIT("POST") : PROVI_LIT("GET");
    const prov_str target = vector_get(vector, is_post ? "post" : "get");
    const prov_str requester = vector_get(vector, "from");
    struct prov_action action = {.size = sizeof action};
    struct prov_error error = {0};
    char found[DOOR_LINE];
    char *buf = malloc(target.len ? target.len : 1);
    prov_status status =
        prov_action_from_url(method, target, requester, buf, target.len, &action, &error);
    assert_int_equal(status, error.status);
    if (status == PROV_OK) {
        assert_int_equal(action.door, PROV_DOOR_URL);
        assert_true(provi_str_eq(action.requester, requester));
        door_describe_action(&action, found);
        door_expect(vector, "action", found);
        check_verdict(vector, &action);
    } else {
        door_expect(vector, "action", "");
        check_refusal(vector, PROV_DOOR_URL, &error);
    }
    free(buf);
}

static void test_urls_follow_the_vectors(void **state)
{
    (void)state;
    assert_true(vectors_run(TEST_SOURCE_ROOT "/tests/vectors/action/url.txt", check_url, NULL) >
                60);
}

/* `DOOR KIND`, by their names. */
static void check_gate(void *ctx, const struct vector *vector)
{
    (void)ctx;
    const prov_str text = vector_get(vector, "action");
    const size_t blank = provi_str_find(text, ' ');
    struct prov_action action = {.size = sizeof action, .text = vector_get(vector, "text")};
    for (uint32_t door = PROV_DOOR_URL; door <= PROV_DOOR_NOTIFY; door++)
        if (provi_str_is((prov_str){text.data, blank}, prov_door_name(door)))
            action.door = door;
    action.kind = UINT32_MAX;
    for (uint32_t kind = PROV_ACTION_NONE; kind <= PROV_ACTION_DOCUMENT; kind++)
        if (provi_str_is(provi_str_from_offset(text, blank + 1), prov_action_kind_name(kind)))
            action.kind = kind;
    check_verdict(vector, &action);
}

static void test_gates_follow_the_vectors(void **state)
{
    (void)state;
    assert_true(vectors_run(TEST_SOURCE_ROOT "/tests/vectors/action/gates.txt", check_gate, NULL) >
                40);
}

static void test_a_target_needs_a_buffer_of_its_length(void **state)
{
    (void)state;
    static const char target[] = "/admin/resync?tftp://h/f";
    char buf[sizeof target];
    struct prov_action action = {.size = sizeof action, .kind = 99};
    struct prov_error error = {0};
    for (size_t cap = 0; cap < sizeof target - 1; cap++)
        assert_int_equal(prov_action_from_url(PROVI_LIT("GET"), prov_str_from(target),
                                              PROVI_LIT(""), cap ? buf : NULL, cap, &action,
                                              &error),
                         PROV_E_LIMIT);
    assert_int_equal(action.kind, 99);
    assert_string_equal(error.message, "request target of 24 bytes, at most 23");
    assert_int_equal(prov_action_from_url(PROVI_LIT("GET"), prov_str_from(target), PROVI_LIT(""),
                                          buf, sizeof target - 1, &action, &error),
                     PROV_OK);
}

static void test_other_methods_are_refused(void **state)
{
    (void)state;
    static const char *const methods[] = {"", "get", "HEAD", "PUT", "DELETE", "GETX", "GE"};
    char buf[64];
    struct prov_action action = {.size = sizeof action};
    for (size_t i = 0; i < PROVI_LEN(methods); i++)
        assert_int_equal(prov_action_from_url(prov_str_from(methods[i]), PROVI_LIT("/admin/reboot"),
                                              PROVI_LIT(""), buf, sizeof buf, &action, NULL),
                         PROV_E_UNSUPPORTED);
}

static void test_a_check_without_client_and_settings_uses_the_defaults(void **state)
{
    (void)state;
    const struct prov_action action = {
        .size = sizeof action, .door = PROV_DOOR_URL, .kind = PROV_ACTION_RESYNC};
    struct prov_verdict verdict = {.size = sizeof verdict};
    assert_int_equal(prov_action_check(&action, NULL, NULL, &verdict, NULL), PROV_OK);
    assert_int_equal(verdict.decision, PROV_DECISION_OBEY);
}

static void test_what_no_caller_can_mean_is_refused(void **state)
{
    (void)state;
    static const prov_str nothing = {NULL, 44}, get = {"GET", 3}, url = {"/admin/reboot", 13};
    const struct prov_action sound = {.size = sizeof sound, .door = PROV_DOOR_URL};
    const struct prov_action_client client = {.size = sizeof client};
    struct prov_action action = sound;
    struct prov_verdict verdict = {.size = sizeof verdict};
    struct prov_error error = {0};
    char buf[16];
#define FROM_URL(method, target, requester, buf, out)                                              \
    error.message[0] = '\0';                                                                       \
    assert_int_equal(prov_action_from_url(method, target, requester, buf, 16, out, &error),        \
                     PROV_E_INVALID);                                                              \
    assert_string_equal(error.message, "invalid argument: method, target, requester, buf or out")
    FROM_URL(nothing, url, url, buf, &action);
    FROM_URL(get, nothing, url, buf, &action);
    FROM_URL(get, url, nothing, buf, &action);
    FROM_URL(get, url, url, NULL, &action);
    FROM_URL(get, url, url, buf, NULL);
    action.size = 1;
    assert_int_equal(prov_action_from_url(get, url, url, buf, sizeof buf, &action, &error),
                     PROV_E_ABI);
    assert_string_equal(error.message, "out.size: expected sizeof(struct prov_action)");
    struct prov_action actions[8] = {sound, sound, sound, sound, sound, sound, sound, sound};
    actions[0].door = 0;
    actions[1].door = PROV_DOOR_NOTIFY + 1;
    actions[2].kind = PROV_ACTION_DOCUMENT + 1;
    actions[3].text = nothing;
    actions[4].uid = nothing;
    actions[5].pwd = nothing;
    actions[6].rule = nothing;
    actions[7].requester = nothing;
    static const char no_use[] = "invalid argument: action or client: a number or text of no use";
    for (size_t i = 0; i < PROVI_LEN(actions); i++) {
        error.message[0] = '\0';
        assert_int_equal(prov_action_check(&actions[i], &client, NULL, &verdict, &error),
                         PROV_E_INVALID);
        assert_string_equal(error.message, no_use);
    }
    struct prov_action_client clients[3] = {client, client, client};
    clients[0].login = PROV_LOGIN_USER + 1;
    clients[1].uid = nothing;
    clients[2].pwd = nothing;
    for (size_t i = 0; i < PROVI_LEN(clients); i++)
        assert_int_equal(prov_action_check(&sound, &clients[i], NULL, &verdict, NULL),
                         PROV_E_INVALID);
    assert_int_equal(prov_action_check(NULL, &client, NULL, &verdict, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: action");
    assert_int_equal(prov_action_check(&sound, &client, NULL, NULL, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: out");
    struct prov_verdict unset = {.size = 0};
    assert_int_equal(prov_action_check(&sound, &client, NULL, &unset, &error), PROV_E_ABI);
    assert_string_equal(error.message, "out.size: expected sizeof(struct prov_verdict)");
    assert_int_equal(prov_action_refuse(0, PROV_E_SYNTAX, &verdict), PROV_E_INVALID);
    assert_int_equal(prov_action_refuse(4, PROV_E_SYNTAX, &verdict), PROV_E_INVALID);
    assert_int_equal(prov_action_refuse(PROV_DOOR_URL, PROV_OK, &verdict), PROV_E_INVALID);
    assert_int_equal(prov_action_refuse(PROV_DOOR_URL, PROV_E_SYNTAX, NULL), PROV_E_INVALID);
    assert_int_equal(prov_action_refuse(PROV_DOOR_URL, PROV_E_SYNTAX, &unset), PROV_E_ABI);
}

/* Each failure has an answer, and it refuses. */
static void test_every_status_has_an_answer(void **state)
{
    (void)state;
    for (uint32_t door = PROV_DOOR_URL; door <= PROV_DOOR_NOTIFY; door++)
        for (prov_status status = -1; status > -60; status--) {
            struct prov_verdict verdict = {.size = sizeof verdict};
            assert_int_equal(prov_action_refuse(door, status, &verdict), PROV_OK);
            assert_int_equal(verdict.decision, PROV_DECISION_REFUSE);
            assert_string_equal(verdict.reason, prov_status_text(status));
            assert_int_equal(verdict.http_status != 0, door != PROV_DOOR_NOTIFY);
            assert_int_equal(verdict.sip_status >= 400, door == PROV_DOOR_NOTIFY);
            assert_int_equal(verdict.cisco_error != 0, door == PROV_DOOR_XML);
        }
    static const struct {
        prov_status status;
        uint32_t url, xml, sip, cisco;
    } rows[] = {
        {PROV_E_SYNTAX, 400, 200, 400, 1},        {PROV_E_CORRUPT, 400, 200, 400, 1},
        {PROV_E_TRUNCATED, 400, 200, 400, 1},     {PROV_E_VALUE, 400, 200, 400, 2},
        {PROV_E_KEY, 400, 200, 400, 1},           {PROV_E_NO_KEY, 400, 200, 400, 1},
        {PROV_E_NOT_ENCRYPTED, 400, 200, 400, 1}, {PROV_E_POLICY, 403, 403, 403, 3},
        {PROV_E_NOT_FOUND, 404, 404, 489, 3},     {PROV_E_UNSUPPORTED, 405, 405, 489, 3},
        {PROV_E_QUARANTINED, 409, 409, 500, 3},   {PROV_E_LIMIT, 413, 413, 413, 1},
        {PROV_E_STATE, 503, 503, 503, 3},         {PROV_E_BUSY, 503, 503, 503, 3},
        {PROV_E_NOMEM, 503, 503, 503, 3},         {PROV_E_HOST, 500, 500, 500, 3},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct prov_verdict url = {.size = sizeof url}, xml = url, sip = url;
        prov_action_refuse(PROV_DOOR_URL, rows[i].status, &url);
        prov_action_refuse(PROV_DOOR_XML, rows[i].status, &xml);
        prov_action_refuse(PROV_DOOR_NOTIFY, rows[i].status, &sip);
        if (url.http_status != rows[i].url || xml.http_status != rows[i].xml ||
            sip.sip_status != rows[i].sip || xml.cisco_error != rows[i].cisco)
            fail_msg("%s: %u, %u, %u, %u", prov_status_name(rows[i].status),
                     (unsigned)url.http_status, (unsigned)xml.http_status, (unsigned)sip.sip_status,
                     (unsigned)xml.cisco_error);
    }
}

static prov_status get_too_much(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)name;
    memset(buf, 'x', cap);
    *len = cap + 1;
    return *(prov_status *)ctx;
}

/* A host's own number, and a length that contradicts its status. */
static void test_settings_of_a_poor_host_are_refused(void **state)
{
    (void)state;
    static const struct {
        prov_status returned, status;
        int64_t native;
    } cases[] = {{4711, PROV_E_HOST, 4711},
                 {PROV_OK, PROV_E_LIMIT, 0},
                 {PROV_E_LIMIT, PROV_E_LIMIT, 0},
                 {PROV_E_NOMEM, PROV_E_NOMEM, 0}};
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        prov_status returned = cases[i].returned;
        const struct prov_param_source settings = {get_too_much, &returned};
        char buf[16];
        prov_str uid, pwd;
        struct prov_error error = {0};
        assert_int_equal(prov_action_account(PROV_ACCOUNT_ADMIN, 0, &settings, buf, sizeof buf,
                                             &uid, &pwd, &error),
                         cases[i].status);
        assert_int_equal(error.native, cases[i].native);
        assert_string_equal(error.subject, "Admin_Password");
    }
}

struct stored {
    const char *name;
    const char *value;
};

static prov_status get_stored(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    for (const struct stored *stored = ctx; stored->name; stored++)
        if (provi_str_is(name, stored->name)) {
            *len = strlen(stored->value);
            if (*len > cap)
                return PROV_E_LIMIT;
            memcpy(buf, stored->value, *len);
            return PROV_OK;
        }
    return PROV_E_NOT_FOUND;
}

static void test_accounts_are_read_from_the_settings(void **state)
{
    (void)state;
    static struct stored stored[] = {
        {"Admin_Password", "a"},
        {"User_Password", "u"},
        {"XML_User_Name", "x"},
        {"XML_Password", "y"},
        {"User_ID_12_", "1002"},
        {"Password_12_", "z"},
        {"User_ID_3_", "3"},
        {"Auth_ID_3_", "three"},
        {"Use_Auth_ID_3_", " yes "},
        {"Password_3_", "p"},
        {"User_ID_4_", "4"},
        {"Use_Auth_ID_4_", "Yes"},
        {"User_ID_5_", "5"},
        {"Auth_ID_5_", "five"},
        {"Use_Auth_ID_5_", "perhaps"},
        {"User_ID_6_", "6"},
        {"Auth_ID_6_", "too long to be read if it were"},
        {NULL, NULL},
    };
    static const struct {
        uint32_t account, line;
        const char *uid, *pwd;
    } cases[] = {
        {PROV_ACCOUNT_ADMIN, 0, "admin", "a"}, {PROV_ACCOUNT_USER, 0, "user", "u"},
        {PROV_ACCOUNT_XML, 0, "x", "y"},       {PROV_ACCOUNT_LINE, 12, "1002", "z"},
        {PROV_ACCOUNT_LINE, 1, "", ""},        {PROV_ACCOUNT_LINE, 3, "three", "p"},
        {PROV_ACCOUNT_LINE, 4, "4", ""},       {PROV_ACCOUNT_LINE, 5, "5", ""},
        {PROV_ACCOUNT_LINE, 6, "6", ""},
    };
    const struct prov_param_source settings = {get_stored, stored};
    char buf[16];
    prov_str uid, pwd;
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        assert_int_equal(prov_action_account(cases[i].account, cases[i].line, &settings, buf,
                                             sizeof buf, &uid, &pwd, NULL),
                         PROV_OK);
        assert_true(provi_str_is(uid, cases[i].uid) && provi_str_is(pwd, cases[i].pwd));
    }
    const struct prov_param_source nowhere = {NULL, NULL};
    assert_int_equal(
        prov_action_account(PROV_ACCOUNT_USER, 0, &nowhere, buf, sizeof buf, &uid, &pwd, NULL),
        PROV_OK);
    assert_true(provi_str_is(uid, "user") && provi_str_is(pwd, ""));
    static const uint32_t wrong[][2] = {
        {PROV_ACCOUNT_NONE, 0}, {5, 0}, {PROV_ACCOUNT_LINE, 0}, {PROV_ACCOUNT_ADMIN, 1}};
    struct prov_error error = {0};
    for (size_t i = 0; i < PROVI_LEN(wrong); i++)
        assert_int_equal(prov_action_account(wrong[i][0], wrong[i][1], &settings, buf, sizeof buf,
                                             &uid, &pwd, &error),
                         PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: account, line, buf, uid or pwd");
    assert_int_equal(prov_action_account(PROV_ACCOUNT_USER, 0, NULL, NULL, 0, &uid, &pwd, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_action_account(PROV_ACCOUNT_USER, 0, NULL, buf, 1, NULL, &pwd, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_action_account(PROV_ACCOUNT_USER, 0, NULL, buf, 1, &uid, NULL, NULL),
                     PROV_E_INVALID);
    assert_int_equal(
        prov_action_account(PROV_ACCOUNT_LINE, 12, &settings, buf, 4, &uid, &pwd, NULL),
        PROV_E_LIMIT);
    /* Just enough room. */
    assert_int_equal(
        prov_action_account(PROV_ACCOUNT_ADMIN, 0, &settings, buf, 1, &uid, &pwd, NULL), PROV_OK);
    assert_true(provi_str_is(pwd, "a"));
    assert_int_equal(prov_action_account(PROV_ACCOUNT_XML, 0, &settings, buf, 2, &uid, &pwd, NULL),
                     PROV_OK);
    assert_true(provi_str_is(uid, "x") && provi_str_is(pwd, "y"));
    for (size_t cap = 0; cap < strlen("three") + strlen("p"); cap++)
        assert_int_equal(
            prov_action_account(PROV_ACCOUNT_LINE, 3, &settings, buf, cap, &uid, &pwd, NULL),
            PROV_E_LIMIT);
}

/* A value with blanks behind, of a length given. */
static prov_status get_padded(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    const struct stored *stored = ctx;
    if (!provi_str_is(name, stored->name))
        return PROV_E_NOT_FOUND;
    *len = (size_t)atoi(stored->value);
    if (*len > cap)
        return PROV_E_LIMIT;
    memset(buf, ' ', *len);
    memcpy(buf, "Yes", 3);
    return PROV_OK;
}

static void test_settings_are_read_up_to_a_length(void **state)
{
    (void)state;
    static struct {
        struct stored stored;
        uint32_t decision;
    } cases[] = {
        {{"Provision_Enable", "32"}, PROV_DECISION_OBEY},
        {{"Provision_Enable", "33"}, PROV_DECISION_REFUSE},
        {{"Admin_Password", "1024"}, PROV_DECISION_CHALLENGE},
        {{"Admin_Password", "1025"}, PROV_DECISION_REFUSE},
        {{"Restricted_Access_Domains", "1024"}, PROV_DECISION_REFUSE},
        {{"Restricted_Access_Domains", "1025"}, PROV_DECISION_OBEY}, /* the fetch will check */
    };
    const struct prov_action action = {.size = sizeof action,
                                       .door = PROV_DOOR_URL,
                                       .kind = PROV_ACTION_RESYNC,
                                       .rule = PROVI_LIT("http://h/x")};
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct prov_verdict verdict = {.size = sizeof verdict};
        const struct prov_param_source settings = {get_padded, &cases[i].stored};
        assert_int_equal(prov_action_check(&action, NULL, &settings, &verdict, NULL), PROV_OK);
        assert_int_equal(verdict.decision, cases[i].decision);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls_follow_the_vectors),
        cmocka_unit_test(test_gates_follow_the_vectors),
        cmocka_unit_test(test_a_target_needs_a_buffer_of_its_length),
        cmocka_unit_test(test_other_methods_are_refused),
        cmocka_unit_test(test_a_check_without_client_and_settings_uses_the_defaults),
        cmocka_unit_test(test_what_no_caller_can_mean_is_refused),
        cmocka_unit_test(test_every_status_has_an_answer),
        cmocka_unit_test(test_settings_of_a_poor_host_are_refused),
        cmocka_unit_test(test_accounts_are_read_from_the_settings),
        cmocka_unit_test(test_settings_are_read_up_to_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
