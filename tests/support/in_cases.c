/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "in_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

/* Bytes that a struct from the future has more. */
enum { MORE = 24 };

struct list {
    const struct in_case *cases;
    size_t n;
};

/* Hand over a block of exactly `size` bytes that says so; what is beyond today's struct is zero
 * but for the byte at `used`. */
static prov_status pass_block(const struct in_case *in, size_t size, size_t used)
{
    unsigned char full[1024] = {0};
    size_t allocated = size < sizeof size ? sizeof size : size;
    assert_true(allocated <= sizeof full);
    if (in->fill)
        in->fill(full);
    memcpy(full, &size, sizeof size);
    if (used)
        full[used] = 1;
    unsigned char *block = malloc(allocated);
    memcpy(block, full, allocated);
    prov_status status = in->pass(block);
    assert_memory_equal(block, full, allocated);
    free(block);
    return status;
}

static void test_structs_of_today_are_taken(void **state)
{
    const struct list *list = *state;
    for (size_t i = 0; i < list->n; i++) {
        prov_status status = pass_block(&list->cases[i], list->cases[i].size, 0);
        if (status != PROV_OK)
            fail_msg("%s: %s", list->cases[i].name, prov_status_name(status));
    }
}

static void test_structs_from_the_past_are_taken(void **state)
{
    const struct list *list = *state;
    for (size_t i = 0; i < list->n; i++)
        for (size_t size = sizeof size; size < list->cases[i].size; size += sizeof size)
            if (pass_block(&list->cases[i], size, 0) == PROV_E_ABI)
                fail_msg("%s: refused with %zu bytes", list->cases[i].name, size);
}

static void test_structs_from_the_future_are_taken_while_unused(void **state)
{
    const struct list *list = *state;
    for (size_t i = 0; i < list->n; i++) {
        const struct in_case *in = &list->cases[i];
        prov_status today = pass_block(in, in->size, 0);
        if (pass_block(in, in->size + MORE, 0) != today)
            fail_msg("%s: not as of today", in->name);
        for (size_t at = in->size; at < in->size + MORE; at++)
            if (pass_block(in, in->size + MORE, at) != PROV_E_ABI)
                fail_msg("%s: byte %zu was overlooked", in->name, at);
    }
}

static void test_structs_without_a_size_are_refused(void **state)
{
    const struct list *list = *state;
    for (size_t i = 0; i < list->n; i++)
        for (size_t size = 0; size < sizeof(size_t); size++)
            if (pass_block(&list->cases[i], size, 0) != PROV_E_ABI)
                fail_msg("%s: taken with %zu bytes", list->cases[i].name, size);
}

/* Bytes of the stack in its place: a block of today's size, read no further. */
static void test_structs_with_a_size_never_set_are_refused(void **state)
{
    const struct list *list = *state;
    static const size_t sizes[] = {4097, 0x7ffd0000, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < PROVI_LEN(sizes); k++) {
            void *block = calloc(1, list->cases[i].size);
            if (list->cases[i].fill)
                list->cases[i].fill(block);
            memcpy(block, &sizes[k], sizeof sizes[k]);
            if (list->cases[i].pass(block) != PROV_E_ABI)
                fail_msg("%s: taken with %zu bytes", list->cases[i].name, sizes[k]);
            free(block);
        }
}

int in_cases_run(const struct in_case *cases, size_t n)
{
    struct list list = {cases, n};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_structs_of_today_are_taken, &list),
        cmocka_unit_test_prestate(test_structs_from_the_past_are_taken, &list),
        cmocka_unit_test_prestate(test_structs_from_the_future_are_taken_while_unused, &list),
        cmocka_unit_test_prestate(test_structs_without_a_size_are_refused, &list),
        cmocka_unit_test_prestate(test_structs_with_a_size_never_set_are_refused, &list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
