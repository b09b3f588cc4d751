/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Names: of every enumerator of every public header. */
#include <provision/provision.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

static const struct row {
    const char *enumerator;
    const char *(*name_of)(uint32_t number);
    uint32_t number;
    const char *name;
} rows[] = {
#define ROW(function, enumerator, name) {#enumerator, function, enumerator, name},
#include "names_table.h" /* by tests/structure/names.py, from the headers */
};

static void test_every_enumerator_has_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        if (strcmp(rows[i].name_of(rows[i].number), rows[i].name) != 0)
            fail_msg("%s: expected \"%s\", found \"%s\"", rows[i].enumerator, rows[i].name,
                     rows[i].name_of(rows[i].number));
}

static bool is_enumerator(const struct row *of, uint32_t number)
{
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        if (rows[i].name_of == of->name_of && rows[i].number == number)
            return true;
    return false;
}

static void test_every_other_number_is_unknown(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        for (uint32_t number = 0; number < 292; number++) {
            const uint32_t tried = number < 260 ? number : UINT32_MAX >> (number - 260);
            if (!is_enumerator(&rows[i], tried))
                assert_string_equal(rows[i].name_of(tried), "unknown");
        }
}

static void test_no_two_have_the_same_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        for (size_t k = 0; k < i; k++)
            if (rows[k].name_of == rows[i].name_of && strcmp(rows[k].name, rows[i].name) == 0)
                fail_msg("%s and %s: \"%s\"", rows[k].enumerator, rows[i].enumerator, rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_enumerator_has_its_name),
        cmocka_unit_test(test_every_other_number_is_unknown),
        cmocka_unit_test(test_no_two_have_the_same_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
