/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Byte 0 says what the rest is and the options of the decoder, byte 1 how it is cut up. Held to:
 *
 * - cut up or whole, a file gives the same bytes, status, message and offset;
 * - no limit is passed;
 * - a file that fails is never finished, and stays failed (feed_run() sees to that);
 * - what the encoder writes is read back unchanged.
 */
#include <provision/decode.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    WRAP_MASK = 3, /* 1: the rest is put into AES-CBC first, 2: into RFC 8188 */
    WITH_KEY = 1 << 2,
    WITH_IKM = 1 << 3,
    HTTP_GZIP = 1 << 4,
    SMALL_LIMITS = 1 << 5,
    ENCRYPTED_ONLY = 1 << 6,
};

struct outcome {
    struct capture capture;
    struct prov_error err;
    struct prov_decode_result result;
    prov_status status;
};

static struct prov_encode_options encode_options(uint32_t encodings)
{
    struct prov_encode_options opt = {
        .size = sizeof opt, .encodings = encodings, .record_size = 40};
    opt.key = prov_str_from("k");
    opt.ikm = prov_str_from("i");
    if (encodings & PROV_ENCODING_AES_CBC)
        opt.salt = prov_str_from("8 bytes!");
    if (encodings & PROV_ENCODING_RFC8188)
        opt.salt = prov_str_from("16 bytes of salt");
    return opt;
}

static void encode(uint32_t encodings, const struct feed *feed, struct capture *capture)
{
    struct prov_encode_options opt = encode_options(encodings);
    prov_encoder *encoder;
    capture_init(capture, NULL);
    if (prov_encoder_new(&encoder, &opt, capture->sink, NULL) != PROV_OK)
        test_die("no encoder");
    struct prov_sink sink = prov_encoder_sink(encoder);
    if (feed_run(feed, &sink, NULL) != PROV_OK)
        test_die("the encoder failed");
    prov_encoder_free(encoder);
}

static void set_options(struct decoding *decoding, uint8_t how)
{
    const char *coding = how & HTTP_GZIP ? "coding gzip" : "";
    if (how & WITH_IKM)
        coding = how & HTTP_GZIP ? "coding aes128gcm, gzip\nikm i" : "coding aes128gcm\nikm i";
    decoding_init(decoding, coding);
    if (how & WITH_KEY)
        decoding->opt.key = prov_str_from("k");
    if (how & ENCRYPTED_ONLY)
        decoding->opt.policy = PROV_DECODE_POLICY_ENCRYPTED_ONLY;
    decoding->opt.pbkdf2_rounds = 1;
    decoding->limits.max_inflated_bytes = how & SMALL_LIMITS ? 1000 : 300000;
    decoding->limits.max_inflate_ratio = how & SMALL_LIMITS ? 2 : 20;
}

static void decode(const struct decoding *decoding, const struct feed *feed, struct outcome *to)
{
    memset(to, 0, sizeof *to);
    capture_init(&to->capture, NULL);
    to->status = decoding_run(decoding, feed, &to->capture, &to->result, &to->err);
    if (to->capture.is_finished != (to->status == PROV_OK))
        test_die("status %d, finished %d", (int)to->status, (int)to->capture.is_finished);
    if (to->capture.len > decoding->limits.max_inflated_bytes)
        test_die("%zu bytes came through", to->capture.len);
}

static void assert_same(const struct outcome *whole, const struct outcome *cut)
{
    if (whole->status != cut->status || strcmp(whole->err.message, cut->err.message) != 0)
        test_die("whole: %s; cut up: %s", whole->err.message, cut->err.message);
    if (whole->err.offset != cut->err.offset)
        test_die("%s: at %llu, cut up at %llu", whole->err.message,
                 (unsigned long long)whole->err.offset, (unsigned long long)cut->err.offset);
    if (!capture_equals(&whole->capture, cut->capture.data, cut->capture.len))
        test_die("whole: %zu bytes; cut up: %zu other bytes", whole->capture.len, cut->capture.len);
    if (whole->result.encodings != cut->result.encodings)
        test_die("other encodings when cut up");
}

static void check_splits(const uint8_t *data, size_t len, uint8_t how, size_t chunk)
{
    struct decoding decoding;
    struct outcome whole, cut;
    struct feed feed = feed_whole(data, len);
    set_options(&decoding, how);
    decode(&decoding, &feed, &whole);
    feed = feed_chunks(data, len, chunk);
    decode(&decoding, &feed, &cut);
    assert_same(&whole, &cut);
    capture_free(&whole.capture);
    capture_free(&cut.capture);
}

/* The rest as it is, or put into a layer the fuzzer could not guess. */
static void check_file(const uint8_t *data, size_t len, uint8_t how, size_t chunk)
{
    uint32_t wrap = (how & WRAP_MASK) == 1   ? PROV_ENCODING_AES_CBC
                    : (how & WRAP_MASK) == 2 ? PROV_ENCODING_RFC8188
                                             : 0;
    if (wrap == 0) {
        check_splits(data, len, how, chunk);
        return;
    }
    struct feed feed = feed_whole(data, len);
    struct capture wrapped;
    encode(wrap, &feed, &wrapped);
    check_splits(wrapped.data, wrapped.len,
                 how | (wrap == PROV_ENCODING_RFC8188 ? WITH_IKM : WITH_KEY), chunk);
    capture_free(&wrapped);
}

/* The rest as text of a profile, there and back. */
static void check_identity(const uint8_t *data, size_t len, uint8_t how, size_t chunk)
{
    static const char start[] = "<flat-profile>\r\n";
    const size_t start_len = sizeof start - 1;
    uint8_t *text = malloc(start_len + len);
    if (text == NULL)
        test_die("out of memory");
    memcpy(text, start, start_len);
    if (len > 0)
        memcpy(text + start_len, data, len);

    struct decoding decoding;
    struct capture encoded;
    struct outcome back;
    uint32_t encodings = how & WITH_IKM ? PROV_ENCODING_RFC8188 : PROV_ENCODING_AES_CBC;
    encodings |= how & HTTP_GZIP ? PROV_ENCODING_GZIP : 0;
    struct feed feed = feed_chunks(text, start_len + len, chunk);
    encode(encodings, &feed, &encoded);
    set_options(&decoding, how & WITH_IKM ? WITH_IKM : WITH_KEY);
    decoding.limits.max_inflated_bytes = start_len + len;
    decoding.limits.max_inflate_ratio = 2000;
    feed = feed_whole(encoded.data, encoded.len);
    decode(&decoding, &feed, &back);
    if (back.status != PROV_OK || !capture_equals(&back.capture, text, start_len + len))
        test_die("not read back: %s", back.err.message);
    if (back.result.encodings != encodings)
        test_die("read back as something else");
    capture_free(&encoded);
    capture_free(&back.capture);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint8_t how = data[0];
    size_t chunk = (size_t)data[1] + 1;
    check_file(data + 2, size - 2, how, chunk);
    check_identity(data + 2, size - 2, how, chunk);
    return 0;
}
