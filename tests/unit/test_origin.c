/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Requests from pages of this device, of other hosts, and from no page. */
#include <provision/action.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "table.h"

static const prov_str names[] = {
    {"192.0.2.7", 9},          {"[2001:db8::7]", 13}, {"::ffff:192.0.2.7", 16},
    {"phone.example.com", 17}, {"Desk-7", 6},
};

static prov_str field(prov_str column)
{
    return provi_str_is(column, "-") ? (prov_str){NULL, 0} : column;
}

static void check_origin(void *ctx, const struct table_row *row)
{
    (void)ctx;
    const struct prov_action_origin origin = {
        .size = sizeof origin,
        .host = field(row->columns[0]),
        .origin = field(row->columns[1]),
        .referer = field(row->columns[2]),
        .fetch_site = field(row->columns[3]),
        .names = names,
        .n_names = PROVI_LEN(names),
    };
    struct prov_error err = {0};
    prov_status status = prov_action_check_origin(&origin, &err);
    const char *found = status == PROV_OK ? "ok" : err.subject;
    const char *message =
        status == PROV_OK            ? ""
        : strcmp(found, "Host") == 0 ? "expected a name or address of this device, found another"
        : strcmp(found, "Sec-Fetch-Site") == 0 ? "expected same-origin or none, found another"
                                               : "expected a page of this device";
    if (!provi_str_is(row->columns[4], found) || (status != PROV_OK && status != PROV_E_POLICY) ||
        strncmp(err.message, message, strlen(message)) != 0)
        table_fail(row, "%s: %s: %s", prov_status_name(status), found, err.message);
}

static void test_origins_follow_the_vectors(void **state)
{
    (void)state;
    table_run(TEST_SOURCE_ROOT "/tests/vectors/action/origin.txt", check_origin, NULL);
}

/* Any two spellings of one address are the same, and no others. */
static void test_ipv6_addresses_are_compared_by_value(void **state)
{
    (void)state;
    static const char *const spellings[][4] = {
        {"::", "0::", "::0", "0:0:0:0:0:0:0:0"},
        {"::1", "0::1", "0:0:0:0:0:0:0.0.0.1", "::0.0.0.1"},
        {"1::", "1:0::", "0001:0:0:0:0:0:0:0", "1::0.0.0.0"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8", "0001:02:3:4:5:6:7:008", "1:2:3:4:5:6:7:8"},
        {"a::B:c", "A:0:0:0:0:0:b:C", "a:0::b:c", "a::0.11.0.12"},
        {"::ff:255.255.255.255", "0:0:0:0:0:ff:ffff:ffff", "::ff:FFFF:ffff", "0::ff:ffff:ffff"},
        {"1::8:0", "1:0:0:0:0:0:8:0", "1::0.8.0.0", "1:0:0:0::8:0"},
    };
    for (size_t i = 0; i < PROVI_LEN(spellings) * 4; i++)
        for (size_t k = 0; k < PROVI_LEN(spellings) * 4; k++) {
            char host[64];
            const prov_str name = prov_str_from(spellings[i / 4][i % 4]);
            snprintf(host, sizeof host, "[%s]:80", spellings[k / 4][k % 4]);
            const struct prov_action_origin origin = {
                .size = sizeof origin,
                .host = prov_str_from(host),
                .names = &name,
                .n_names = 1,
            };
            if ((prov_action_check_origin(&origin, NULL) == PROV_OK) != (i / 4 == k / 4))
                fail_msg("%s as %s", host, name.data);
        }
}

static void test_a_device_without_names_accepts_no_host(void **state)
{
    (void)state;
    struct prov_action_origin origin = {.size = sizeof origin, .host = PROVI_LIT("192.0.2.7")};
    struct prov_error err = {0};
    assert_int_equal(prov_action_check_origin(&origin, NULL), PROV_E_POLICY);
    origin.host = (prov_str){NULL, 0};
    assert_int_equal(prov_action_check_origin(&origin, NULL), PROV_OK);
    origin.origin = PROVI_LIT("http://192.0.2.7");
    assert_int_equal(prov_action_check_origin(&origin, &err), PROV_E_POLICY);
    assert_string_equal(err.message, "expected a page of this device, found another");
}

static void test_a_page_at_another_port_is_another_s(void **state)
{
    (void)state;
    struct prov_error err = {0};
    const struct prov_action_origin origin = {
        .size = sizeof origin,
        .host = PROVI_LIT("192.0.2.7:80"),
        .referer = PROVI_LIT("http://192.0.2.7:8080/"),
        .names = names,
        .n_names = PROVI_LEN(names),
    };
    assert_int_equal(prov_action_check_origin(&origin, &err), PROV_E_POLICY);
    assert_string_equal(err.message,
                        "expected a page of this device at the port of the request, found another");
}

static void test_wrong_calls_are_refused(void **state)
{
    (void)state;
    static const prov_str no_text = {NULL, 1};
    struct prov_action_origin cases[6];
    for (size_t i = 0; i < PROVI_LEN(cases); i++)
        cases[i] = (struct prov_action_origin){.size = sizeof cases[i]};
    cases[0].host = cases[1].origin = cases[2].referer = cases[3].fetch_site = no_text;
    cases[4].n_names = 1;
    cases[5].names = &no_text;
    cases[5].n_names = 1;
    struct prov_error err = {0};
    assert_int_equal(prov_action_check_origin(NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: origin");
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        err.message[0] = '\0';
        assert_int_equal(prov_action_check_origin(&cases[i], &err), PROV_E_INVALID);
        assert_string_equal(err.message, cases[i].names ? "invalid argument: origin.names"
                                                        : "invalid argument: origin");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins_follow_the_vectors),
        cmocka_unit_test(test_ipv6_addresses_are_compared_by_value),
        cmocka_unit_test(test_a_device_without_names_accepts_no_host),
        cmocka_unit_test(test_a_page_at_another_port_is_another_s),
        cmocka_unit_test(test_wrong_calls_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
