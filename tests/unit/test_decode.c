/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Whole files through the decoder: the golden cases, in every split and cut at every byte. */
#include <provision/decode.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decoding.h"
#include "golden.h"

/*
 * A folder of tests/vectors/decode holds `input`; `options` as decoding_init() reads them, if it
 * has any; and either `expect`, the decoded bytes, or `error`, with the name of the status and the
 * lines `offset`, `subject` if there is one, and `message`. Three more options are for the test:
 * `found`, what decoding_found() is to say, `whole_cuts`, how many ways there are to cut the input
 * short and still have a whole file, say by cutting off zero padding, and `warnings`, a number.
 */

struct golden_case {
    struct decoding decoding;
    uint8_t *input;
    size_t input_len;
    uint8_t *expect; /* NULL: `error` is there instead */
    size_t expect_len;
    char error[512]; /* name of the status, place and words */
    char found[64];
    unsigned warnings;
    unsigned n_whole_cuts;    /* cuts that leave a whole file, as the case says */
    unsigned n_accepted_cuts; /* those met */
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
    strcpy(number, "0");
    self->input = golden_read(golden, "input", &self->input_len);
    self->expect = golden_read(golden, "expect", &self->expect_len);
    golden_option(text, "warnings", number, sizeof number);
    self->warnings = (unsigned)strtoul(number, NULL, 10);
    assert_non_null(self->input);
    assert_true(!self->expect == !!error);
    if (error)
        snprintf(self->error, sizeof self->error, "%s", error);
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
    assert_int_equal(result->warnings, self->warnings);
}

/* The same error at the same place, however the bytes came. */
static void check_bad(const struct golden_case *self, const struct capture *capture,
                      const struct prov_error *err)
{
    char found[sizeof self->error];
    bool has_subject = err->subject[0] != '\0';
    snprintf(found, sizeof found, "%s\noffset %llu\n%s%s%smessage %s\n",
             prov_status_name(err->status), (unsigned long long)err->offset,
             has_subject ? "subject " : "", err->subject, has_subject ? "\n" : "", err->message);
    assert_string_equal(found, self->error);
    assert_int_equal(err->flags & PROV_ERROR_CUT, 0);
    assert_false(capture->is_finished);
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

/* Every single split is above; here every pair of splits, of files small enough. */
static void check_every_pair(const struct golden_case *self)
{
    const size_t step = test_takes_few() ? 11 : 1;
    for (size_t first = 0; first < self->input_len; first += step) {
        for (size_t second = first; second < self->input_len; second += step) {
            const size_t ends[] = {first, second, self->input_len};
            struct capture capture;
            prov_decoder *decoder;
            capture_init(&capture, NULL);
            assert_int_equal(prov_decoder_new(&decoder, &self->decoding.opt, capture.sink, NULL),
                             PROV_OK);
            for (size_t i = 0, done = 0; i < 3; done = ends[i++])
                assert_int_equal(
                    prov_decoder_write(decoder, self->input + done, ends[i] - done, NULL), PROV_OK);
            assert_int_equal(prov_decoder_finish(decoder, NULL), PROV_OK);
            assert_true(capture_equals(&capture, self->expect, self->expect_len));
            prov_decoder_free(decoder);
            capture_free(&capture);
        }
    }
}

static void test_decoder_every_pair_of_splits(void **state)
{
    (void)state;
    static const char *const names[] = {"cbc-md5-gzip", "gzip-members", "rfc8188-records-of-32"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct golden golden;
        struct golden_case self;
        snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/decode/%s",
                 TEST_SOURCE_ROOT, names[i]);
        case_load(&self, &golden);
        check_every_pair(&self);
        case_free(&self);
    }
}

static prov_decoder *new_decoder(const char *options, struct capture *capture)
{
    static struct decoding decoding;
    prov_decoder *decoder;
    decoding_init(&decoding, options);
    capture_init(capture, NULL);
    assert_int_equal(prov_decoder_new(&decoder, &decoding.opt, capture->sink, NULL), PROV_OK);
    return decoder;
}

/* Longer than what is kept to find words for it. */
static const char open_file[] =
    "<flat-profile><GPP_A>12345678</GPP_A><GPP_B>12345678</GPP_B></flat-profile>";

static void test_decoder_repeats_its_first_error(void **state)
{
    (void)state;
    struct capture capture;
    struct prov_error first = {0}, again = {0};
    prov_decoder *decoder = new_decoder("key k", &capture);
    assert_int_equal(prov_decoder_write(decoder, open_file, sizeof open_file - 1, &first),
                     PROV_E_NOT_ENCRYPTED);
    assert_int_equal(prov_decoder_write(decoder, "Salted__", 8, &again), PROV_E_NOT_ENCRYPTED);
    assert_string_equal(again.message, first.message);
    again = (struct prov_error){0};
    assert_int_equal(prov_decoder_finish(decoder, &again), PROV_E_NOT_ENCRYPTED);
    assert_string_equal(again.message, first.message);
    assert_int_equal(prov_decoder_finish(decoder, NULL), PROV_E_NOT_ENCRYPTED);
    assert_int_equal(capture.n_writes, 0);
    prov_decoder_free(decoder);
    capture_free(&capture);
}

static void test_decoder_is_over_after_finish(void **state)
{
    (void)state;
    struct capture capture;
    prov_decoder *decoder = new_decoder("", &capture);
    assert_int_equal(prov_decoder_write(decoder, "<x/>", 4, NULL), PROV_OK);
    assert_int_equal(prov_decoder_write(decoder, NULL, 0, NULL), PROV_OK);
    assert_int_equal(prov_decoder_finish(decoder, NULL), PROV_OK);
    assert_int_equal(prov_decoder_finish(decoder, NULL), PROV_E_STATE);
    assert_int_equal(prov_decoder_write(decoder, "<x/>", 4, NULL), PROV_E_STATE);
    assert_true(capture_equals(&capture, "<x/>", 4));
    prov_decoder_free(decoder);
    capture_free(&capture);
}

static prov_status feed_back(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    prov_decoder *decoder = *(prov_decoder **)ctx;
    (void)err;
    assert_int_equal(prov_decoder_write(decoder, data, len, NULL), PROV_E_STATE);
    return prov_decoder_finish(decoder, NULL) == PROV_E_STATE ? PROV_OK : PROV_E_HOST;
}

static prov_status finish_nothing(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

static void test_decoder_refuses_being_fed_from_its_own_sink(void **state)
{
    (void)state;
    prov_decoder *decoder;
    struct prov_sink sink = {.write = feed_back, .finish = finish_nothing, .ctx = &decoder};
    assert_int_equal(prov_decoder_new(&decoder, NULL, sink, NULL), PROV_OK);
    assert_int_equal(prov_decoder_write(decoder, "<x/>", 4, NULL), PROV_OK);
    assert_int_equal(prov_decoder_finish(decoder, NULL), PROV_OK);
    prov_decoder_free(decoder);
}

static void test_decoder_checks_its_arguments(void **state)
{
    (void)state;
    const struct prov_decode_options rows[] = {
        {.derivations = 8},
        {.policy = 4},
        {.pbkdf2_rounds = UINT32_MAX},
        {.ikm = {NULL, 1}},
        {.key = {"x", (size_t)INT_MAX + 1}},
        {.ikm = {"x", (size_t)INT_MAX + 1}},
    };
    struct capture capture;
    prov_decoder *decoder;
    struct prov_decode_result result = {.size = sizeof result};
    capture_init(&capture, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_decode_options opt = rows[i];
        opt.size = sizeof opt;
        assert_int_equal(prov_decoder_new(&decoder, &opt, capture.sink, NULL), PROV_E_INVALID);
        assert_null(decoder);
    }
    assert_int_equal(prov_decoder_new(NULL, NULL, capture.sink, NULL), PROV_E_INVALID);
    assert_int_equal(prov_decoder_new(&decoder, NULL, (struct prov_sink){0}, NULL), PROV_E_INVALID);
    const struct prov_sink endless = {.write = capture.sink.write};
    assert_int_equal(prov_decoder_new(&decoder, NULL, endless, NULL), PROV_E_INVALID);
    assert_null(decoder);
    assert_int_equal(prov_decoder_write(NULL, "x", 1, NULL), PROV_E_INVALID);
    assert_int_equal(prov_decoder_finish(NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_decoder_result(NULL, &result), PROV_E_INVALID);
    prov_decoder_free(NULL);

    decoder = new_decoder("", &capture);
    assert_int_equal(prov_decoder_write(decoder, NULL, 1, NULL), PROV_E_INVALID);
    assert_int_equal(prov_decoder_result(decoder, NULL), PROV_E_INVALID);
    assert_int_equal(prov_decoder_write(decoder, "x", 1, NULL), PROV_OK);
    prov_decoder_free(decoder);
    capture_free(&capture);
}

static void test_decoder_key_means_has_key(void **state)
{
    (void)state;
    struct capture capture;
    struct prov_decode_options opt = {.size = sizeof opt, .key = prov_str_from("k")};
    prov_decoder *decoder;
    capture_init(&capture, NULL);
    assert_int_equal(prov_decoder_new(&decoder, &opt, capture.sink, NULL), PROV_OK);
    assert_int_equal(prov_decoder_write(decoder, open_file, sizeof open_file - 1, NULL),
                     PROV_E_NOT_ENCRYPTED);
    prov_decoder_free(decoder);
    capture_free(&capture);
}

static void test_decode_prepare_can_be_repeated(void **state)
{
    (void)state;
    assert_int_equal(prov_decode_prepare(NULL), PROV_OK);
    assert_int_equal(prov_decode_prepare(NULL), PROV_OK);
}

/* Every way to fail, with a key planted: no error shows it, no memory comes back with it inside. */
static void test_decoder_keeps_keys_to_itself(void **state)
{
    (void)state;
    static const struct {
        const char *options, *name;
    } rows[] = {
        {"key Pl4ntedS3cret\nrounds 10", "cbc-sha256"},
        {"key Pl4ntedS3cret\nrounds 10", "gzip"},
        {"key Pl4ntedS3cret\nrounds 10", "base64"},
        {"ikm Pl4ntedS3cret\ncoding aes128gcm", "rfc8188-one-record"},
        {"ikm Pl4ntedS3cret\ncoding aes128gcm", "gzip"},
        {"ikm Pl4ntedS3cret\ncoding gzip", "cbc-sha256"},
    };
    struct secrets secrets = {0};
    secrets_plant(&secrets, "Pl4ntedS3cret", 13);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct golden golden;
        struct decoding decoding;
        struct fault_alloc memory;
        struct capture capture;
        struct prov_decode_result result;
        struct prov_error err = {0};
        size_t len;
        snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/decode/%s",
                 TEST_SOURCE_ROOT, rows[i].name);
        uint8_t *input = golden_read(&golden, "input", &len);
        assert_non_null(input);
        fault_alloc_init(&memory, NULL);
        memory.secret = "Pl4ntedS3cret";
        memory.secret_len = 13;
        decoding_init(&decoding, rows[i].options);
        decoding.opt.alloc = &memory.alloc;
        capture_init(&capture, NULL);
        struct feed feed = feed_whole(input, len);
        assert_int_not_equal(decoding_run(&decoding, &feed, &capture, &result, &err), PROV_OK);
        secrets_assert_clean_error(&secrets, &err);
        fault_alloc_assert_empty(&memory);
        capture_free(&capture);
        free(input);
    }
}

static prov_status drop_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)err;
    *(uint64_t *)ctx += len;
    return PROV_OK;
}

/* Encode and decode n bytes of profile; returns the peak of our memory on the decoding side. */
static size_t peak_for(uint32_t encodings, uint64_t n)
{
    static const char line[] = "<GPP_A ua=\"na\">0123456789</GPP_A>\n";
    struct fault_alloc memory;
    struct prov_limits limits = {.size = sizeof limits, .max_inflated_bytes = UINT64_C(1) << 40};
    limits.max_inflate_ratio = 2000;
    uint64_t n_out = 0;
    bool is_cbc = encodings & PROV_ENCODING_AES_CBC;
    fault_alloc_init(&memory, NULL);
    struct prov_decode_options opt = {.size = sizeof opt, .alloc = &memory.alloc};
    opt.limits = &limits;
    opt.key = prov_str_from(is_cbc ? "k" : "");
    opt.ikm = prov_str_from(is_cbc ? "" : "i");
    opt.content_encoding = prov_str_from(is_cbc ? "" : "aes128gcm");
    struct prov_sink sink = {.write = drop_bytes, .finish = finish_nothing, .ctx = &n_out};
    struct prov_encode_options how = {.size = sizeof how, .encodings = encodings};
    how.key = opt.key;
    how.ikm = opt.ikm;
    prov_decoder *decoder;
    prov_encoder *encoder;
    assert_int_equal(prov_decoder_new(&decoder, &opt, sink, NULL), PROV_OK);
    assert_int_equal(prov_encoder_new(&encoder, &how, prov_decoder_sink(decoder), NULL), PROV_OK);
    for (uint64_t done = 0; done < n; done += sizeof line - 1)
        assert_int_equal(prov_encoder_write(encoder, line, sizeof line - 1, NULL), PROV_OK);
    assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_OK);
    assert_true(n_out >= n);
    prov_encoder_free(encoder);
    prov_decoder_free(decoder);
    fault_alloc_assert_empty(&memory);
    assert_true(memory.n_calls <= 12);
    return memory.peak_bytes;
}

static void test_decoder_memory_does_not_grow_with_the_file(void **state)
{
    (void)state;
    static const uint32_t rows[] = {
        PROV_ENCODING_AES_CBC,
        PROV_ENCODING_RFC8188,
        PROV_ENCODING_AES_CBC | PROV_ENCODING_GZIP,
        PROV_ENCODING_RFC8188 | PROV_ENCODING_GZIP,
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t small = peak_for(rows[i], 100000);
        size_t large = peak_for(rows[i], 5000000);
        assert_int_equal(small, large);
        assert_true(large < 60 << 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoder_golden_cases),
        cmocka_unit_test(test_decoder_every_pair_of_splits),
        cmocka_unit_test(test_decoder_repeats_its_first_error),
        cmocka_unit_test(test_decoder_is_over_after_finish),
        cmocka_unit_test(test_decoder_refuses_being_fed_from_its_own_sink),
        cmocka_unit_test(test_decoder_checks_its_arguments),
        cmocka_unit_test(test_decoder_key_means_has_key),
        cmocka_unit_test(test_decode_prepare_can_be_repeated),
        cmocka_unit_test(test_decoder_keeps_keys_to_itself),
        cmocka_unit_test(test_decoder_memory_does_not_grow_with_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
