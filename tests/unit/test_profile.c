/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The profile parser: golden cases, splits, cuts, faults, the contract of its functions. */
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES TEST_SOURCE_ROOT "/tests/vectors/profile"

/* Golden cases */

struct work {
    struct profile_case profile;
    uint8_t *input;
    size_t len;
    struct transcript wanted; /* of the input in one piece */
};

static void with_case(const struct golden *golden, feed_scenario scenario, void *ctx,
                      void (*drive)(struct work *work, feed_scenario scenario))
{
    (void)ctx;
    struct work work = {0};
    profile_case_read(&work.profile, golden);
    work.input = golden_read(golden, "input.xml", &work.len);
    assert_non_null(work.input);
    struct feed feed = feed_whole(work.input, work.len);
    transcript_run(&work.wanted, &work.profile.opt, &feed);
    drive(&work, scenario);
    transcript_free(&work.wanted);
    free(work.input);
}

static void check_golden(void *ctx, const struct golden *golden)
{
    (void)ctx;
    struct profile_case profile;
    struct transcript transcript = {0};
    size_t len, expect_len, error_len;
    profile_case_read(&profile, golden);
    char *input = (char *)golden_read(golden, "input.xml", &len);
    char *expect = (char *)golden_read(golden, "expect", &expect_len);
    char *error = (char *)golden_read(golden, "error", &error_len);
    assert_non_null(input);
    assert_true((expect != NULL) != (error != NULL));
    struct feed feed = feed_whole(input, len);
    transcript_run(&transcript, &profile.opt, &feed);
    if (expect != NULL)
        assert_string_equal(transcript.text, expect);
    else
        assert_string_equal(transcript_outcome(&transcript), error);
    free(input);
    free(expect);
    free(error);
    transcript_free(&transcript);
}

static void test_parser_golden_cases(void **state)
{
    (void)state;
    assert_int_not_equal(golden_run(CASES, check_golden, NULL), 0);
}

/* Splits */

static void check_split(void *ctx, const struct feed *feed)
{
    struct work *work = ctx;
    struct transcript got = {0};
    transcript_run(&got, &work->profile.opt, feed);
    assert_string_equal(got.text, work->wanted.text);
    transcript_free(&got);
}

static void drive_splits(struct work *work, feed_scenario scenario)
{
    feed_every_split(work->input, work->len, scenario, work);
}

static void check_splits(void *ctx, const struct golden *golden)
{
    with_case(golden, check_split, ctx, drive_splits);
}

static void test_parser_split_changes_nothing(void **state)
{
    (void)state;
    golden_run(CASES, check_splits, NULL);
}

/* Cuts */

/* Bytes of the input up to the end of its root element. */
static size_t root_end(const struct work *work)
{
    size_t end = work->len;
    for (size_t i = 0; i + 1 < work->len; i++)
        if (memcmp(work->input + i, "</", 2) == 0 || memcmp(work->input + i, "/>", 2) == 0)
            end = i + 2;
    while (end < work->len && work->input[end - 1] != '>')
        end++;
    return end;
}

static void check_cut(void *ctx, const struct feed *feed)
{
    struct work *work = ctx;
    struct transcript got = {0};
    prov_status status = transcript_run(&got, &work->profile.opt, feed);
    if (feed->len < root_end(work))
        assert_true(status == PROV_E_TRUNCATED || status == PROV_E_CORRUPT);
    transcript_free(&got);
}

static void drive_cuts(struct work *work, feed_scenario scenario)
{
    if (work->wanted.status == PROV_OK)
        feed_every_cut(work->input, work->len, scenario, work);
}

static void check_cuts(void *ctx, const struct golden *golden)
{
    with_case(golden, check_cut, ctx, drive_cuts);
}

static void test_parser_cut_is_an_error(void **state)
{
    (void)state;
    golden_run(CASES, check_cuts, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parser_golden_cases),
        cmocka_unit_test(test_parser_split_changes_nothing),
        cmocka_unit_test(test_parser_cut_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
