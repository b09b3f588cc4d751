/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Each stage of the decoder alone, and the small functions they are made of. */
#include "decode/decode_priv.h"
#include "decode/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "dials.h"
#include "golden.h"
#include "tamper.h"

/* Feed one stage, which is freed. */
static prov_status run_stage(struct provi_decode_stage *stage, const void *data, size_t len,
                             struct prov_error *err)
{
    struct feed feed = feed_chunks(data, len, 7);
    struct prov_sink sink = provi_decode_stage_sink(stage);
    prov_status status = feed_run(&feed, &sink, err);
    provi_decode_stage_free(stage);
    return status;
}

static void test_sniff_tells_files_by_their_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
        bool is_all;
        enum provi_found found;
    } rows[] = {
        {"", 0, false, PROVI_FOUND_UNDECIDED},
        {"", 0, true, PROVI_FOUND_NOTHING},
        {"<", 1, false, PROVI_FOUND_PLAIN},
        {"\x1f", 1, false, PROVI_FOUND_UNDECIDED},
        {"\x1f", 1, true, PROVI_FOUND_GZIP},
        {"\x1f\x8b", 2, false, PROVI_FOUND_GZIP},
        {"\x1f\x8c", 2, false, PROVI_FOUND_PLAIN},
        {" \x1f\x8b", 3, false, PROVI_FOUND_PLAIN},
        {"S", 1, false, PROVI_FOUND_UNDECIDED},
        {"Salted_", 7, false, PROVI_FOUND_UNDECIDED},
        {"Salted_", 7, true, PROVI_FOUND_SALTED},
        {"Salted__", 8, false, PROVI_FOUND_SALTED},
        {"Salted_<", 8, false, PROVI_FOUND_PLAIN},
        {" Salted__", 9, false, PROVI_FOUND_PLAIN},
        {"U2FsdGVkX", 9, false, PROVI_FOUND_UNDECIDED},
        {"U2FsdGVkX", 9, true, PROVI_FOUND_BASE64},
        {"U2FsdGVkX1", 10, false, PROVI_FOUND_BASE64},
        {"\r\nU2 Fsd\tGVkX1", 14, false, PROVI_FOUND_BASE64},
        {"\xef\xbb\xbf\nU2FsdGVkX1", 14, false, PROVI_FOUND_BASE64},
        {"\xef\xbb", 2, false, PROVI_FOUND_UNDECIDED},
        {"\xef\xbb", 2, true, PROVI_FOUND_PLAIN},
        {"\xef\xbb\xbf", 3, true, PROVI_FOUND_PLAIN},
        {"\xef\xbb\xbf\xef\xbb\xbfU2FsdGVkX1", 16, false, PROVI_FOUND_PLAIN},
        {"U2FsdGVkX2", 10, false, PROVI_FOUND_PLAIN},
        {"u2FsdGVkX1", 10, false, PROVI_FOUND_PLAIN},
        {"  ", 2, false, PROVI_FOUND_UNDECIDED},
        {"  ", 2, true, PROVI_FOUND_PLAIN},
        {" U2", 3, true, PROVI_FOUND_BASE64},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint8_t *data = (const uint8_t *)rows[i].data;
        assert_int_equal(provi_sniff(data, rows[i].len, rows[i].is_all), rows[i].found);
    }
}

static void test_sniff_never_needs_more_than_its_window(void **state)
{
    (void)state;
    uint8_t window[PROVI_SNIFF_BYTES];
    memset(window, ' ', sizeof window);
    assert_int_equal(provi_sniff(window, sizeof window - 1, false), PROVI_FOUND_UNDECIDED);
    assert_int_equal(provi_sniff(window, sizeof window, false), PROVI_FOUND_PLAIN);
    window[sizeof window - 1] = 'U';
    assert_int_equal(provi_sniff(window, sizeof window, false), PROVI_FOUND_BASE64);
}

static void test_sniff_plaintext_blocks(void **state)
{
    (void)state;
    static const struct {
        const char block[17];
        bool is_profile;
    } rows[] = {
        {"<flat-profile>\r\n", true},
        {"<?xml version=\"1", true},
        {"\xef\xbb\xbf<flat-profile", true},
        {"\xef\xbb\xbf \r\n\t<flat-pro", true},
        {"                ", true},
        {"              <f", true},
        {"<!-- Ger\xc3\xa4t --> ", true},
        {"<!-- abcdefghi\xc3\xa4", true},
        {"<!-- abcdefghij\xc3", true},
        {"<!-- abcdefgh\xf0\x9f\x93", true},
        {"<\xc2\x80 abcdefghijkl", true},
        {"<\xdf\xbf abcdefghijkl", true},
        {"<\xe0\xb8\x81\xe0\xb8\x82\xe0\xb8\x83 abcde", true},
        {"<\xef\xbb\xbf\xef\xbf\xbd abcdefgh", true},
        {"<\xf0\x9f\x93\x9e abcdefghij", true},
        {"<\xf4\x8f\xbf\xbf abcdefghij", true},
        {"<\xc1\xbf abcdefghijkl", false},
        {"<\xe0\xb8 abcdefghijkl", false},
        {"<\xf0\x9f\x93 abcdefghijk", false},
        {"<a/>\14\14\14\14\14\14\14\14\14\14\14\14", true},
        {"\20\20\20\20\20\20\20\20\20\20\20\20\20\20\20\20", true},
        {"       \11\11\11\11\11\11\11\11\11", true}, /* padding that looks like tabs */
        {"      \12\12\12\12\12\12\12\12\12\12", true},
        {"\n\17\17\17\17\17\17\17\17\17\17\17\17\17\17\17", true},
        {"\x1f\x8b\x08\0abcdefghijkl", true},
        {"\x1f\x8b\x08\x1f\0\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5", true},
        {"\x1f\x8b\x08\x20"
         "abcdefghijkl",
         false},
        {"\x1f\x8b\x07\0abcdefghijkl", false},
        {"<!-- Ger\xe4t -->  ", false},
        {"<flat\1profile>  ", false},
        {"<flat\x7f\x80profile> ", false},
        {"<flat\xc0\xafprofile> ", false},
        {"<flat\xf5\x80\x80\x80profi", false},
        {"<a/>\14\14\14\14\14\14\14\14\14\14\14\13", false},
        {"GPP_A 1234567890", false},
        {" x<flat-profile>", false},
        {"\xef\xbb\xbfx<flat-profi", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (provi_sniff_plaintext((const uint8_t *)rows[i].block) != rows[i].is_profile)
            fail_msg("row %zu", i);
    }
}

static void test_sniff_other_plaintext_blocks(void **state)
{
    (void)state;
    static const struct {
        const char block[17];
        const char *opens_to;
    } rows[] = {
        {"\xff\xfe<\0f\0l\0a\0t\0-\0p", "UTF-16 text"},
        {"\xfe\xff\0<\0f\0l\0a\0t\0-\0p", "UTF-16 text"},
        {"<\0f\0l\0a\0t\0-\0p\0r", "UTF-16 text"},
        {"\0<\0f\0l\0a\0t\0-\0p\0r", "UTF-16 text"},
        {"<\0a\0\14\14\14\14\14\14\14\14\14\14\14\14", "UTF-16 text"},
        {"<\0\16\16\16\16\16\16\16\16\16\16\16\16\16\16", NULL},
        {"<\0a\15\15\15\15\15\15\15\15\15\15\15\15\15", NULL},
        {"\xe2\x80\x80\xe2\x80\x80 abcdefghi", NULL},
        {"<\0f\0l\0a\0t\0-\0p\1r", NULL},
        {"<\0f\0l\0a\0t\0\1\0p\0r", NULL},
        {"GPP_A 1234567890", "text that is no XML"},
        {"OK\16\16\16\16\16\16\16\16\16\16\16\16\16\16", "text that is no XML"},
        {"Ger\xc3\xa4t unbekannt", "text that is no XML"},
        {"\xc3\xa4\xc3\xb6\xc3\xbc 123456789", NULL},
        {"{\"a\": 12345678}\n", "JSON"},
        {"-----BEGIN CERTI", "PEM"},
        {"U2FsdGVkX1+abcde", "a file encrypted by openssl enc -a"},
        {"Salted__\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", "a file encrypted once more by openssl enc"},
        {"GPP_A 123456789\1", "text that is no XML"}, /* a block that ends in padding */
        {"GPP_A 12345678\1\2", NULL},
        {"PK\3\4\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xff\xfe\xfd\xfc", NULL},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        const uint8_t *block = (const uint8_t *)rows[i].block;
        const char *found = provi_sniff_other_plaintext(block);
        if (!found != !rows[i].opens_to || (found && strcmp(found, rows[i].opens_to) != 0))
            fail_msg("row %zu: %s", i, found ? found : "NULL");
    }
}

/* A wrong key gives noise; were '<' enough, 7,800 of these two million blocks would pass. */
static void test_sniff_plaintext_refuses_noise(void **state)
{
    (void)state;
    uint64_t random = 4;
    unsigned n_passed = 0, n_other = 0;
    for (int i = 0; i < 2000000; i++) {
        uint64_t noise[2] = {tamper_random(&random), tamper_random(&random)};
        n_passed += provi_sniff_plaintext((const uint8_t *)noise);
        n_other += provi_sniff_other_plaintext((const uint8_t *)noise) != NULL;
    }
    assert_true(n_passed <= 1);
    assert_true(n_other <= 10);
}

static void test_base64_texts(void **state)
{
    (void)state;
    /* The first seven: RFC 4648, section 10. */
    static const struct {
        const char *text;
        const char *bytes;
        prov_status status;
        uint64_t offset;
    } rows[] = {
        {"", "", PROV_OK, 0},
        {"Zg==", "f", PROV_OK, 0},
        {"Zm8=", "fo", PROV_OK, 0},
        {"Zm9v", "foo", PROV_OK, 0},
        {"Zm9vYg==", "foob", PROV_OK, 0},
        {"Zm9vYmE=", "fooba", PROV_OK, 0},
        {"Zm9vYmFy", "foobar", PROV_OK, 0},
        {" Z\tm\r\n9\nv ", "foo", PROV_OK, 0},
        {"Zg=\r\n=\n", "f", PROV_OK, 0},
        {"+/+/", "\xfb\xff\xbf", PROV_OK, 0},
        {"Z", "", PROV_E_TRUNCATED, 1},
        {"Zm9vYg", "foo", PROV_E_TRUNCATED, 6},
        {"Zm9vYg=", "foo", PROV_E_TRUNCATED, 7},
        {"Zh==", "", PROV_E_CORRUPT, 2},
        {"Zm9=", "", PROV_E_CORRUPT, 3},
        {"Z===", "", PROV_E_CORRUPT, 1},
        {"=", "", PROV_E_CORRUPT, 0},
        {"Zg===", "f", PROV_E_CORRUPT, 4},
        {"Zg==Zg==", "f", PROV_E_CORRUPT, 4},
        {"Zg=v", "", PROV_E_CORRUPT, 3},
        {"Zm9v-m9v", "foo", PROV_E_CORRUPT, 4},
        {"Zm9v\x80", "foo", PROV_E_CORRUPT, 4},
        {"\xef\xbb\xbfZm9v", "foo", PROV_OK, 0},
        {"\xef\xbb\xbf\xbfZm9v", "", PROV_E_CORRUPT, 3},
        {"Zm9v\xef\xbb\xbf", "foo", PROV_E_CORRUPT, 4},
    };
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_error err = {0};
        struct provi_decode_stage *stage;
        struct capture capture;
        capture_init(&capture, NULL);
        assert_int_equal(provi_base64_new(&stage, &alloc, capture.sink, NULL), PROV_OK);
        prov_status status = run_stage(stage, rows[i].text, strlen(rows[i].text), &err);
        if (status != rows[i].status || err.offset != rows[i].offset)
            fail_msg("\"%s\": %d at %u", rows[i].text, (int)status, (unsigned)err.offset);
        assert_true(capture_equals(&capture, rows[i].bytes, strlen(rows[i].bytes)));
        capture_free(&capture);
    }
}

static void assert_hex(const uint8_t *data, size_t len, const char *hex)
{
    char text[128] = "";
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)data[i]);
    assert_string_equal(text, hex);
}

static void test_derive_cbc_keys(void **state)
{
    (void)state;
    static const struct {
        uint32_t how;
        const char *key, *iv;
    } rows[] = {
        {PROV_DERIVE_MD5, "b853255b7ed267718ef0f9c62a7082f3d05b10dcd65cd6f4103667cc7de3770d",
         "047ebb1a067b6d74ff0f47669cd76e79"},
        {PROV_DERIVE_SHA256, "4d577f1aaa86df5a2cc9cbb1a2078800da4659b4fb9a58826621f7344c211f29",
         "cf0f544831cb690ac0a7ee61fe05b8cd"},
        /* openssl enc -aes-256-cbc -pbkdf2 -S 0102030405060708 -k MyOwnSecret -P */
        {PROV_DERIVE_PBKDF2, "ef9d77b0e96da963e9ac4f4960b915145874a177d85fae5f7d5f39b4d028d1e6",
         "087de96592cf95a7e25f15736571bfe9"},
    };
    static const uint8_t salt[] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_cbc_key key;
        assert_int_equal(provi_cbc_derive(&key, rows[i].how, prov_str_from("MyOwnSecret"), salt,
                                          PROVI_CBC_ROUNDS, NULL),
                         PROV_OK);
        assert_hex(key.key, sizeof key.key, rows[i].key);
        assert_hex(key.iv, sizeof key.iv, rows[i].iv);
    }
}

/* RFC 8188, section 3.1 prints the intermediate values of its first example. */
static void test_derive_rfc8188_key(void **state)
{
    (void)state;
    static const uint8_t salt[16] = {0x23, 0x50, 0x6c, 0xc6, 0xd1, 0x6d, 0xb6, 0x5b,
                                     0xf7, 0xbb, 0xf3, 0xa8, 0xf7, 0x8c, 0x67, 0x9b};
    static const uint8_t ikm[16] = {0xca, 0xa7, 0x65, 0x67, 0xeb, 0x58, 0x7a, 0x67,
                                    0xe8, 0x81, 0x29, 0xaf, 0xed, 0x6b, 0x39, 0x3d};
    const prov_str key_text = {(const char *)ikm, sizeof ikm};
    struct provi_8188_key key;
    assert_int_equal(provi_8188_derive(&key, key_text, salt, NULL), PROV_OK);
    assert_hex(key.key, sizeof key.key, "ff09e2cad07ea1fb1c643878b5b4a31f");
    assert_hex(key.nonce, sizeof key.nonce, "05cb3c82421128b23c19e23c");
}

static void test_rfc8188_nonce_counts_records(void **state)
{
    (void)state;
    static const uint8_t base[PROVI_8188_NONCE_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x0f};
    uint8_t nonce[PROVI_8188_NONCE_BYTES];
    provi_8188_nonce(nonce, base, 0);
    assert_memory_equal(nonce, base, sizeof nonce);
    provi_8188_nonce(nonce, base, 0x0102);
    assert_hex(nonce, sizeof nonce, "0102030405060708090a0a0d");
}

static uint8_t *gzip_of(const uint8_t *data, size_t len, size_t *gzip_len)
{
    struct capture capture;
    struct provi_decode_stage *stage;
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    capture_init(&capture, NULL);
    assert_int_equal(provi_deflate_new(&stage, &alloc, capture.sink, NULL), PROV_OK);
    assert_int_equal(run_stage(stage, data, len, NULL), PROV_OK);
    *gzip_len = capture.len;
    return capture.data;
}

/* Inflate 1 MB of blanks; returns how much of it came through. */
static size_t inflate_blanks(uint64_t max_bytes, uint32_t max_ratio, prov_status expected)
{
    const size_t len = 1000000;
    struct prov_limits limits;
    assert_int_equal(provi_limits_resolve(&limits, NULL, NULL), PROV_OK);
    limits.max_inflated_bytes = max_bytes;
    limits.max_inflate_ratio = max_ratio;
    uint8_t *blanks = malloc(len);
    assert_non_null(blanks);
    memset(blanks, ' ', len);
    size_t gzip_len;
    uint8_t *gzip = gzip_of(blanks, len, &gzip_len);
    assert_uint_in_range(gzip_len, len / 1100, len / 200);

    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    struct capture capture;
    struct provi_decode_stage *stage;
    capture_init(&capture, NULL);
    assert_int_equal(provi_inflate_new(&stage, &memory.alloc, &limits, capture.sink, NULL),
                     PROV_OK);
    assert_int_equal(run_stage(stage, gzip, gzip_len, NULL), expected);
    assert_true(capture.len <= len && memcmp(capture.data, blanks, capture.len) == 0);
    assert_true(memory.peak_bytes < 48 << 10);
    fault_alloc_assert_empty(&memory);
    size_t passed = capture.len;
    capture_free(&capture);
    free(gzip);
    free(blanks);
    return passed;
}

static void test_inflate_stops_bombs(void **state)
{
    (void)state;
    assert_int_equal(inflate_blanks(1000000, 2000, PROV_OK), 1000000);
    assert_int_equal(inflate_blanks(999999, 2000, PROV_E_LIMIT), 999999);
    assert_int_equal(inflate_blanks(100000, 2000, PROV_E_LIMIT), 100000);
    assert_int_equal(inflate_blanks(1, 2000, PROV_E_LIMIT), 1);
    /* The ratio counts from 64 KiB on, piece by piece. */
    assert_int_equal(inflate_blanks(4 << 20, 200, PROV_E_LIMIT), 64 << 10);
    assert_int_equal(inflate_blanks(4 << 20, 1, PROV_E_LIMIT), 64 << 10);
}

static const char profile[] = "<flat-profile><GPP_A>12345678</GPP_A></flat-profile>";

static uint8_t *vector(const char *name, size_t *len)
{
    struct golden golden;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/decode/%s", TEST_SOURCE_ROOT,
             name);
    uint8_t *data = golden_read(&golden, "input", len);
    assert_non_null(data);
    return data;
}

static void test_cbc_decrypt_alone(void **state)
{
    (void)state;
    size_t len;
    uint8_t *file = vector("cbc-md5", &len);
    uint32_t matched = 0;
    struct provi_cbc_options opt = {
        .key = prov_str_from("MyOwnSecret"),
        .derivations = PROV_DERIVE_ALL,
        .pbkdf2_rounds = 1,
        .matched = &matched,
    };
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_decode_stage *stage;
    struct capture capture;
    capture_init(&capture, NULL);
    assert_int_equal(provi_cbc_decrypt_new(&stage, &alloc, &opt, capture.sink, NULL), PROV_OK);
    assert_int_equal(run_stage(stage, file, len, NULL), PROV_OK);
    assert_int_equal(matched, PROV_DERIVE_MD5);
    assert_true(capture_equals(&capture, profile, strlen(profile)));
    capture_free(&capture);

    file[0] = 's';
    capture_init(&capture, NULL);
    assert_int_equal(provi_cbc_decrypt_new(&stage, &alloc, &opt, capture.sink, NULL), PROV_OK);
    assert_int_equal(run_stage(stage, file, len, NULL), PROV_E_CORRUPT);
    assert_int_equal(capture.len, 0);
    capture_free(&capture);
    free(file);
}

/* No byte of a record is handed on before its tag is checked. */
static void test_rfc8188_passes_proven_records_only(void **state)
{
    (void)state;
    size_t len;
    uint8_t *file = vector("rfc8188-records-of-32", &len);
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    for (size_t i = 23; i < len; i++) {
        struct provi_decode_stage *stage;
        struct capture capture;
        capture_init(&capture, NULL);
        file[i] ^= 0x10;
        assert_int_equal(provi_rfc8188_decrypt_new(
                             &stage, &alloc, prov_str_from("SecretIKM1234567"), capture.sink, NULL),
                         PROV_OK);
        prov_status status = run_stage(stage, file, len, NULL);
        assert_int_equal(status, i < 23 + 32 ? PROV_E_KEY : PROV_E_CORRUPT);
        assert_int_equal(capture.len, (i - 23) / 32 * 15);
        assert_memory_equal(capture.len ? (const char *)capture.data : "", profile, capture.len);
        file[i] ^= 0x10;
        capture_free(&capture);
    }
    free(file);
}

enum { LARGE_BYTES = 200000 };

/* Write a file in pieces large and small. */
static prov_status feed_mixed(struct prov_sink sink, const uint8_t *data, size_t len)
{
    static const size_t pieces[] = {9000, 1, 8192, 700, 8191, 40000, 17, 4096};
    prov_status status = PROV_OK;
    for (size_t at = 0, i = 0; at < len && status == PROV_OK; i++) {
        size_t piece = pieces[i % PROVI_LEN(pieces)];
        size_t n = piece < len - at ? piece : len - at;
        status = sink.write(sink.ctx, data + at, n, NULL);
        at += n;
    }
    return status == PROV_OK ? sink.finish(sink.ctx, NULL) : status;
}

/* Decode a file with records of this size of which one byte is damaged, or none. */
static void check_mixed(const struct capture *file, const uint8_t *text, size_t record_size,
                        size_t bad)
{
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_decode_stage *stage;
    struct capture capture;
    size_t n_proven = (bad - PROVI_8188_HEAD_BYTES) / record_size;
    bool is_good = bad == file->len;
    capture_init(&capture, NULL);
    assert_int_equal(provi_rfc8188_decrypt_new(&stage, &alloc, prov_str_from("SecretIKM1234567"),
                                               capture.sink, NULL),
                     PROV_OK);
    if (!is_good)
        file->data[bad] ^= 1;
    assert_int_equal(feed_mixed(provi_decode_stage_sink(stage), file->data, file->len),
                     is_good    ? PROV_OK
                     : n_proven ? PROV_E_CORRUPT
                                : PROV_E_KEY);
    if (!is_good)
        file->data[bad] ^= 1;
    assert_true(capture_equals(&capture, text,
                               is_good ? LARGE_BYTES
                                       : n_proven * (record_size - PROVI_8188_TAG_BYTES - 1)));
    provi_decode_stage_free(stage);
    capture_free(&capture);
}

/* Neither what leaves nor when depends on the pieces. Records of a byte take valgrind minutes. */
static void test_rfc8188_pieces_large_and_small(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {18, 4096, 8192, 8209, 20000, 65536};
    uint8_t *text = malloc(LARGE_BYTES);
    assert_non_null(text);
    for (uint32_t i = 0; i < LARGE_BYTES; i++)
        text[i] = (uint8_t)(i * 2654435761u >> 24);
    size_t first = test_takes_few() ? 1 : 0;
    for (size_t i = first; i < PROVI_LEN(sizes); i++) {
        struct prov_encode_options opt = {.size = sizeof opt,
                                          .ikm = prov_str_from("SecretIKM1234567"),
                                          .encodings = PROV_ENCODING_RFC8188,
                                          .record_size = sizes[i]};
        prov_encoder *encoder;
        struct capture file;
        capture_init(&file, NULL);
        assert_int_equal(prov_encoder_new(&encoder, &opt, file.sink, NULL), PROV_OK);
        assert_int_equal(feed_mixed(prov_encoder_sink(encoder), text, LARGE_BYTES), PROV_OK);
        prov_encoder_free(encoder);
        check_mixed(&file, text, sizes[i], file.len);
        for (size_t bad = PROVI_8188_HEAD_BYTES; bad < file.len; bad += 39999)
            check_mixed(&file, text, sizes[i], bad);
        capture_free(&file);
    }
    free(text);
}

/* However the bytes are cut into pieces. */
static void test_digest_is_that_of_all_pieces(void **state)
{
    (void)state;
    static const struct {
        size_t len; /* of as many `a` */
        uint8_t sha256[8];
    } rows[] = {
        {0, {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14}},
        {1, {0xca, 0x97, 0x81, 0x12, 0xca, 0x1b, 0xbd, 0xca}},
        {1023, {0xbc, 0x21, 0xb2, 0x85, 0x1f, 0x3c, 0x65, 0x05}},
        {1024, {0x2e, 0xdc, 0x98, 0x68, 0x47, 0xe2, 0x09, 0xb4}},
        {1025, {0x4a, 0x82, 0x29, 0x78, 0x89, 0xeb, 0x50, 0x5c}},
        {3000, {0x55, 0x6a, 0xc8, 0x2f, 0x23, 0xf6, 0x4d, 0x2f}},
    };
    static const size_t pieces[] = {1, 7, 1024, 1025, 5000};
    char text[3000];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++) {
            struct provi_digester digester;
            struct provi_digest digest;
            provi_digest_begin(&digester);
            for (size_t at = 0; at < rows[i].len; at += pieces[k]) {
                size_t left = rows[i].len - at;
                provi_digest_add(&digester, text, left < pieces[k] ? left : pieces[k]);
            }
            assert_int_equal(provi_digest_end(&digester, &digest, NULL), PROV_OK);
            assert_memory_equal(digest.bytes, rows[i].sha256, sizeof rows[i].sha256);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sniff_tells_files_by_their_first_bytes),
        cmocka_unit_test(test_sniff_never_needs_more_than_its_window),
        cmocka_unit_test(test_digest_is_that_of_all_pieces),
        cmocka_unit_test(test_sniff_plaintext_blocks),
        cmocka_unit_test(test_sniff_other_plaintext_blocks),
        cmocka_unit_test(test_sniff_plaintext_refuses_noise),
        cmocka_unit_test(test_base64_texts),
        cmocka_unit_test(test_derive_cbc_keys),
        cmocka_unit_test(test_derive_rfc8188_key),
        cmocka_unit_test(test_rfc8188_nonce_counts_records),
        cmocka_unit_test(test_inflate_stops_bombs),
        cmocka_unit_test(test_cbc_decrypt_alone),
        cmocka_unit_test(test_rfc8188_passes_proven_records_only),
        cmocka_unit_test(test_rfc8188_pieces_large_and_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
