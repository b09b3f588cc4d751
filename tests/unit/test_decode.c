/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Whole files through the decoder: the golden cases, in every split and cut at every byte. */
#include <provision/decode.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decoding.h"
#include "golden.h"

/* Golden cases ------------------------------------------------------------------------------ */

struct golden_case {
    struct decoding decoding;
    uint8_t *input;
    size_t input_len;
    uint8_t *expect; /* NULL: `error` is there instead */
    size_t expect_len;
    char error[64]; /* name of the status */
    char found[64];
    unsigned n_whole_cuts;    /* cuts that leave a whole file, as the case says */
    unsigned n_accepted_cuts; /* those met */
    struct prov_error first;  /* of the first way of feeding; all others are to be the same */
};

static void case_load(struct golden_case *self, const struct golden *golden)
{
    memset(self, 0, sizeof *self);
    size_t len;
    char *options = (char *)golden_read(golden, "options", &len);
    char *error = (char *)golden_read(golden, "error", &len);
    const char *text = options ? options : "";
    char number[16] = "0";
    decoding_init(&self->decoding, text);
    golden_option(text, "found", self->found, sizeof self->found);
    golden_option(text, "whole_cuts", number, sizeof number);
    self->n_whole_cuts = (unsigned)strtoul(number, NULL, 10);
    self->input = golden_read(golden, "input", &self->input_len);
    self->expect = golden_read(golden, "expect", &self->expect_len);
    assert_non_null(self->input);
    assert_true(!self->expect == !!error);
    if (error)
        snprintf(self->error, sizeof self->error, "%.*s", (int)strcspn(error, "\n"), error);
    free(options);
    free(error);
}

static void case_free(struct golden_case *self)
{
    free(self->input);
    free(self->expect);
}

static void check_good(const struct golden_case *self, const struct capture *capture,
                       const struct prov_decode_result *result)
{
    char found[64];
    decoding_found(result, found, sizeof found);
    assert_string_equal(found, self->found);
    assert_true(capture->is_finished);
    assert_true(capture_equals(capture, self->expect, self->expect_len));
    assert_int_equal(result->bytes_in, self->input_len);
    assert_int_equal(result->bytes_out, self->expect_len);
}

/* The same error at the same place, however the bytes came. */
static void check_bad(struct golden_case *self, const struct capture *capture,
                      const struct prov_error *err)
{
    assert_string_equal(prov_status_name(err->status), self->error);
    assert_false(capture->is_finished);
    assert_true(err->message[0] != '\0');
    if (self->first.status == PROV_OK)
        self->first = *err;
    assert_string_equal(err->message, self->first.message);
    assert_int_equal(err->offset, self->first.offset);
}

static void feed_case(void *ctx, const struct feed *feed)
{
    struct golden_case *self = ctx;
    struct prov_decode_result result;
    struct prov_error err = {0};
    struct capture capture;
    capture_init(&capture, NULL);
    prov_status status = decoding_run(&self->decoding, feed, &capture, &result, &err);
    assert_int_equal(status, err.status);
    if (self->expect && status != PROV_OK)
        fail_msg("%s: %s", prov_status_name(status), err.message);
    if (self->expect)
        check_good(self, &capture, &result);
    else
        check_bad(self, &capture, &err);
    capture_free(&capture);
}

/*
 * A file cut short is an error, but where what is left is a whole file of its own. No byte at all
 * without a key is a plain file, which the profile parser refuses.
 */
static void feed_cut(void *ctx, const struct feed *feed)
{
    struct golden_case *self = ctx;
    struct prov_decode_result result;
    struct capture capture;
    capture_init(&capture, NULL);
    prov_status status = decoding_run(&self->decoding, feed, &capture, &result, NULL);
    assert_int_equal(capture.is_finished, status == PROV_OK);
    if (status == PROV_OK && feed->len > 0)
        self->n_accepted_cuts++;
    capture_free(&capture);
}

static void check_case(void *ctx, const struct golden *golden)
{
    (void)ctx;
    struct golden_case self;
    case_load(&self, golden);
    feed_every_split(self.input, self.input_len, feed_case, &self);
    feed_every_cut(self.input, self.input_len, feed_cut, &self);
    if (self.found[0] != '\0' || !self.expect)
        assert_int_equal(self.n_accepted_cuts, self.n_whole_cuts);
    case_free(&self);
}

static void test_decoder_golden_cases(void **state)
{
    (void)state;
    assert_true(golden_run(TEST_SOURCE_ROOT "/tests/vectors/decode", check_case, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoder_golden_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
