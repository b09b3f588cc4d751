/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The dials themselves: a fault runner that misses faults would make every other test worthless. */
#include "dials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct steps {
    unsigned n_steps;
    unsigned n_runs;
    uint64_t once;   /* bit n: the run with one fault at n was made and failed just there */
    uint64_t sticky; /* the same for a fault that stays */
};

static void walk_steps(void *ctx, struct dial *dial)
{
    struct steps *steps = ctx;
    unsigned n_failed = 0;
    unsigned first = 0;
    for (unsigned i = 0; i < steps->n_steps; i++) {
        if (dial_tick(dial) && n_failed++ == 0)
            first = i;
    }
    steps->n_runs++;
    if (n_failed == 0)
        return;
    assert_int_equal(first, dial->at);
    assert_int_equal(n_failed, dial->sticky ? steps->n_steps - first : 1);
    *(dial->sticky ? &steps->sticky : &steps->once) |= UINT64_C(1) << first;
}

static void test_dial_run_meets_every_position(void **state)
{
    (void)state;
    struct steps steps = {.n_steps = 5};
    assert_int_equal(dial_run("steps", walk_steps, &steps), 5);
    assert_int_equal(steps.n_runs, 12);
    assert_int_equal(steps.once, 0x1f);
    assert_int_equal(steps.sticky, 0x1f);
}

static void test_dial_run_without_a_chance(void **state)
{
    (void)state;
    struct steps steps = {.n_steps = 0};
    assert_int_equal(dial_run("no steps", walk_steps, &steps), 0);
    assert_int_equal(steps.n_runs, 2);
}

static void test_dial_null_and_off_never_fail(void **state)
{
    (void)state;
    struct dial off = {.at = DIAL_OFF, .sticky = true};
    for (int i = 0; i < 100; i++) {
        assert_false(dial_tick(NULL));
        assert_false(dial_tick(&off));
    }
    assert_int_equal(off.seen, 100);
}

static void test_fault_alloc_counts_and_keeps_contents(void **state)
{
    (void)state;
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    const struct prov_alloc *alloc = &memory.alloc;

    char *text = alloc->resize(alloc->ctx, NULL, 0, 6);
    strcpy(text, "hello");
    char *longer = alloc->resize(alloc->ctx, text, 6, 100);
    assert_string_equal(longer, "hello");
    assert_int_equal(memory.live_bytes, 100);
    assert_int_equal(memory.peak_bytes, 106);
    assert_int_equal(memory.n_calls, 2);
    assert_null(alloc->resize(alloc->ctx, longer, 100, 0));
    assert_null(alloc->resize(alloc->ctx, NULL, 0, 0));
    assert_int_equal(memory.live_bytes, 0);
    fault_alloc_assert_empty(&memory);
}

static void test_fault_alloc_fails_by_dial(void **state)
{
    (void)state;
    struct dial dial = {.at = 1};
    struct fault_alloc memory;
    fault_alloc_init(&memory, &dial);
    const struct prov_alloc *alloc = &memory.alloc;

    char *block = alloc->resize(alloc->ctx, NULL, 0, 3);
    assert_non_null(block);
    memcpy(block, "abc", 3);
    assert_null(alloc->resize(alloc->ctx, block, 3, 30));
    assert_true(dial.hit);
    assert_memory_equal(block, "abc", 3);
    block = alloc->resize(alloc->ctx, block, 3, 30);
    assert_non_null(block);
    alloc->resize(alloc->ctx, block, 30, 0);
    fault_alloc_assert_empty(&memory);
}

struct ways {
    unsigned n_ways;
    unsigned n_cut;
};

static void feed_capture(void *ctx, const struct feed *feed)
{
    struct ways *ways = ctx;
    struct capture capture;
    capture_init(&capture, NULL);
    assert_int_equal(feed_run(feed, &capture.sink, NULL), PROV_OK);
    assert_true(capture.is_finished);
    assert_true(capture_equals(&capture, "a flat profile", feed->len));
    ways->n_ways++;
    ways->n_cut += feed->len < strlen("a flat profile");
    capture_free(&capture);
}

static void test_feed_every_split_gives_the_same_bytes(void **state)
{
    (void)state;
    struct ways ways = {0};
    feed_every_split("a flat profile", 14, feed_capture, &ways);
    assert_int_equal(ways.n_ways, 1 + 5 + 14);
    assert_int_equal(ways.n_cut, 0);
}

static void test_feed_every_cut_stops_at_each_byte(void **state)
{
    (void)state;
    struct ways ways = {0};
    feed_every_cut("a flat profile", 14, feed_capture, &ways);
    assert_int_equal(ways.n_ways, 14);
    assert_int_equal(ways.n_cut, 14);
}

static void test_feed_run_stops_at_the_first_failure(void **state)
{
    (void)state;
    struct dial dial = {.at = 2};
    struct capture capture;
    capture_init(&capture, &dial);
    struct feed feed = feed_chunks("a flat profile", 14, 3);
    struct prov_error err = {.size = sizeof err};
    assert_int_equal(feed_run(&feed, &capture.sink, &err), PROV_E_HOST);
    assert_int_equal(err.status, PROV_E_HOST);
    assert_true(capture_equals(&capture, "a flat", 6));
    assert_false(capture.is_finished);
    capture_free(&capture);
}

static void test_secrets_found_plain_and_in_hex(void **state)
{
    (void)state;
    static const char key[] = "K3y!";
    struct secrets secrets = {0};
    secrets_plant(&secrets, key, 4);
    assert_non_null(secrets_find(&secrets, "--key K3y!", 10));
    assert_non_null(secrets_find(&secrets, "iv=4b337921;", 12));
    assert_non_null(secrets_find(&secrets, "4B337921", 8));
    assert_null(secrets_find(&secrets, "--key ****", 10));
    assert_null(secrets_find(&secrets, "K3y", 3));
    assert_null(secrets_find(&secrets, "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dial_run_meets_every_position),
        cmocka_unit_test(test_dial_run_without_a_chance),
        cmocka_unit_test(test_dial_null_and_off_never_fail),
        cmocka_unit_test(test_fault_alloc_counts_and_keeps_contents),
        cmocka_unit_test(test_fault_alloc_fails_by_dial),
        cmocka_unit_test(test_feed_every_split_gives_the_same_bytes),
        cmocka_unit_test(test_feed_every_cut_stops_at_each_byte),
        cmocka_unit_test(test_feed_run_stops_at_the_first_failure),
        cmocka_unit_test(test_secrets_found_plain_and_in_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
