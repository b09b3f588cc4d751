/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * NOTIFY from text to verdict, with a challenge and its answer in between where one is due: what a
 * host with a SIP stack of its own does.
 */
#include <provision/action.h>
#include <provision/digest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "digest_client.h"
#include "doors.h"

#define N_LINES 4

static const uint8_t some_random[PROV_DIGEST_RANDOM_BYTES] = "any thirty-one bytes will do it";

/* The record's settings, then those of every record. */
static prov_status get_setting(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    static const char *const common[][2] = {
        {"User_ID_1_", "1000"}, {"Password_1_", "right"}, {"Proxy_1_", "pbx.example.com:5070"}};
    const struct prov_param_source *record = ctx;
    prov_status status = record->get(record->ctx, name, buf, cap, len);
    for (size_t i = 0; i < PROVI_LEN(common) && status == PROV_E_NOT_FOUND; i++)
        if (provi_str_is(name, common[i][0])) {
            *len = strlen(common[i][1]);
            if (*len > cap)
                return PROV_E_LIMIT;
            memcpy(buf, common[i][1], *len);
            return PROV_OK;
        }
    return status;
}

/* A device, and the request it has received. */
struct device {
    struct prov_digest_guard guard;
    struct prov_param_source settings;
    prov_str uri;
    struct prov_action action;
    struct prov_action_client client;
};

static void check(const struct device *device, struct prov_verdict *verdict)
{
    verdict->size = sizeof *verdict;
    assert_int_equal(
        prov_action_check(&device->action, &device->client, &device->settings, verdict, NULL),
        PROV_OK);
}

static void write_challenge(struct device *device, char out[PROV_DIGEST_CHALLENGE_MAX])
{
    char buf[512];
    size_t len;
    prov_str realm;
    assert_int_equal(
        prov_action_realm(device->client.line, &device->settings, buf, sizeof buf, &realm, NULL),
        PROV_OK);
    assert_int_equal(prov_digest_challenge(&device->guard, realm, PROV_DIGEST_ALGORITHM_SHA256,
                                           false, 0, out, PROV_DIGEST_CHALLENGE_MAX, &len, NULL),
                     PROV_OK);
}

static uint32_t check_credentials(struct device *device, const char *authorization)
{
    char account[512], domain[512];
    struct prov_digest_request request = {
        .size = sizeof request,
        .method = PROVI_LIT("NOTIFY"),
        .uri = device->uri,
        .authorization = prov_str_from(authorization),
    };
    uint32_t result;
    assert_int_equal(prov_action_account(PROV_ACCOUNT_LINE, device->client.line, &device->settings,
                                         account, sizeof account, &request.uid, &request.pwd, NULL),
                     PROV_OK);
    assert_int_equal(prov_action_realm(device->client.line, &device->settings, domain,
                                       sizeof domain, &request.realm, NULL),
                     PROV_OK);
    prov_digest_check(&device->guard, &request, 0, &result, NULL);
    return result; /* the numbers of enum prov_login */
}

/* The sender's second request, with credentials. */
static void send_again(struct device *device, prov_str with)
{
    char challenge[PROV_DIGEST_CHALLENGE_MAX], authorization[DIGEST_ANSWER_CAP], uri[128];
    snprintf(uri, sizeof uri, "%.*s", (int)device->uri.len, device->uri.data);
    const struct digest_client sender = {
        .method = "NOTIFY",
        .uri = uri,
        .uid = "1000",
        .pwd = provi_str_is(with, "wrong")   ? "wrong"
               : provi_str_is(with, "empty") ? ""
                                             : "right",
        .nc = "00000001",
    };
    write_challenge(device, challenge);
    digest_answer(&sender, challenge, authorization);
    if (provi_str_is(with, "again"))
        assert_int_equal(check_credentials(device, authorization), PROV_LOGIN_GOOD);
    device->client.login = check_credentials(device, authorization);
}

static void check_accepted(const struct vector *vector, struct device *device)
{
    struct prov_verdict verdict;
    const prov_str with = vector_get(vector, "with");
    char found[DOOR_LINE];
    door_describe_action(&device->action, found);
    door_expect(vector, "action", found);
    door_expect(vector, "error", "");
    door_client(vector, &device->client);
    prov_status status = prov_action_find_line(device->uri, 0, N_LINES, &device->settings,
                                               &device->client.line, NULL);
    assert_int_equal(status, device->client.line ? PROV_OK : PROV_E_NOT_FOUND);
    check(device, &verdict);
    door_describe_verdict(&verdict, found);
    if (with.len) {
        door_expect(vector, "first", found);
        assert_int_equal(verdict.account, PROV_ACCOUNT_LINE);
        send_again(device, with);
        check(device, &verdict);
        door_describe_verdict(&verdict, found);
    }
    door_expect(vector, "verdict", found);
}

static void check_notify(void *ctx, const struct vector *vector)
{
    struct prov_param_source record = door_settings(vector);
    struct device device = {
        .settings = {get_setting, &record},
        .uri = vector_get(vector, "uri"),
        .action = {.size = sizeof device.action, .kind = 99},
    };
    prov_str event = vector_get(vector, "event"), body = vector_get(vector, "body");
    if (event.data)
        event = vector_copy(event, *(const char *)ctx);
    if (body.data)
        body = vector_copy(body, *(const char *)ctx);
    struct prov_error error = {0};
    assert_int_equal(prov_digest_guard_init(&device.guard, some_random), PROV_OK);
    if (!device.uri.data)
        device.uri = PROVI_LIT("sip:1000@192.0.2.7:5060;transport=udp");
    prov_status status =
        prov_action_from_notify(event, body, PROVI_LIT("192.0.2.1"), &device.action, &error);
    assert_int_equal(status, error.status);
    if (status == PROV_OK) {
        assert_int_equal(device.action.door, PROV_DOOR_NOTIFY);
        assert_true(provi_str_is(device.action.requester, "192.0.2.1"));
        assert_true(device.action.text.data >= event.data && device.action.text.len <= event.len);
        check_accepted(vector, &device);
        free((char *)event.data);
        free((char *)body.data);
        return;
    }
    struct prov_verdict verdict = {.size = sizeof verdict};
    char found[DOOR_LINE];
    assert_int_equal(device.action.kind, 99);
    door_describe_error(&error, found);
    door_expect(vector, "error", found);
    assert_int_equal(prov_action_refuse(PROV_DOOR_NOTIFY, status, &verdict), PROV_OK);
    door_describe_verdict(&verdict, found);
    door_expect(vector, "verdict", found);
    free((char *)event.data);
    free((char *)body.data);
}

static void test_notifies_follow_the_vectors(void **state)
{
    (void)state;
    for (const char *behind = "x;=\" \n"; *behind; behind++) /* not part of event or body */
        assert_true(vectors_run(TEST_SOURCE_ROOT "/tests/vectors/action/notify.txt", check_notify,
                                (char *)behind) > 60);
}

static void test_events_of_allow_events_are_obeyed(void **state)
{
    (void)state;
    prov_str rest = prov_str_from(prov_action_allow_events()), event;
    size_t n = 0;
    for (; provi_str_split(&rest, ',', &event); n++) {
        struct prov_action action = {.size = sizeof action};
        assert_int_equal(
            prov_action_from_notify(event, PROVI_LIT(""), PROVI_LIT(""), &action, NULL), PROV_OK);
        assert_int_not_equal(action.kind, PROV_ACTION_NONE);
    }
    assert_int_equal(n, 7);
    assert_string_equal(prov_action_allow_events(),
                        "resync, check-sync, report, reboot, reboot_now, restart_now, XML-Service");
}

static void test_bodies_have_a_limit(void **state)
{
    (void)state;
    static char body[64 * 1024 + 1];
    struct prov_action action = {.size = sizeof action, .kind = 99};
    struct prov_verdict verdict = {.size = sizeof verdict};
    struct prov_error error = {0};
    memset(body, '\n', sizeof body);
    assert_int_equal(prov_action_from_notify(PROVI_LIT("service-control"),
                                             (prov_str){body, sizeof body}, PROVI_LIT(""), &action,
                                             &error),
                     PROV_E_LIMIT);
    assert_string_equal(error.message, "expected a body of at most 65536 bytes, found 65537");
    assert_int_equal(action.kind, 99);
    assert_int_equal(prov_action_refuse(PROV_DOOR_NOTIFY, PROV_E_LIMIT, &verdict), PROV_OK);
    assert_int_equal(verdict.sip_status, 413);
    assert_int_equal(prov_action_from_notify(PROVI_LIT("service-control"),
                                             (prov_str){body, sizeof body - 1}, PROVI_LIT(""),
                                             &action, NULL),
                     PROV_OK);
}

/* Lines */

static const struct line {
    const char *user;
    prov_status status; /* of reading it */
} * lines;

static prov_status get_user(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)ctx;
    unsigned n = 0;
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)name.len, name.data);
    if (sscanf(text, "User_ID_%u_", &n) != 1 || n == 0 || !lines[n - 1].user)
        return PROV_E_NOT_FOUND;
    *len = strlen(lines[n - 1].user);
    if (lines[n - 1].status != PROV_OK)
        return lines[n - 1].status;
    if (*len > cap)
        return PROV_E_LIMIT;
    memcpy(buf, lines[n - 1].user, *len);
    return PROV_OK;
}

static const struct prov_param_source users = {get_user, NULL};

static void test_a_line_is_found_by_its_user(void **state)
{
    (void)state;
    static char long_user[400];
    memset(long_user, 'x', sizeof long_user - 1);
    static const struct line some[] = {
        {"", PROV_OK},        {"1000", PROV_OK},         {NULL, PROV_OK},
        {long_user, PROV_OK}, {"1000", PROV_OK},         {" anna ", PROV_OK},
        {"a%b", PROV_OK},     {"\xc3\xa9;x=y", PROV_OK}, {"a\x05z", PROV_OK},
    };
    static const char no_user[] = "expected a SIP URI with a user";
    static const char no_line[] = "expected the user of a line, found another";
    static const struct {
        const char *uri;
        uint32_t after, line;
        bool is_user;
    } cases[] = {
        {"sip:1000@h", 0, 2, true},
        {"sip:1000@h", 2, 5, true},
        {"sip:1000@h", 5, 0, true},
        {"SIP:1000@h", 999, 0, true},
        {"sip:anna@h", 0, 6, true},
        {"sip:Anna@h", 0, 0, true},
        {"sip:a%25b@h", 0, 7, true},
        {"sip:a%b@h", 0, 7, true},
        {"sip:a%@h", 0, 0, true},
        {"sip:a%2@h", 0, 0, true},
        {"sip:a%zz@h", 0, 0, true},
        {"sip:%C3%a9;x=y@h", 0, 8, true},
        {"sip:\xc3\xa9;x=y@h", 0, 8, true},
        {"sip:a%05z@h", 0, 9, true},
        {"sip:100@h", 0, 0, true},
        {"sip:10000@h", 0, 0, true},
        {"sip:@h", 0, 0, false},
        {"sip::pw@h", 0, 0, false},
        {"sip:h", 0, 0, false},
        {"", 0, 0, false},
        {"1000@h", 0, 0, false},
        {"sip:%00@h", 0, 0, true},
    };
    lines = some;
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        uint32_t line = 99;
        struct prov_error error = {0};
        prov_status status = prov_action_find_line(prov_str_from(cases[i].uri), cases[i].after,
                                                   PROVI_LEN(some), &users, &line, &error);
        if (!line)
            assert_string_equal(error.message, cases[i].is_user ? no_line : no_user);
        if (line != cases[i].line || status != (line ? PROV_OK : PROV_E_NOT_FOUND))
            fail_msg("%s after %u: line %u", cases[i].uri, (unsigned)cases[i].after,
                     (unsigned)line);
    }
}

static void test_a_user_has_at_most_256_bytes(void **state)
{
    (void)state;
    for (int len = 256; len <= 257; len++) {
        char user[258] = "", uri[300];
        memset(user, 'x', (size_t)len);
        snprintf(uri, sizeof uri, "sip:%s@h", user);
        const struct line one = {user, PROV_OK};
        uint32_t line;
        lines = &one;
        assert_int_equal(prov_action_find_line(prov_str_from(uri), 0, 1, &users, &line, NULL),
                         len == 256 ? PROV_OK : PROV_E_NOT_FOUND);
        assert_int_equal(line, len == 256);
    }
}

static void test_a_line_that_cannot_be_read_is_not_passed_over(void **state)
{
    (void)state;
    static const struct line some[] = {{"1", PROV_OK}, {"2", PROV_E_IO}, {"3", PROV_OK}};
    struct prov_error error = {0};
    uint32_t line = 99;
    lines = some;
    assert_int_equal(prov_action_find_line(PROVI_LIT("sip:3@h"), 0, 3, &users, &line, &error),
                     PROV_E_IO);
    assert_string_equal(error.subject, "User_ID_2_");
    assert_int_equal(line, 0);
    assert_int_equal(prov_action_find_line(PROVI_LIT("sip:1@h"), 0, 3, &users, &line, &error),
                     PROV_OK);
}

static void test_a_line_passed_over_leaves_no_error(void **state)
{
    (void)state;
    static const struct line some[] = {{"1", PROV_E_LIMIT}, {"2", PROV_OK}};
    struct prov_error error = {0};
    uint32_t line = 99;
    lines = some;
    assert_int_equal(prov_action_find_line(PROVI_LIT("sip:2@h"), 0, 2, &users, &line, &error),
                     PROV_OK);
    assert_int_equal(line, 2);
    assert_int_equal(error.status, PROV_OK);
    assert_string_equal(error.message, "");
}

static prov_status get_proxy(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    const char *value = ctx;
    assert_true(provi_str_is(name, "Proxy_7_"));
    *len = strlen(value);
    if (*len > cap)
        return PROV_E_LIMIT;
    memcpy(buf, value, *len);
    return PROV_OK;
}

static void test_the_realm_is_the_domain_of_the_line(void **state)
{
    (void)state;
    static char cases[][2][64] = {
        {"pbx.example.com", "pbx.example.com"},
        {"h", "h"},
        {" pbx:5060 ", "pbx"},
        {"192.0.2.1", "192.0.2.1"},
        {"[2001:db8::1]:5060", "2001:db8::1"},
        {"", "phone"},
        {" ", "phone"},
        {"sip:pbx", "phone"},
        {"a\r\nb", "phone"},
        {"a\"b", "phone"},
        {"http://pbx/", "phone"},
        {"pbx;lr", "phone"},
        {"/x", "phone"},
    };
    char buf[64];
    prov_str realm;
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        const struct prov_param_source source = {get_proxy, cases[i][0]};
        assert_int_equal(prov_action_realm(7, &source, buf, sizeof buf, &realm, NULL), PROV_OK);
        if (!provi_str_is(realm, cases[i][1]))
            fail_msg("'%s': %.*s", cases[i][0], (int)realm.len, realm.data);
    }
    const struct prov_param_source source = {get_proxy, cases[0][0]};
    assert_int_equal(prov_action_realm(7, &source, buf, 5, &realm, NULL), PROV_E_LIMIT);
    assert_int_equal(prov_action_realm(999, NULL, buf, 5, &realm, NULL), PROV_OK);
    assert_true(provi_str_is(realm, "phone"));
    char longest[257] = "", room[256];
    for (size_t len = 254; len < sizeof longest; len++) {
        memset(longest, 'h', len);
        const struct prov_param_source long_source = {get_proxy, longest};
        assert_int_equal(prov_action_realm(7, &long_source, room, sizeof room, &realm, NULL),
                         PROV_OK);
        assert_true(provi_str_is(realm, len <= 255 ? longest : "phone"));
    }
    struct prov_error error = {0};
    assert_int_equal(prov_action_realm(0, &source, buf, sizeof buf, &realm, &error),
                     PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: line, buf or realm");
    assert_int_equal(prov_action_realm(1000, &source, buf, sizeof buf, &realm, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_action_realm(7, &source, NULL, 0, &realm, NULL), PROV_E_INVALID);
    assert_int_equal(prov_action_realm(7, &source, buf, sizeof buf, NULL, NULL), PROV_E_INVALID);
}

static void test_wrong_calls_are_refused(void **state)
{
    (void)state;
    static const prov_str sound = {"resync", 6}, no_text = {NULL, 6};
    struct prov_action action = {.size = sizeof action};
    struct prov_error error = {0};
    uint32_t line;
    const prov_str cases[][3] = {
        {no_text, sound, sound}, {sound, no_text, sound}, {sound, sound, no_text}};
    for (size_t i = 0; i < PROVI_LEN(cases); i++)
        assert_int_equal(
            prov_action_from_notify(cases[i][0], cases[i][1], cases[i][2], &action, &error),
            PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: event, body, requester or out");
    assert_int_equal(prov_action_from_notify(sound, sound, sound, NULL, NULL), PROV_E_INVALID);
    action.size = 3;
    assert_int_equal(prov_action_from_notify(sound, sound, sound, &action, &error), PROV_E_ABI);
    assert_string_equal(error.message, "out.size: expected sizeof(struct prov_action)");
    assert_int_equal(prov_action_find_line(no_text, 0, 1, NULL, &line, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: uri, n_lines or line");
    assert_int_equal(prov_action_find_line(sound, 0, 1000, NULL, &line, NULL), PROV_E_INVALID);
    assert_int_equal(prov_action_find_line(sound, 0, 1, NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_action_find_line(PROVI_LIT("sip:1@h"), 0, 999, NULL, &line, NULL),
                     PROV_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notifies_follow_the_vectors),
        cmocka_unit_test(test_events_of_allow_events_are_obeyed),
        cmocka_unit_test(test_bodies_have_a_limit),
        cmocka_unit_test(test_a_line_is_found_by_its_user),
        cmocka_unit_test(test_a_user_has_at_most_256_bytes),
        cmocka_unit_test(test_a_line_that_cannot_be_read_is_not_passed_over),
        cmocka_unit_test(test_a_line_passed_over_leaves_no_error),
        cmocka_unit_test(test_the_realm_is_the_domain_of_the_line),
        cmocka_unit_test(test_wrong_calls_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
