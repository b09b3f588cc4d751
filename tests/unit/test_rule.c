/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The rule language. */
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
#include "vectors.h"
#include "world.h"

#define VECTORS TEST_SOURCE_ROOT "/tests/vectors/rule/"

/* Vectors ------------------------------------------------------------------------------------- */

static void test_rule_does_what_every_valid_vector_says(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "valid.txt", outcome_test, NULL) >= 60);
}

static void test_rule_refuses_every_invalid_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "invalid.txt", outcome_test, NULL) >= 45);
}

/* Whether the trigger `left op right` holds; a negative status if it is refused. */
static int compare(prov_str left, const char *op, prov_str right)
{
    char text[256];
    snprintf(text, sizeof text, "%.*s %s %.*s", (int)left.len, left.data, op, (int)right.len,
             right.data);
    prov_rule *rule;
    int32_t term;
    struct prov_rule_options opt = {.size = sizeof opt, .kind = PROV_RULE_TRIGGER};
    prov_status status = prov_rule_parse(&rule, prov_str_from(text), &opt, NULL);
    if (status != PROV_OK)
        return status;
    assert_int_equal(prov_rule_choose(rule, (prov_str){NULL, 0}, NULL, &term, NULL), PROV_OK);
    prov_rule_free(rule);
    return term == 0;
}

/* Of `<`, `=` and `>` just the one named holds, and its mirror the other way round. */
static void check_version(void *ctx, const struct vector *vector)
{
    static const char *const ops[] = {"<", "=", ">"};
    static const char *const mirrored[] = {">", "=", "<"};
    (void)ctx;
    prov_str rest = vector_get(vector, "compare");
    prov_str left, op, right;
    if (!provi_str_split(&rest, ' ', &left) || !provi_str_split(&rest, ' ', &op) ||
        !provi_str_split(&rest, ' ', &right))
        vector_die(vector, "not LEFT OPERATOR RIGHT");
    for (size_t i = 0; i < 3; i++) {
        int wanted = provi_str_is(op, "error") ? PROV_E_SYNTAX : (int)provi_str_is(op, ops[i]);
        if (compare(left, ops[i], right) != wanted || compare(right, mirrored[i], left) != wanted)
            vector_die(vector, "'%s' does not give %d", ops[i], wanted);
    }
}

static void test_rule_compares_every_version_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "versions.txt", check_version, NULL) >= 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_does_what_every_valid_vector_says),
        cmocka_unit_test(test_rule_refuses_every_invalid_vector),
        cmocka_unit_test(test_rule_compares_every_version_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
