/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Damaged files and wrong keys, through decoder, profile parser and staging: none may be accepted,
 * nothing may reach the host. AES-CBC proves nothing by itself; what finds the damage in a plain
 * file is the parser.
 */
#include <provision/decode.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chain.h"
#include "tamper.h"

static uint64_t times(uint64_t n)
{
    return test_takes_samples() ? n / 100 : n * test_times();
}

enum { N_PARAMS = 64, RECORD_BYTES = 256 };

static size_t write_profile(char *text, size_t cap)
{
    uint64_t random = 11;
    size_t len = (size_t)snprintf(text, cap, "<flat-profile>\n");
    for (unsigned i = 0; i < N_PARAMS; i++)
        len += (size_t)snprintf(text + len, cap - len,
                                "<Setting_%u_ ua=\"na\">%016llx</Setting_%u_>\n", i,
                                (unsigned long long)tamper_random(&random), i);
    return len + (size_t)snprintf(text + len, cap - len, "</flat-profile>\n");
}

struct file {
    const char *name;
    uint32_t encodings;
    size_t block;
};

static const struct file files[] = {
    {"plain in AES-CBC", PROV_ENCODING_AES_CBC, 16},
    {"gzip in AES-CBC", PROV_ENCODING_AES_CBC | PROV_ENCODING_GZIP, 16},
    {"plain in RFC 8188", PROV_ENCODING_RFC8188, RECORD_BYTES},
    {"gzip in RFC 8188", PROV_ENCODING_RFC8188 | PROV_ENCODING_GZIP, RECORD_BYTES},
};

/* Encode the profile; the caller frees what is captured. */
static void make_file(const struct file *file, struct capture *capture)
{
    static char text[8192];
    struct feed feed = feed_whole(text, write_profile(text, sizeof text));
    bool is_cbc = file->encodings & PROV_ENCODING_AES_CBC;
    struct prov_encode_options opt = {
        .size = sizeof opt,
        .key = prov_str_from("MyOwnSecret"),
        .ikm = prov_str_from("SecretIKM1234567"),
        .salt = prov_str_from(is_cbc ? "8 bytes!" : "16 bytes of salt"),
        .encodings = file->encodings,
        .record_size = RECORD_BYTES,
    };
    prov_encoder *encoder;
    capture_init(capture, NULL);
    assert_int_equal(prov_encoder_new(&encoder, &opt, capture->sink, NULL), PROV_OK);
    struct prov_sink sink = prov_encoder_sink(encoder);
    assert_int_equal(feed_run(&feed, &sink, NULL), PROV_OK);
    prov_encoder_free(encoder);
}

static struct prov_decode_options options_for(const struct file *file)
{
    struct prov_decode_options opt = {.size = sizeof opt, .pbkdf2_rounds = 1};
    if (file->encodings & PROV_ENCODING_AES_CBC) {
        opt.key = prov_str_from("MyOwnSecret");
    } else {
        opt.ikm = prov_str_from("SecretIKM1234567");
        opt.content_encoding = prov_str_from("aes128gcm");
    }
    return opt;
}

/* Damage a file n times, each time anew; returns how many of them staged a parameter. */
static uint64_t damage(const struct file *file, enum tamper_kind kind, uint64_t n)
{
    struct capture good;
    make_file(file, &good);
    struct prov_decode_options opt = options_for(file);
    struct chain_host host;
    struct feed feed = feed_whole(good.data, good.len);
    chain_host_init(&host);
    assert_int_equal(chain_run(&host, &opt, NULL, &feed, NULL), PROV_OK);
    assert_int_equal(host.n_staged, N_PARAMS);

    uint64_t n_staged = 0;
    uint8_t *bad = malloc(good.len + file->block);
    assert_non_null(bad);
    for (uint64_t i = 0; i < n; i++) {
        memcpy(bad, good.data, good.len);
        size_t len = tamper(bad, good.len, file->block, kind, i);
        feed = feed_whole(bad, len);
        prov_status status = chain_run(&host, &opt, NULL, &feed, NULL);
        assert_int_equal(host.n_written, 0);
        if (status == PROV_OK)
            fail_msg("%s, %s, number %llu: accepted", file->name, tamper_name(kind),
                     (unsigned long long)i);
        n_staged += host.n_staged > 0;
    }
    free(bad);
    chain_host_free(&host);
    capture_free(&good);
    return n_staged;
}

static void test_tampered_files_are_refused(void **state)
{
    (void)state;
    const uint64_t n_each = times(20000) / (TAMPER_N_KINDS * sizeof files / sizeof files[0]) + 1;
    uint64_t n_staged = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (int kind = 0; kind < TAMPER_N_KINDS; kind++)
            n_staged += damage(&files[i], (enum tamper_kind)kind, n_each);
    /* This is why an unfinished file must not be applied. */
    assert_true(n_staged > 0);
}

static void check_wrong_keys(const struct file *file, uint64_t n)
{
    struct capture good;
    make_file(file, &good);
    struct prov_decode_options opt = options_for(file);
    uint64_t random = 5;
    uint64_t n_other = 0;
    struct chain_host host;
    struct feed feed = feed_whole(good.data, good.len);
    chain_host_init(&host);
    for (uint64_t i = 0; i < n; i++) {
        char key[17];
        snprintf(key, sizeof key, "%016llx", (unsigned long long)tamper_random(&random));
        if (file->encodings & PROV_ENCODING_AES_CBC)
            opt.key = prov_str_from(key);
        else
            opt.ikm = prov_str_from(key);
        prov_status status = chain_run(&host, &opt, NULL, &feed, NULL);
        assert_int_not_equal(status, PROV_OK);
        assert_int_equal(host.n_staged, 0);
        n_other += status != PROV_E_KEY;
    }
    /* Noise that looks like the start of a profile comes once in some 2^27 keys. */
    assert_true(n_other <= n >> 20);
    chain_host_free(&host);
    capture_free(&good);
}

static void test_wrong_keys_are_refused(void **state)
{
    (void)state;
    check_wrong_keys(&files[0], times(45000));
    check_wrong_keys(&files[1], times(45000));
    check_wrong_keys(&files[2], times(10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tampered_files_are_refused),
        cmocka_unit_test(test_wrong_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
