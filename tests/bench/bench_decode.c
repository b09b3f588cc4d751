/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The decoder against the bare libraries beneath it, on the same bytes in the same run: speed of
 * OpenSSL or zlib alone is 1.00. The best of several rounds is taken, ours and theirs in turn.
 */
#include <provision/decode.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <zlib.h>

#include "decode/decode_priv.h"
#include "dials.h"

enum { PROFILE_BYTES = 1 << 20, N_ROUNDS = 40, PIECE = 4096 };

static uint8_t profile[PROFILE_BYTES];
static uint8_t scratch[PROVI_8188_MAX_RECORD];

static void make_profile(void)
{
    size_t len = 0;
    for (unsigned i = 0; len + 64 < sizeof profile; i++)
        len += (size_t)snprintf((char *)profile + len, 64,
                                "<Setting_%u_ ua=\"na\">%u</Setting_%u_>\n", i, i * 2654435761u, i);
    memset(profile + len, ' ', sizeof profile - len);
}

struct bench {
    const char *name;
    uint32_t encodings;
    uint32_t record_size;
    void (*bare)(const struct capture *file, const struct bench *bench);
    struct capture file;
};

static void make_file(struct bench *bench)
{
    struct prov_encode_options opt = {
        .size = sizeof opt,
        .key = prov_str_from("MyOwnSecret"),
        .ikm = prov_str_from("SecretIKM1234567"),
        .encodings = bench->encodings,
        .record_size = bench->record_size,
    };
    prov_encoder *encoder;
    capture_init(&bench->file, NULL);
    if (prov_encoder_new(&encoder, &opt, bench->file.sink, NULL) != PROV_OK ||
        prov_encoder_write(encoder, profile, sizeof profile, NULL) != PROV_OK ||
        prov_encoder_finish(encoder, NULL) != PROV_OK)
        test_die("%s: not encoded", bench->name);
    prov_encoder_free(encoder);
}

static void bare_gcm(const struct capture *file, const struct bench *bench)
{
    struct provi_8188_key key;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int n;
    if (provi_8188_derive(&key, prov_str_from("SecretIKM1234567"), file->data, NULL) != PROV_OK ||
        EVP_DecryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, key.key, NULL) != 1)
        test_die("no key");
    uint64_t n_records = 0;
    for (size_t at = PROVI_8188_HEAD_BYTES; at < file->len; n_records++) {
        size_t rest = file->len - at;
        size_t len = rest < bench->record_size ? rest : bench->record_size;
        size_t n_data = len - PROVI_8188_TAG_BYTES;
        uint8_t nonce[PROVI_8188_NONCE_BYTES];
        provi_8188_nonce(nonce, key.nonce, n_records);
        EVP_DecryptInit_ex(cipher, NULL, NULL, NULL, nonce);
        EVP_DecryptUpdate(cipher, scratch, &n, file->data + at, (int)n_data);
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, PROVI_8188_TAG_BYTES,
                            file->data + at + n_data);
        if (EVP_DecryptFinal_ex(cipher, scratch, &n) != 1)
            test_die("wrong tag");
        at += len;
    }
    EVP_CIPHER_CTX_free(cipher);
}

static void bare_cbc(const struct capture *file, const struct bench *bench)
{
    struct provi_cbc_key key;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int n;
    (void)bench;
    if (provi_cbc_derive(&key, PROV_DERIVE_SHA256, prov_str_from("MyOwnSecret"), file->data + 8, 1,
                         NULL) != PROV_OK ||
        EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.key, key.iv) != 1)
        test_die("no key");
    for (size_t at = 16; at < file->len; at += PIECE) {
        size_t len = file->len - at < PIECE ? file->len - at : PIECE;
        EVP_DecryptUpdate(cipher, scratch, &n, file->data + at, (int)len);
    }
    if (EVP_DecryptFinal_ex(cipher, scratch, &n) != 1)
        test_die("wrong padding");
    EVP_CIPHER_CTX_free(cipher);
}

static void bare_inflate(const struct capture *file, const struct bench *bench)
{
    z_stream zlib = {.next_in = file->data, .avail_in = (uInt)file->len};
    int code = inflateInit2(&zlib, 16 + 15);
    (void)bench;
    while (code == Z_OK) {
        zlib.next_out = scratch;
        zlib.avail_out = PIECE;
        code = inflate(&zlib, Z_NO_FLUSH);
    }
    if (code != Z_STREAM_END)
        test_die("not inflated");
    inflateEnd(&zlib);
}

static prov_status drop_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)err;
    *(uint64_t *)ctx += len;
    return PROV_OK;
}

static prov_status finish_nothing(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

static void decode(const struct bench *bench, size_t chunk)
{
    uint64_t n_out = 0;
    struct prov_sink sink = {.write = drop_bytes, .finish = finish_nothing, .ctx = &n_out};
    struct prov_decode_options opt = {.size = sizeof opt};
    if (bench->encodings & PROV_ENCODING_AES_CBC)
        opt.key = prov_str_from("MyOwnSecret");
    if (bench->encodings & PROV_ENCODING_RFC8188) {
        opt.ikm = prov_str_from("SecretIKM1234567");
        opt.content_encoding = prov_str_from("aes128gcm");
    }
    prov_decoder *decoder;
    prov_status status = prov_decoder_new(&decoder, &opt, sink, NULL);
    for (size_t at = 0; status == PROV_OK && at < bench->file.len; at += chunk) {
        size_t rest = bench->file.len - at;
        status =
            prov_decoder_write(decoder, bench->file.data + at, rest < chunk ? rest : chunk, NULL);
    }
    if (status != PROV_OK || prov_decoder_finish(decoder, NULL) != PROV_OK ||
        n_out != sizeof profile)
        test_die("%s: not decoded", bench->name);
    prov_decoder_free(decoder);
}

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void run(struct bench *bench)
{
    static const size_t chunks[] = {16384, 1400, 512};
    double bare = 1e12;
    double ours[3] = {1e12, 1e12, 1e12};
    make_file(bench);
    for (int round = 0; round < N_ROUNDS; round++) {
        double start = now_us();
        bench->bare(&bench->file, bench);
        double took = now_us() - start;
        bare = took < bare ? took : bare;
        for (int i = 0; i < 3; i++) {
            start = now_us();
            decode(bench, chunks[i]);
            took = now_us() - start;
            ours[i] = took < ours[i] ? took : ours[i];
        }
    }
    printf("%-26s %5.2f in 16 KiB  %5.2f in 1400 bytes  %5.2f in 512 bytes   (bare: %.0f us/MiB)\n",
           bench->name, bare / ours[0], bare / ours[1], bare / ours[2],
           bare * (1 << 20) / PROFILE_BYTES);
    capture_free(&bench->file);
}

int main(void)
{
    struct bench benches[] = {
        {"RFC 8188, records of 4096", PROV_ENCODING_RFC8188, 4096, bare_gcm, {.data = NULL}},
        {"RFC 8188, records of 65536", PROV_ENCODING_RFC8188, 65536, bare_gcm, {.data = NULL}},
        {"AES-256-CBC", PROV_ENCODING_AES_CBC, 0, bare_cbc, {.data = NULL}},
        {"gzip", PROV_ENCODING_GZIP, 0, bare_inflate, {.data = NULL}},
    };
    make_profile();
    if (prov_decode_prepare(NULL) != PROV_OK)
        return 1;
    printf("decoder: speed relative to the bare library, by size of the pieces fed\n");
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++)
        run(&benches[i]);

    double start = now_us();
    for (int i = 0; i < 1000; i++)
        prov_decode_prepare(NULL);
    printf("prov_decode_prepare, repeated: %.1f us\n", (now_us() - start) / 1000);
    return 0;
}
