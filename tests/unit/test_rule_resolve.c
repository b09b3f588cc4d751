/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/rule.h>

#include "table.h"

#define STR(text) (int)(text).len, (text).data ? (text).data : ""

/* `scheme host port path`, or status and message, of the only target of a rule. */
static void describe(prov_str text, prov_str server, char *buf, size_t cap)
{
    prov_rule *rule;
    struct prov_error err = {0};
    struct prov_rule_target target = {.size = sizeof target};
    prov_status status = prov_rule_parse(&rule, text, NULL, &err);
    if (status == PROV_OK)
        status = prov_rule_target_get(rule, 0, 0, &target);
    if (status == PROV_OK)
        status = prov_rule_target_resolve(&target, server, &target, &err);
    if (status == PROV_OK)
        snprintf(buf, cap, "%.*s %.*s %u %.*s", STR(target.scheme), STR(target.host),
                 (unsigned)target.port, STR(target.path));
    else
        snprintf(buf, cap, "%s %s", prov_status_name(status), err.message);
    prov_rule_free(rule);
}

static void check_row(void *ctx, const struct table_row *row)
{
    char got[256];
    (void)ctx;
    describe(row->columns[0], row->columns[1], got, sizeof got);
    size_t len = strlen(got);
    while (len > 0 && got[len - 1] == ' ')
        got[--len] = '\0';
    if (strcmp(got, row->columns[2].data) != 0)
        table_fail(row, "got: %s", got);
}

static void test_target_resolve_follows_the_table(void **state)
{
    (void)state;
    assert_true(table_run(TEST_SOURCE_ROOT "/tests/vectors/rule/resolve.txt", check_row, NULL) > 0);
}

static void test_target_resolve_leaves_all_else_and_the_target_alone(void **state)
{
    (void)state;
    prov_rule *rule;
    const prov_str text = prov_str_from("[--uid u --pwd p --key k --alias b] /x");
    struct prov_rule_target target = {.size = sizeof target}, out = {.size = sizeof out};
    assert_int_equal(prov_rule_parse(&rule, text, NULL, NULL), PROV_OK);
    assert_int_equal(prov_rule_target_get(rule, 0, 0, &target), PROV_OK);
    const struct prov_rule_target before = target;
    assert_int_equal(prov_rule_target_resolve(&target, prov_str_from("h"), &out, NULL), PROV_OK);
    assert_memory_equal(&target, &before, sizeof target);
    assert_int_equal(out.alias, 'b');
    assert_true(out.has_key && out.has_uid && out.has_pwd);
    assert_ptr_equal(out.pwd.data, target.pwd.data);
    prov_rule_free(rule);
}

static void test_target_resolve_checks_its_arguments(void **state)
{
    (void)state;
    const prov_str none = {NULL, 0};
    struct prov_rule_target target = {.size = sizeof target, .host = prov_str_from("h")};
    struct prov_rule_target out = {.size = sizeof out};
    struct prov_error err = {0};
    assert_int_equal(prov_rule_target_resolve(NULL, none, &out, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: target, server or out");
    assert_int_equal(prov_rule_target_resolve(&target, none, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_target_resolve(&target, (prov_str){NULL, 1}, &out, NULL),
                     PROV_E_INVALID);
    struct prov_rule_target unset = {.size = 0};
    assert_int_equal(prov_rule_target_resolve(&target, none, &unset, NULL), PROV_E_ABI);
    target.size = 1;
    assert_int_equal(prov_rule_target_resolve(&target, none, &out, NULL), PROV_E_ABI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target_resolve_follows_the_table),
        cmocka_unit_test(test_target_resolve_leaves_all_else_and_the_target_alone),
        cmocka_unit_test(test_target_resolve_checks_its_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
