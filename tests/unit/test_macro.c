/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Macro expansion and the variables of a device. */
#include <provision/macro.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "dials.h"
#include "vectors.h"
#include "world.h"

#define VECTORS TEST_SOURCE_ROOT "/tests/vectors/macro/"

/* Vectors ------------------------------------------------------------------------------------- */

static uint32_t vector_flags(const struct vector *vector)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } flags[] = {
        {"rule", PROV_MACRO_RULE},
        {"key-only", PROV_MACRO_KEY_ONLY},
        {"mask", PROV_MACRO_MASK},
    };
    uint32_t all = 0;
    prov_str rest = vector_get(vector, "flags");
    prov_str word;
    while (provi_str_split(&rest, ' ', &word))
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
            if (provi_str_is(word, flags[i].name))
                all |= flags[i].flag;
    return all;
}

/* Each length of buffer below the one needed is refused, tells the length needed, and is kept to. */
static void check_lengths(const struct vector *vector, const struct world *world, uint32_t flags,
                          size_t needed)
{
    char buf[512];
    for (size_t cap = 0; cap <= needed; cap++) {
        size_t len = 0;
        memset(buf, '#', sizeof buf);
        prov_status status = prov_macro_expand(vector_get(vector, "in"), &world->vars, flags,
                                               cap ? buf : NULL, cap, &len, NULL);
        if (status != PROV_E_LIMIT || len != needed || buf[cap] != '#')
            vector_die(vector, "with %zu bytes: %s, length %zu", cap, prov_status_name(status),
                       len);
    }
}

static void check_expansion(void *ctx, const struct vector *vector)
{
    (void)ctx;
    struct world world;
    char buf[512];
    size_t len;
    world_init(&world, NULL);
    for (size_t i = 0; i < vector->n_fields; i++)
        if (provi_str_is(vector->fields[i].key, "set"))
            world_set(&world, vector->fields[i].value);
    uint32_t flags = vector_flags(vector);
    prov_str wanted = vector_get(vector, "out");
    prov_status status = prov_macro_expand(vector_get(vector, "in"), &world.vars, flags, buf,
                                           sizeof buf, &len, NULL);
    if (status != PROV_OK || !provi_str_eq((prov_str){buf, len}, wanted) || buf[len] != '\0')
        vector_die(vector, "%s, found %s", prov_status_name(status), buf);
    check_lengths(vector, &world, flags, len);
    world_free(&world);
}

static void test_macro_expands_every_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "expand.txt", check_expansion, NULL) >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macro_expands_every_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
