/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Memory that fails and sinks that refuse, at every point of decoding and encoding. OpenSSL's own
 * memory is failed as well; that needs its process-wide hook, which only a test program may set.
 */
#include <provision/decode.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "decoding.h"
#include "golden.h"

/* OpenSSL's memory -------------------------------------------------------------------------- */

static struct dial *ssl_dial; /* NULL: never fails */

static void *ssl_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return dial_tick(ssl_dial) ? NULL : malloc(size);
}

static void *ssl_realloc(void *ptr, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return dial_tick(ssl_dial) ? NULL : realloc(ptr, size);
}

static void ssl_free(void *ptr, const char *file, int line)
{
    (void)file;
    (void)line;
    free(ptr);
}

/* Scenarios --------------------------------------------------------------------------------- */

enum fault { FAULT_OUR_MEMORY, FAULT_SSL_MEMORY, FAULT_SINK };

struct file {
    const char *name;
    enum fault fault;
    struct decoding decoding;
    uint8_t *input;
    size_t input_len;
    uint8_t *expect;
    size_t expect_len;
};

static void file_load(struct file *file, const char *name)
{
    struct golden golden;
    size_t len;
    memset(file, 0, sizeof *file);
    file->name = name;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/decode/%s", TEST_SOURCE_ROOT,
             name);
    char *options = (char *)golden_read(&golden, "options", &len);
    decoding_init(&file->decoding, options ? options : "");
    file->input = golden_read(&golden, "input", &file->input_len);
    file->expect = golden_read(&golden, "expect", &file->expect_len);
    assert_non_null(file->input);
    assert_non_null(file->expect);
    free(options);
}

static void file_free(struct file *file)
{
    free(file->input);
    free(file->expect);
}

/* OpenSSL short of memory may claim that it lacks the algorithm. */
static bool is_expected(enum fault fault, prov_status status)
{
    if (fault == FAULT_SINK)
        return status == PROV_E_HOST;
    return status == PROV_E_NOMEM || (fault == FAULT_SSL_MEMORY && status == PROV_E_UNSUPPORTED);
}

/* Either all went well, or nothing is proven and the status says why. */
static void check_outcome(const struct file *file, const struct dial *dial, prov_status status,
                          const struct prov_error *err, const struct capture *capture)
{
    assert_int_equal(capture->is_finished, status == PROV_OK);
    assert_int_equal(ERR_peek_error(), 0);
    if (status == PROV_OK)
        return;
    assert_true(dial->hit);
    assert_true(is_expected(file->fault, status));
    assert_int_equal(err->status, status);
}

static void decode_with_fault(void *ctx, struct dial *dial)
{
    struct file *file = ctx;
    struct fault_alloc memory;
    struct capture capture;
    struct prov_decode_result result;
    struct prov_error err = {0};
    fault_alloc_init(&memory, file->fault == FAULT_OUR_MEMORY ? dial : NULL);
    memory.secret = file->decoding.key;
    memory.secret_len = strlen(file->decoding.key);
    capture_init(&capture, file->fault == FAULT_SINK ? dial : NULL);
    file->decoding.opt.alloc = &memory.alloc;

    ssl_dial = file->fault == FAULT_SSL_MEMORY ? dial : NULL;
    struct feed feed = feed_chunks(file->input, file->input_len, 1000);
    prov_status status = decoding_run(&file->decoding, &feed, &capture, &result, &err);
    ssl_dial = NULL;

    check_outcome(file, dial, status, &err, &capture);
    if (status == PROV_OK)
        assert_true(capture_equals(&capture, file->expect, file->expect_len));
    fault_alloc_assert_empty(&memory);
    capture_free(&capture);
}

static void encode_with_fault(void *ctx, struct dial *dial)
{
    struct file *file = ctx;
    struct fault_alloc memory;
    struct capture capture;
    struct prov_error err = {0};
    fault_alloc_init(&memory, file->fault == FAULT_OUR_MEMORY ? dial : NULL);
    capture_init(&capture, file->fault == FAULT_SINK ? dial : NULL);
    struct prov_encode_options opt = {
        .size = sizeof opt,
        .alloc = &memory.alloc,
        .key = file->decoding.opt.key,
        .ikm = file->decoding.opt.ikm,
        .encodings = PROV_ENCODING_GZIP | (file->decoding.opt.ikm.len > 0 ? PROV_ENCODING_RFC8188
                                                                          : PROV_ENCODING_AES_CBC),
    };

    prov_encoder *encoder;
    ssl_dial = file->fault == FAULT_SSL_MEMORY ? dial : NULL;
    prov_status status = prov_encoder_new(&encoder, &opt, capture.sink, &err);
    struct feed feed = feed_chunks(file->expect, file->expect_len, 1000);
    struct prov_sink sink = prov_encoder_sink(encoder);
    if (status == PROV_OK)
        status = feed_run(&feed, &sink, &err);
    prov_encoder_free(encoder);
    ssl_dial = NULL;

    check_outcome(file, dial, status, &err, &capture);
    fault_alloc_assert_empty(&memory);
    capture_free(&capture);
}

/* Files of several pieces, so that faults strike in the middle as well. */
static const char *const names[] = {
    "plain-several-pieces",   "gzip-several-pieces",     "cbc-several-pieces",
    "rfc8188-several-pieces", "http-gzip-of-everything",
};

static void walk_faults(enum fault fault)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct file file;
        file_load(&file, names[i]);
        file.fault = fault;
        bool is_encrypted = file.decoding.opt.has_key || file.decoding.opt.ikm.len > 0;
        uint64_t n = dial_run(names[i], decode_with_fault, &file);
        assert_int_equal(n > 0, fault != FAULT_SSL_MEMORY || is_encrypted);
        if (is_encrypted)
            assert_true(dial_run(names[i], encode_with_fault, &file) > 0);
        file_free(&file);
    }
}

static void test_faults_of_our_memory(void **state)
{
    (void)state;
    walk_faults(FAULT_OUR_MEMORY);
}

static void test_faults_of_the_next_sink(void **state)
{
    (void)state;
    walk_faults(FAULT_SINK);
}

/* Holds after prov_decode_prepare() only: OpenSSL's first use may crash without memory. */
static void test_faults_of_openssl_memory(void **state)
{
    (void)state;
    assert_int_equal(prov_decode_prepare(NULL), PROV_OK);
    walk_faults(FAULT_SSL_MEMORY);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_of_our_memory),
        cmocka_unit_test(test_faults_of_the_next_sink),
        cmocka_unit_test(test_faults_of_openssl_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
