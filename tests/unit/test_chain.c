/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The whole way of a file, decoder, parser, staging, commit: the golden cases of decoder and
 * parser, split and cut everywhere; nothing of a file that is not whole reaches the host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chain.h"
#include "decoding.h"
#include "golden.h"
#include "realistic.h"
#include "transcript.h"

#define VECTORS TEST_SOURCE_ROOT "/tests/vectors/"

/* One file, how to read it, and what came of it in one piece. */
struct work {
    struct decoding decoding;
    struct profile_case profile;
    uint8_t *input;
    size_t len;
    struct chain_host wanted;
    struct prov_error error; /* status PROV_OK: accepted */
    struct chain_host host;  /* of the run in hand */
};

static prov_status run(struct work *work, struct chain_host *host, const struct feed *feed,
                       struct prov_error *err)
{
    *err = (struct prov_error){.size = sizeof *err};
    prov_status status = chain_run(host, &work->decoding.opt, &work->profile.opt, feed, err);
    assert_int_equal(status, err->status);
    return status;
}

static void work_begin(struct work *work)
{
    assert_non_null(work->input);
    chain_host_init(&work->wanted);
    chain_host_init(&work->host);
    struct feed feed = feed_whole(work->input, work->len);
    run(work, &work->wanted, &feed, &work->error);
}

static void work_end(struct work *work)
{
    chain_host_free(&work->wanted);
    chain_host_free(&work->host);
    free(work->input);
}

typedef void (*work_test)(struct work *work);

static void with_decode_case(void *ctx, const struct golden *golden)
{
    struct work work = {0};
    size_t len;
    char *options = (char *)golden_read(golden, "options", &len);
    decoding_init(&work.decoding, options ? options : "");
    work.profile.opt = (struct prov_profile_options){.size = sizeof work.profile.opt};
    work.input = golden_read(golden, "input", &work.len);
    work_begin(&work);
    (*(work_test *)ctx)(&work);
    work_end(&work);
    free(options);
}

static void with_profile_case(void *ctx, const struct golden *golden)
{
    struct work work = {0};
    decoding_init(&work.decoding, "");
    profile_case_read(&work.profile, golden);
    work.input = golden_read(golden, "input.xml", &work.len);
    work_begin(&work);
    (*(work_test *)ctx)(&work);
    work_end(&work);
}

static void with_all_cases(work_test test)
{
    assert_true(golden_run(VECTORS "decode", with_decode_case, &test) > 100);
    assert_true(golden_run(VECTORS "profile", with_profile_case, &test) > 100);
}

/* From one place in a file to the next: every byte, but where that would take minutes. */
static size_t step_for(size_t len)
{
    return test_takes_few() ? len / 30 + 1 : test_takes_samples() ? len / 100 + 1 : 1;
}

/* The longest file to be split at pairs of bytes: n²/2 of them. */
static size_t max_pairs_len(void)
{
    return test_takes_samples() ? 20 : 64;
}

/* The same calls of the host, the same error at the same place. */
static void expect_same(struct work *work, const struct feed *feed)
{
    struct prov_error err;
    run(work, &work->host, feed, &err);
    assert_true(capture_equals(&work->host.reported, work->wanted.reported.data,
                               work->wanted.reported.len));
    assert_int_equal(err.status, work->error.status);
    assert_string_equal(err.message, work->error.message);
    assert_string_equal(err.subject, work->error.subject);
    assert_int_equal(err.offset, work->error.offset);
    assert_int_equal(err.line, work->error.line);
    assert_int_equal(err.column, work->error.column);
}

static void split_everywhere(struct work *work)
{
    size_t step = step_for(work->len);
    for (size_t first = 0; first < work->len; first += step) {
        struct feed feed = feed_split(work->input, work->len, first);
        expect_same(work, &feed);
    }
    struct feed bytes = feed_chunks(work->input, work->len, 1);
    expect_same(work, &bytes);
}

static void split_twice_everywhere(struct work *work)
{
    if (work->len > max_pairs_len())
        return;
    for (size_t first = 1; first < work->len; first++)
        for (size_t second = 1; first + second < work->len; second++) {
            struct feed feed = feed_split_twice(work->input, work->len, first, second);
            expect_same(work, &feed);
        }
}

static void test_chain_every_split_gives_the_same(void **state)
{
    (void)state;
    with_all_cases(split_everywhere);
}

static void test_chain_every_pair_of_splits_gives_the_same(void **state)
{
    (void)state;
    with_all_cases(split_twice_everywhere);
}

/*
 * What was cut off a good file and is not missed was after the end of the profile, as a blank or
 * the padding of gzip does: the same reached the host. A bad file may be bad for its end alone.
 */
static void cut_everywhere(struct work *work)
{
    size_t step = step_for(work->len);
    for (size_t len = 0; len < work->len; len += step) {
        struct feed feed = feed_whole(work->input, len);
        struct prov_error err;
        if (run(work, &work->host, &feed, &err) != PROV_OK)
            assert_int_equal(work->host.n_written, 0);
        else if (work->error.status == PROV_OK)
            assert_true(capture_equals(&work->host.reported, work->wanted.reported.data,
                                       work->wanted.reported.len));
    }
}

static void test_chain_cut_anywhere_applies_nothing(void **state)
{
    (void)state;
    with_all_cases(cut_everywhere);
}

static void test_chain_large_profile_byte_by_byte_gives_the_same_store(void **state)
{
    (void)state;
    const struct prov_limits limits = {
        .size = sizeof limits,
        .max_inflated_bytes = 16 << 20,
        .max_staged_bytes = 16 << 20,
    };
    const struct prov_decode_options plain = {.size = sizeof plain, .limits = &limits};
    struct prov_decode_options packed = plain;
    packed.key = prov_str_from(REALISTIC_KEY);

    struct realistic profile;
    struct capture file;
    struct chain_host host, wanted;
    realistic_init(&profile, test_takes_samples() ? 100000 : 10000000);
    realistic_pack(&profile, &file);
    chain_host_init(&host);
    chain_host_init(&wanted);

    struct feed feed = feed_whole(file.data, file.len);
    assert_int_equal(chain_run(&wanted, &packed, NULL, &feed, NULL), PROV_OK);
    assert_int_equal(wanted.n_staged, profile.n_params);
    feed = feed_chunks(file.data, file.len, 1);
    assert_int_equal(chain_run(&host, &packed, NULL, &feed, NULL), PROV_OK);
    assert_true(capture_equals(&host.reported, wanted.reported.data, wanted.reported.len));
    feed = feed_chunks(profile.text, profile.len, 1);
    assert_int_equal(chain_run(&host, &plain, NULL, &feed, NULL), PROV_OK);
    assert_true(capture_equals(&host.reported, wanted.reported.data, wanted.reported.len));

    chain_host_free(&host);
    chain_host_free(&wanted);
    capture_free(&file);
    realistic_free(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain_every_split_gives_the_same),
        cmocka_unit_test(test_chain_every_pair_of_splits_gives_the_same),
        cmocka_unit_test(test_chain_cut_anywhere_applies_nothing),
        cmocka_unit_test(test_chain_large_profile_byte_by_byte_gives_the_same_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
