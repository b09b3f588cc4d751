/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Reports on their way out: what the encoder writes is what the decoder reads. */
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

static const char profile[] = "<flat-profile><GPP_A>12345678</GPP_A></flat-profile>";

static prov_status encode(const struct prov_encode_options *opt, const struct feed *feed,
                          struct capture *capture, struct prov_error *err)
{
    prov_encoder *encoder;
    prov_status status = prov_encoder_new(&encoder, opt, capture->sink, err);
    if (status != PROV_OK)
        return status;
    struct prov_sink sink = prov_encoder_sink(encoder);
    status = feed_run(feed, &sink, err);
    prov_encoder_free(encoder);
    return status;
}

/* With the salt of a golden case, its very bytes come out. */
static void assert_golden(const struct prov_encode_options *opt, const char *name)
{
    struct golden golden;
    size_t len;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/decode/%s", TEST_SOURCE_ROOT,
             name);
    uint8_t *input = golden_read(&golden, "input", &len);
    assert_non_null(input);
    struct feed feed = feed_whole(profile, strlen(profile));
    struct capture capture;
    capture_init(&capture, NULL);
    assert_int_equal(encode(opt, &feed, &capture, NULL), PROV_OK);
    assert_true(capture_equals(&capture, input, len));
    assert_true(capture.is_finished);
    capture_free(&capture);
    free(input);
}

static void test_encoder_writes_golden_bytes(void **state)
{
    (void)state;
    struct prov_encode_options opt = {
        .size = sizeof opt,
        .key = prov_str_from("MyOwnSecret"),
        .ikm = prov_str_from("SecretIKM1234567"),
        .encodings = PROV_ENCODING_AES_CBC,
        .salt = {"\1\2\3\4\5\6\7\10", 8},
    };
    assert_golden(&opt, "cbc-sha256");
    opt.derivation = PROV_DERIVE_MD5;
    assert_golden(&opt, "cbc-md5");
    opt.derivation = PROV_DERIVE_PBKDF2;
    opt.pbkdf2_rounds = 10;
    assert_golden(&opt, "cbc-pbkdf2");

    opt.encodings = PROV_ENCODING_RFC8188;
    opt.salt = (prov_str){"\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16};
    assert_golden(&opt, "rfc8188-one-record");
    opt.record_size = 32;
    opt.key_id = prov_str_from("k1");
    assert_golden(&opt, "rfc8188-records-of-32");
    opt.encodings = 0;
    assert_golden(&opt, "plain");
}

struct round_trip {
    struct prov_encode_options encode;
    struct decoding decode;
    struct capture once; /* what the first way of feeding gave */
};

static void decode_again(const struct round_trip *self, const struct capture *encoded,
                         const struct feed *feed)
{
    struct feed back = feed_whole(encoded->data, encoded->len);
    struct prov_decode_result result;
    struct capture decoded;
    capture_init(&decoded, NULL);
    assert_int_equal(decoding_run(&self->decode, &back, &decoded, &result, NULL), PROV_OK);
    assert_int_equal(result.encodings, self->encode.encodings);
    assert_true(capture_equals(&decoded, feed->data, feed->len));
    capture_free(&decoded);
}

static void feed_round_trip(void *ctx, const struct feed *feed)
{
    struct round_trip *self = ctx;
    struct capture encoded;
    capture_init(&encoded, NULL);
    assert_int_equal(encode(&self->encode, feed, &encoded, NULL), PROV_OK);
    if (self->once.len == 0) {
        self->once = encoded;
        decode_again(self, &encoded, feed);
        return;
    }
    if (!(self->encode.encodings & PROV_ENCODING_GZIP))
        assert_true(capture_equals(&encoded, self->once.data, self->once.len));
    decode_again(self, &encoded, feed);
    capture_free(&encoded);
}

static void check_round_trip(uint32_t encodings, uint32_t record_size, const char *options,
                             size_t len)
{
    struct round_trip trip = {0};
    uint8_t *text = malloc(len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = (uint8_t)(i == 0 ? '<' : 'a' + i * i % 23);
    decoding_init(&trip.decode, options);
    trip.encode = (struct prov_encode_options){
        .size = sizeof trip.encode,
        .key = trip.decode.opt.key,
        .ikm = trip.decode.opt.ikm,
        .encodings = encodings,
        .record_size = record_size,
        .salt = prov_str_from(encodings & PROV_ENCODING_AES_CBC ? "8 bytes!" : "16 bytes of salt"),
    };
    if (!(encodings & (PROV_ENCODING_AES_CBC | PROV_ENCODING_RFC8188)))
        trip.encode.salt = prov_str_from("");
    feed_every_split(text, len, feed_round_trip, &trip);
    capture_free(&trip.once);
    free(text);
}

static void test_encoder_decoder_identity(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 14, 15, 16, 17, 31, 32, 110, 111, 112};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        check_round_trip(PROV_ENCODING_GZIP, 0, "", lengths[i]);
        check_round_trip(PROV_ENCODING_AES_CBC, 0, "key k", lengths[i]);
        check_round_trip(PROV_ENCODING_RFC8188, 32, "ikm i\ncoding aes128gcm", lengths[i]);
        check_round_trip(PROV_ENCODING_GZIP | PROV_ENCODING_AES_CBC, 0, "key k", lengths[i]);
    }
    check_round_trip(PROV_ENCODING_GZIP | PROV_ENCODING_RFC8188, 18, "ikm i\ncoding aes128gcm",
                     900);
    check_round_trip(PROV_ENCODING_RFC8188, 65536, "ikm i\ncoding aes128gcm", 900);
}

static void test_encoder_empty_input(void **state)
{
    (void)state;
    check_round_trip(PROV_ENCODING_GZIP, 0, "", 0);
    check_round_trip(PROV_ENCODING_AES_CBC, 0, "key k", 0);
    check_round_trip(PROV_ENCODING_RFC8188, 0, "ikm i\ncoding aes128gcm", 0);
}

static void test_encoder_salts_differ(void **state)
{
    (void)state;
    struct prov_encode_options opt = {.size = sizeof opt, .key = prov_str_from("k")};
    opt.encodings = PROV_ENCODING_AES_CBC;
    struct feed feed = feed_whole(profile, strlen(profile));
    struct capture one, two;
    capture_init(&one, NULL);
    capture_init(&two, NULL);
    assert_int_equal(encode(&opt, &feed, &one, NULL), PROV_OK);
    assert_int_equal(encode(&opt, &feed, &two, NULL), PROV_OK);
    assert_int_equal(one.len, two.len);
    assert_memory_not_equal(one.data + 8, two.data + 8, 8);
    assert_memory_not_equal(one.data + 16, two.data + 16, one.len - 16);
    capture_free(&one);
    capture_free(&two);
}

static void test_encoder_refuses_options(void **state)
{
    (void)state;
    const prov_str text = prov_str_from("secret");
    static char long_id[256];
    const struct {
        struct prov_encode_options opt;
        prov_status status;
    } rows[] = {
        {{.encodings = PROV_ENCODING_AES_CBC}, PROV_E_NO_KEY},
        {{.encodings = PROV_ENCODING_AES_CBC, .ikm = text}, PROV_E_NO_KEY},
        {{.encodings = PROV_ENCODING_RFC8188, .key = text}, PROV_E_NO_KEY},
        {{.encodings = PROV_ENCODING_RFC8188 | PROV_ENCODING_AES_CBC, .key = text, .ikm = text},
         PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_BASE64}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_HTTP_GZIP}, PROV_E_INVALID},
        {{.encodings = 1u << 20}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_AES_CBC, .key = text, .derivation = PROV_DERIVE_ALL},
         PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_AES_CBC, .key = text, .derivation = 8}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_AES_CBC, .key = text, .pbkdf2_rounds = UINT32_MAX},
         PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_AES_CBC, .key = text, .salt = text}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_RFC8188, .ikm = text, .salt = text}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_RFC8188, .ikm = text, .record_size = 17}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_RFC8188, .ikm = text, .record_size = 65537}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_RFC8188, .ikm = text, .key_id = {long_id, 256}},
         PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_RFC8188, .ikm = text, .key_id = {NULL, 1}}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_AES_CBC, .key = {NULL, 1}}, PROV_E_INVALID},
        {{.encodings = PROV_ENCODING_AES_CBC, .key = {"x", (size_t)INT_MAX + 1}}, PROV_E_INVALID},
    };
    struct secrets secrets = {0};
    secrets_plant(&secrets, "secret", 6);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_encode_options opt = rows[i].opt;
        struct prov_error err = {0};
        struct capture capture;
        prov_encoder *encoder = (prov_encoder *)&capture;
        capture_init(&capture, NULL);
        opt.size = sizeof opt;
        assert_int_equal(prov_encoder_new(&encoder, &opt, capture.sink, &err), rows[i].status);
        assert_null(encoder);
        assert_int_equal(err.status, rows[i].status);
        secrets_assert_clean_error(&secrets, &err);
    }
}

static void encode_without_memory(void *ctx, struct dial *dial)
{
    struct prov_encode_options opt = *(const struct prov_encode_options *)ctx;
    struct fault_alloc memory;
    struct prov_error err = {.size = sizeof err};
    struct feed feed = feed_whole(profile, strlen(profile));
    struct capture capture;
    fault_alloc_init(&memory, dial);
    capture_init(&capture, NULL);
    opt.alloc = &memory.alloc;
    prov_status status = encode(&opt, &feed, &capture, &err);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    assert_int_equal(err.status, status);
    fault_alloc_assert_empty(&memory);
    capture_free(&capture);
}

static void test_encoder_without_memory(void **state)
{
    (void)state;
    static const uint32_t encryptions[] = {0, PROV_ENCODING_AES_CBC, PROV_ENCODING_RFC8188};
    for (size_t i = 0; i < 3; i++) {
        struct prov_encode_options opt = {.size = sizeof opt,
                                          .key = prov_str_from("MyOwnSecret"),
                                          .ikm = prov_str_from("SecretIKM1234567"),
                                          .encodings = encryptions[i] | PROV_ENCODING_GZIP};
        assert_true(dial_run("allocations of an encoder", encode_without_memory, &opt) > i);
    }
}

/* The write during which the sink refuses says so, not the end. */
static void test_encoder_stops_when_the_sink_refuses(void **state)
{
    (void)state;
    static const uint32_t encodings[] = {0, PROV_ENCODING_GZIP, PROV_ENCODING_AES_CBC,
                                         PROV_ENCODING_RFC8188};
    static uint8_t noise[70000];
    uint32_t number = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        number = number * 1664525 + 1013904223;
        noise[i] = (uint8_t)(number >> 24);
    }
    for (size_t i = 0; i < 4; i++) {
        const struct prov_encode_options opt = {.size = sizeof opt,
                                                .key = prov_str_from("MyOwnSecret"),
                                                .ikm = prov_str_from("SecretIKM1234567"),
                                                .encodings = encodings[i]};
        struct dial dial = {.at = i > 0}; /* after the head, if there is one */
        struct capture capture;
        prov_encoder *encoder;
        capture_init(&capture, &dial);
        assert_int_equal(prov_encoder_new(&encoder, &opt, capture.sink, NULL), PROV_OK);
        assert_int_equal(prov_encoder_write(encoder, noise, sizeof noise, NULL), PROV_E_HOST);
        assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_E_HOST);
        prov_encoder_free(encoder);
        capture_free(&capture);
    }
}

static void test_encoder_call_contract(void **state)
{
    (void)state;
    struct capture capture;
    prov_encoder *encoder;
    capture_init(&capture, NULL);
    assert_int_equal(prov_encoder_new(NULL, NULL, capture.sink, NULL), PROV_E_INVALID);
    assert_int_equal(prov_encoder_new(&encoder, NULL, (struct prov_sink){0}, NULL), PROV_E_INVALID);
    const struct prov_sink endless = {.write = capture.sink.write};
    assert_int_equal(prov_encoder_new(&encoder, NULL, endless, NULL), PROV_E_INVALID);
    assert_null(encoder);
    assert_int_equal(prov_encoder_new(&encoder, NULL, capture.sink, NULL), PROV_OK);
    assert_int_equal(prov_encoder_write(encoder, NULL, 1, NULL), PROV_E_INVALID);
    assert_int_equal(prov_encoder_write(encoder, NULL, 0, NULL), PROV_OK);
    assert_int_equal(prov_encoder_write(encoder, "abc", 3, NULL), PROV_OK);
    assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_OK);
    assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_E_STATE);
    assert_int_equal(prov_encoder_write(encoder, "abc", 3, NULL), PROV_E_STATE);
    assert_true(capture_equals(&capture, "abc", 3));
    assert_int_equal(prov_encoder_write(NULL, "abc", 3, NULL), PROV_E_INVALID);
    assert_int_equal(prov_encoder_finish(NULL, NULL), PROV_E_INVALID);
    prov_encoder_free(encoder);
    prov_encoder_free(NULL);
    capture_free(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoder_writes_golden_bytes),
        cmocka_unit_test(test_encoder_decoder_identity),
        cmocka_unit_test(test_encoder_empty_input),
        cmocka_unit_test(test_encoder_salts_differ),
        cmocka_unit_test(test_encoder_refuses_options),
        cmocka_unit_test(test_encoder_without_memory),
        cmocka_unit_test(test_encoder_stops_when_the_sink_refuses),
        cmocka_unit_test(test_encoder_call_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
