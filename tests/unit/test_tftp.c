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
#include "tftp_net.h"
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

/* Lines */

#define PROFILE_BYTES (300 * 1024)
#define N_RIDES 200
#define N_RIDES_SAMPLED 50

struct rides {
    int64_t median_ms;
    int64_t worst_ms;
    unsigned n_failed;   /* not whole, or not equal */
    unsigned n_unserved; /* the server never learnt that all is well */
    uint64_t n_sent_max;
};

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static struct rides ride(struct tftp_line line, bool is_write, unsigned n_rides)
{
    static int64_t times[N_RIDES];
    struct rides rides = {0};
    for (unsigned i = 0; i < n_rides; i++) {
        struct tftp_ride one;
        line.seed = i;
        tftp_net_ride(&one, &line, is_write, PROFILE_BYTES);
        rides.n_failed += !one.is_equal;
        rides.n_unserved += !one.is_served;
        times[i] = one.decided_ms;
        if (one.n_sent > rides.n_sent_max)
            rides.n_sent_max = one.n_sent;
    }
    qsort(times, n_rides, sizeof times[0], compare);
    rides.median_ms = times[n_rides / 2];
    rides.worst_ms = times[n_rides - 1];
    return rides;
}

static const struct line_row {
    const char *name;
    struct tftp_line line;
    int64_t read_median_ms; /* at most */
    int64_t write_median_ms;
    int64_t worst_ms;
} line_rows[] = {
    {"perfect", {0}, 500, 500, 500},
    {"perfect, options refused", {.refuses_options = true}, 1300, 1300, 1300},
    {"perfect, options not answered", {.ignores_options = true}, 4800, 4800, 4800},
    {"5 %, server with a fine clock",
     {.loss_percent = 5, .knows_utimeout = true},
     4000,
     4000,
     12000},
    {"5 %, server that repeats", {.loss_percent = 5, .repeats = true}, 4000, 4000, 15000},
    {"5 %, server by the letter", {.loss_percent = 5}, 16000, 4000, 40000},
    {"5 %, options refused",
     {.loss_percent = 5, .refuses_options = true, .repeats = true},
     12000,
     12000,
     30000},
    {"10 %, server with a fine clock",
     {.loss_percent = 10, .knows_utimeout = true},
     7000,
     10000,
     30000},
    {"10 %, server that repeats", {.loss_percent = 10, .repeats = true}, 10000, 10000, 30000},
    {"reordered copies, server that repeats",
     {.copy_percent = 20, .jitter_ms = 40, .knows_utimeout = true, .repeats = true},
     9000,
     9000,
     12000},
    {"300 ms away, fine clock, server that repeats",
     {.delay_ms = 300, .knows_utimeout = true, .repeats = true},
     140000,
     140000,
     140000},
};

static void check_line(const struct line_row *row, bool is_write)
{
    const unsigned n_rides = test_takes_samples() ? N_RIDES_SAMPLED : N_RIDES;
    struct rides rides = ride(row->line, is_write, n_rides);
    int64_t median_ms = is_write ? row->write_median_ms : row->read_median_ms;
    if (rides.n_failed || rides.n_unserved > n_rides / 50 || rides.median_ms > median_ms ||
        rides.worst_ms > row->worst_ms)
        fail_msg("%s, %s: median %lld ms, worst %lld ms, %u failed, %u unserved", row->name,
                 is_write ? "write" : "read", (long long)rides.median_ms, (long long)rides.worst_ms,
                 rides.n_failed, rides.n_unserved);
}

static void test_tftp_over_bad_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof line_rows / sizeof line_rows[0]; i++) {
        check_line(&line_rows[i], false);
        check_line(&line_rows[i], true);
    }
}

/* Were every copy answered, the server would send each block once more for each copy before it. */
static void test_tftp_breaks_the_apprentice_spell(void **state)
{
    (void)state;
    const struct tftp_line line = {.copy_percent = 5, .repeats = true};
    struct rides rides = ride(line, false, 20);
    uint64_t n_blocks = PROFILE_BYTES / PROVI_TFTP_BLOCK_BYTES + 1;
    assert_int_equal(rides.n_failed, 0);
    assert_true(rides.n_sent_max < n_blocks * 3 / 2);
}

static void test_tftp_block_numbers_wrap(void **state)
{
    (void)state;
    const struct tftp_line line = {.loss_percent = 1, .knows_no_options = true, .repeats = true};
    static const uint64_t lengths[] = {512 * 65536 - 1, 512 * 65536};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (int is_write = 0; is_write < 2; is_write++) {
            struct tftp_ride one;
            tftp_net_ride(&one, &line, is_write, lengths[i]);
            assert_true(one.is_equal && one.is_served);
            assert_int_equal(one.transfer.n_bytes, lengths[i]);
        }
}

/* Twice around, by a server that has no block 0. */
static void test_tftp_block_numbers_begin_again_with_1(void **state)
{
    (void)state;
    const struct tftp_line line = {
        .loss_percent = 1,
        .knows_no_options = true,
        .repeats = true,
        .wraps_to_1 = true,
    };
    static const uint64_t lengths[] = {512 * 65536 - 1, 512 * 65536, 512 * 131072};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct tftp_ride one;
        tftp_net_ride(&one, &line, false, lengths[i]);
        assert_true(one.is_equal && one.is_served);
        assert_int_equal(one.transfer.n_bytes, lengths[i]);
    }
}

/* RFC 6298, section 2, with bounds of 100 ms and 4 s; the last value is the next wait. */
static void test_tftp_timer_waits_by_round_trips(void **state)
{
    static const struct {
        int64_t round_trips_ms[4]; /* -1: none; -2: not answered in time */
        int64_t wait_ms;
    } rows[] = {
        {{-1}, 500},
        {{400, -1}, 1200},
        {{400, 900, -1}, 1562},
        {{400, 900, 300, -1}, 1430},
        {{400, 400, 400, -1}, 852},
        {{900, 400, -1}, 2686},
        {{33, -1}, 100},
        {{34, -1}, 102},
        {{0, -1}, 100},
        {{1333, -1}, 3997},
        {{1334, -1}, 4000},
        {{-2, -1}, 1000},
        {{-2, -2, -2, -1}, 4000},
        {{-2, -2, -2, -2}, 4000},
        {{400, -2, -1}, 2400},
        {{400, -2, 400, -1}, 1000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_tftp_timer timer;
        provi_tftp_timer_init(&timer);
        for (size_t j = 0; j < 4 && rows[i].round_trips_ms[j] != -1; j++) {
            if (rows[i].round_trips_ms[j] == -2)
                provi_tftp_timer_back_off(&timer);
            else
                provi_tftp_timer_sample(&timer, rows[i].round_trips_ms[j]);
        }
        if (timer.wait_ms != rows[i].wait_ms)
            fail_msg("row %zu: %lld ms instead of %lld", i, (long long)timer.wait_ms,
                     (long long)rows[i].wait_ms);
    }
}

/* Round trips of 400 to 700 ms: a wait learnt from them, so that blocks are not asked for twice. */
static void test_tftp_slow_lines_are_not_asked_twice(void **state)
{
    (void)state;
    const struct tftp_line line = {.delay_ms = 200, .jitter_ms = 150, .seed = 1};
    struct tftp_ride one;
    tftp_net_ride(&one, &line, false, PROFILE_BYTES);
    uint64_t n_blocks = PROFILE_BYTES / PROVI_TFTP_BLOCK_BYTES + 1;
    assert_true(one.is_equal && one.is_served);
    assert_true(one.n_sent <= n_blocks + 8);
}

/* The round trip is 600 ms: the first requests overlap, and one of their answers is taken. */
static void test_tftp_far_away_is_told_once(void **state)
{
    (void)state;
    const struct tftp_line line = {.delay_ms = 300};
    struct tftp_ride one;
    tftp_net_ride(&one, &line, false, 4000);
    assert_true(one.is_equal && one.is_served);
    assert_int_equal(one.transfer.n_requests, 2);
    assert_true(one.n_sent <= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tftp_steps),
        cmocka_unit_test(test_tftp_over_bad_lines),
        cmocka_unit_test(test_tftp_breaks_the_apprentice_spell),
        cmocka_unit_test(test_tftp_block_numbers_wrap),
        cmocka_unit_test(test_tftp_block_numbers_begin_again_with_1),
        cmocka_unit_test(test_tftp_timer_waits_by_round_trips),
        cmocka_unit_test(test_tftp_slow_lines_are_not_asked_twice),
        cmocka_unit_test(test_tftp_far_away_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
