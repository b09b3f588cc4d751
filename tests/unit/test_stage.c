/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "dials.h"

enum { PLENTY = 1 << 20 };

static struct prov_param make(const char *name, const char *value, uint8_t access)
{
    return (struct prov_param){
        .size = sizeof(struct prov_param),
        .name = prov_str_from(name),
        .value = prov_str_from(value),
        .has_value = value != NULL,
        .access = access,
    };
}

static prov_status add(struct provi_stage *stage, const char *name, const char *value,
                       uint8_t access)
{
    struct prov_param param = make(name, value, access);
    return provi_stage_add(stage, &param, NULL);
}

static void assert_param(const struct prov_param *param, const char *name, const char *value,
                         uint8_t access)
{
    assert_true(provi_str_is(param->name, name));
    assert_int_equal(param->has_value, value != NULL);
    assert_true(provi_str_is(param->value, value ? value : ""));
    assert_int_equal(param->access, access);
}

/* Each test gets a stage on an allocator that must end empty and never sees the secret again. */
struct fixture {
    struct fault_alloc memory;
    struct provi_stage stage;
};

static const char secret[] = "s3cr3t-pass";

static void setup(struct fixture *fixture, struct dial *dial, size_t max_bytes)
{
    fault_alloc_init(&fixture->memory, dial);
    fixture->memory.secret = secret;
    fixture->memory.secret_len = strlen(secret);
    provi_stage_init(&fixture->stage, &fixture->memory.alloc, max_bytes);
}

static void teardown(struct fixture *fixture)
{
    provi_stage_free(&fixture->stage);
    fault_alloc_assert_empty(&fixture->memory);
}

static void test_stage_empty_allocates_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture, NULL, PLENTY);
    assert_int_equal(provi_stage_n(&fixture.stage), 0);
    assert_false(provi_stage_find(&fixture.stage, PROVI_LIT("GPP_A"), NULL));
    assert_int_equal(fixture.memory.n_calls, 0);
    teardown(&fixture);
}

static void test_stage_joins_changes_of_one_name(void **state)
{
    (void)state;
    static const struct {
        const char *first_value;
        uint8_t first_access;
        const char *second_value;
        uint8_t second_access;
        const char *value;
        uint8_t access;
    } rows[] = {
        {"1", PROV_ACCESS_KEEP, "2", PROV_ACCESS_KEEP, "2", PROV_ACCESS_KEEP},
        {"1", PROV_ACCESS_READ, "longer", PROV_ACCESS_KEEP, "longer", PROV_ACCESS_READ},
        {"longer", PROV_ACCESS_READ, "1", PROV_ACCESS_WRITE, "1", PROV_ACCESS_WRITE},
        {"1", PROV_ACCESS_NONE, NULL, PROV_ACCESS_WRITE, "1", PROV_ACCESS_WRITE},
        {NULL, PROV_ACCESS_WRITE, "2", PROV_ACCESS_KEEP, "2", PROV_ACCESS_WRITE},
        {"1", PROV_ACCESS_WRITE, "", PROV_ACCESS_DEFAULT, "", PROV_ACCESS_DEFAULT},
        {NULL, PROV_ACCESS_WRITE, NULL, PROV_ACCESS_READ, NULL, PROV_ACCESS_READ},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct fixture fixture;
        setup(&fixture, NULL, PLENTY);
        assert_int_equal(add(&fixture.stage, "A", rows[i].first_value, rows[i].first_access), 0);
        assert_int_equal(add(&fixture.stage, "B", "b", PROV_ACCESS_KEEP), 0);
        assert_int_equal(add(&fixture.stage, "A", rows[i].second_value, rows[i].second_access), 0);
        assert_int_equal(provi_stage_n(&fixture.stage), 2);
        struct prov_param first = provi_stage_get(&fixture.stage, 0);
        struct prov_param second = provi_stage_get(&fixture.stage, 1);
        assert_param(&first, "A", rows[i].value, rows[i].access);
        assert_param(&second, "B", "b", PROV_ACCESS_KEEP);
        teardown(&fixture);
    }
}

static void test_stage_names_are_exact(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture, NULL, PLENTY);
    add(&fixture.stage, "GPP_A", "1", PROV_ACCESS_KEEP);
    assert_true(provi_stage_find(&fixture.stage, PROVI_LIT("GPP_A"), NULL));
    assert_false(provi_stage_find(&fixture.stage, PROVI_LIT("gpp_a"), NULL));
    assert_false(provi_stage_find(&fixture.stage, PROVI_LIT("GPP_"), NULL));
    assert_false(provi_stage_find(&fixture.stage, PROVI_LIT(""), NULL));
    teardown(&fixture);
}

/* As those of a parser: two names of equal text at two addresses do not occur there. */
static void test_stage_goes_by_the_address_of_interned_names(void **state)
{
    (void)state;
    static const char *const names[] = {"GPP_A", "GPP_B"};
    struct fixture fixture;
    setup(&fixture, NULL, PLENTY);
    provi_stage_intern(&fixture.stage);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(add(&fixture.stage, names[i % 2], i < 2 ? "1" : secret, 0), PROV_OK);
    assert_int_equal(provi_stage_n(&fixture.stage), 2);
    for (size_t i = 0; i < 2; i++) {
        struct prov_param param = provi_stage_get(&fixture.stage, i);
        assert_ptr_equal(param.name.data, names[i]);
        assert_param(&param, names[i], secret, PROV_ACCESS_KEEP);
    }
    teardown(&fixture);
}

enum { MANY = 10000 };

static void assert_has_many(const struct provi_stage *stage)
{
    char name[32];
    char value[32];
    assert_int_equal(provi_stage_n(stage), MANY);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "Parameter_%u_", i);
        snprintf(value, sizeof value, "%u", i * 7);
        struct prov_param param = provi_stage_get(stage, i);
        assert_param(&param, name, value, PROV_ACCESS_KEEP);
        assert_int_equal(param.line, i + 1);
        assert_true(provi_stage_find(stage, prov_str_from(name), &param));
        assert_param(&param, name, value, PROV_ACCESS_KEEP);
    }
}

static void add_many(struct provi_stage *stage)
{
    char name[32];
    char value[32];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "Parameter_%u_", i);
        snprintf(value, sizeof value, "%u", i * 7);
        struct prov_param param = make(name, value, PROV_ACCESS_KEEP);
        param.line = i + 1;
        assert_int_equal(provi_stage_add(stage, &param, NULL), PROV_OK);
    }
}

/* All begin at the slot of the first, with the same bits of a hash: one behind the other. */
static void assert_in_one_row(const struct provi_stage *stage)
{
    size_t mask = stage->n_slots - 1;
    size_t first = 0;
    while ((stage->slots[first] & mask) != 1)
        first++;
    for (size_t i = 0; i < provi_stage_n(stage); i++)
        assert_int_equal(stage->slots[(first + i) & mask], stage->slots[first] + i);
}

/* A server that knew the seed could make all its names meet: they are still distinguished. */
static void test_stage_tells_names_of_one_hash_apart(void **state)
{
    (void)state;
    struct fixture fixture;
    struct prov_param param;
    char name[16], value[16];
    setup(&fixture, NULL, PLENTY);
    memcpy(&fixture.stage.seed, "_SA_", sizeof fixture.stage.seed);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%04u_SA_", i);
        snprintf(value, sizeof value, "%u", i);
        assert_int_equal(add(&fixture.stage, name, value, 0), PROV_OK);
    }
    assert_in_one_row(&fixture.stage);
    assert_int_equal(provi_stage_n(&fixture.stage), 1000);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%04u_SA_", i);
        snprintf(value, sizeof value, "%u", i);
        assert_true(provi_stage_find(&fixture.stage, prov_str_from(name), &param));
        assert_true(provi_str_is(param.value, value));
    }
    assert_false(provi_stage_find(&fixture.stage, PROVI_LIT("none_SA_"), NULL));
    teardown(&fixture);
}

static void test_stage_has_a_ceiling_of_its_own(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture, NULL, SIZE_MAX);
    assert_int_equal(fixture.stage.max_bytes, INT32_MAX);
    assert_int_equal(add(&fixture.stage, "GPP_A", "1", 0), PROV_OK);
    teardown(&fixture);
}

static void test_stage_keeps_order_of_many_with_few_allocations(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture, NULL, PLENTY);
    add_many(&fixture.stage);
    assert_has_many(&fixture.stage);
    assert_true(fixture.memory.n_calls < 40); /* doublings of text, entries and index */
    teardown(&fixture);
}

static void test_stage_wipes_values(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture, NULL, PLENTY);
    add(&fixture.stage, "GPP_SA", secret, PROV_ACCESS_KEEP);
    add(&fixture.stage, "GPP_SA", "short", PROV_ACCESS_KEEP);
    add_many(&fixture.stage); /* the text fills several blocks */
    teardown(&fixture);       /* the allocator looks at every block that comes back */
}

static void test_stage_wipes_values_that_were_compacted(void **state)
{
    (void)state;
    struct fixture fixture;
    struct prov_param param;
    setup(&fixture, NULL, PLENTY);
    add(&fixture.stage, "GPP_SA", secret, PROV_ACCESS_READ);
    add(&fixture.stage, "GPP_SB", "b", PROV_ACCESS_KEEP);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(provi_stage_compact(&fixture.stage), PROV_OK);
        assert_true(provi_stage_find(&fixture.stage, PROVI_LIT("GPP_SA"), &param));
        assert_param(&param, "GPP_SA", secret, PROV_ACCESS_READ);
        assert_true(provi_stage_find(&fixture.stage, PROVI_LIT("GPP_SB"), &param));
        assert_param(&param, "GPP_SB", "b", PROV_ACCESS_KEEP);
    }
    teardown(&fixture);
}

static void test_stage_refuses_past_its_ceiling_and_stays_whole(void **state)
{
    (void)state;
    struct fixture fixture;
    setup(&fixture, NULL, 4096);
    char name[32];
    unsigned n_added = 0;
    prov_status status = PROV_OK;
    struct prov_error err = {.size = sizeof err};
    while (n_added < 4096) {
        snprintf(name, sizeof name, "P%u", n_added);
        struct prov_param param = make(name, secret, PROV_ACCESS_KEEP);
        status = provi_stage_add(&fixture.stage, &param, &err);
        if (status != PROV_OK)
            break;
        n_added++;
    }
    assert_int_equal(status, PROV_E_LIMIT);
    assert_string_equal(err.subject, name);
    assert_null(strstr(err.message, secret));
    assert_int_equal(provi_stage_n(&fixture.stage), n_added);
    assert_true(fixture.memory.peak_bytes < 4 * 4096);

    struct prov_param param;
    assert_true(provi_stage_find(&fixture.stage, PROVI_LIT("P0"), &param));
    assert_param(&param, "P0", secret, PROV_ACCESS_KEEP);
    char longer[4096] = {0};
    memset(longer, 'x', sizeof longer - 1);
    assert_int_equal(add(&fixture.stage, "P0", longer, PROV_ACCESS_WRITE), PROV_E_LIMIT);
    assert_true(provi_stage_find(&fixture.stage, PROVI_LIT("P0"), &param));
    assert_param(&param, "P0", secret, PROV_ACCESS_KEEP);
    teardown(&fixture);
}

/* A longer value takes new room, the old one is not used again. */
static void test_stage_counts_the_room_of_replaced_values(void **state)
{
    (void)state;
    struct fixture fixture;
    char value[101] = "";
    prov_status status = PROV_OK;
    size_t len = 0, sum = 0;
    setup(&fixture, NULL, 2048);
    while (status == PROV_OK && len < 100) {
        value[len++] = 'x';
        sum += len;
        status = add(&fixture.stage, "P", value, PROV_ACCESS_KEEP);
    }
    assert_int_equal(status, PROV_E_LIMIT);
    assert_true(sum > 1500 && sum <= 2048);
    teardown(&fixture);
}

enum { N_NAMES = 200 }; /* several blocks of names and of values, on a 32-bit machine as well */

/* Every addition either happened or did not, and may be tried again. */
static void add_with_short_memory(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct fixture fixture;
    setup(&fixture, dial, PLENTY);
    char name[32];
    for (unsigned i = 0; i < 2 * N_NAMES; i++) {
        snprintf(name, sizeof name, "P%u", i % N_NAMES);
        const char *value = i < N_NAMES ? secret : "a value that is longer than that secret";
        struct prov_param param = {0};
        prov_status status = add(&fixture.stage, name, value, PROV_ACCESS_KEEP);
        if (status == PROV_OK) {
            assert_true(provi_stage_find(&fixture.stage, prov_str_from(name), &param));
            assert_param(&param, name, value, PROV_ACCESS_KEEP);
            continue;
        }
        assert_int_equal(status, PROV_E_NOMEM);
        if (provi_stage_find(&fixture.stage, prov_str_from(name), &param))
            assert_param(&param, name, secret, PROV_ACCESS_KEEP);
        if (!dial->sticky)
            assert_int_equal(add(&fixture.stage, name, value, PROV_ACCESS_KEEP), PROV_OK);
    }
    if (!dial->sticky)
        assert_int_equal(provi_stage_n(&fixture.stage), N_NAMES);
    teardown(&fixture);
}

static void test_stage_out_of_memory_changes_nothing(void **state)
{
    (void)state;
    assert_true(dial_run("stage", add_with_short_memory, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stage_empty_allocates_nothing),
        cmocka_unit_test(test_stage_joins_changes_of_one_name),
        cmocka_unit_test(test_stage_names_are_exact),
        cmocka_unit_test(test_stage_goes_by_the_address_of_interned_names),
        cmocka_unit_test(test_stage_tells_names_of_one_hash_apart),
        cmocka_unit_test(test_stage_has_a_ceiling_of_its_own),
        cmocka_unit_test(test_stage_keeps_order_of_many_with_few_allocations),
        cmocka_unit_test(test_stage_wipes_values),
        cmocka_unit_test(test_stage_wipes_values_that_were_compacted),
        cmocka_unit_test(test_stage_refuses_past_its_ceiling_and_stays_whole),
        cmocka_unit_test(test_stage_counts_the_room_of_replaced_values),
        cmocka_unit_test(test_stage_out_of_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
