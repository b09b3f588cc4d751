/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decoding.h"

#include <stdlib.h>
#include <string.h>

#include "golden.h"

static uint64_t number(const char *text, const char *name)
{
    char value[32];
    return golden_option(text, name, value, sizeof value) ? strtoull(value, NULL, 10) : 0;
}

static size_t read_hex(const char *hex, char *to, size_t cap)
{
    size_t len = strlen(hex) / 2;
    if (len > cap)
        test_die("decoding: %s too long", hex);
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        to[i] = (char)strtoul(pair, NULL, 16);
    }
    return len;
}

void decoding_init(struct decoding *decoding, const char *text)
{
    struct prov_decode_options *opt = &decoding->opt;
    memset(decoding, 0, sizeof *decoding);
    opt->size = sizeof *opt;
    opt->limits = &decoding->limits;
    decoding->limits.size = sizeof decoding->limits;

    opt->has_key = golden_option(text, "key", decoding->key, sizeof decoding->key);
    opt->key = prov_str_from(decoding->key);
    char hex[2 * sizeof decoding->ikm];
    if (golden_option(text, "ikm", decoding->ikm, sizeof decoding->ikm))
        opt->ikm = prov_str_from(decoding->ikm);
    else if (golden_option(text, "ikm_hex", hex, sizeof hex))
        opt->ikm = (prov_str){decoding->ikm, read_hex(hex, decoding->ikm, sizeof decoding->ikm)};
    if (golden_option(text, "coding", decoding->coding, sizeof decoding->coding))
        opt->content_encoding = prov_str_from(decoding->coding);
    opt->policy = (uint32_t)number(text, "policy");
    opt->derivations = (uint32_t)number(text, "derivations");
    opt->pbkdf2_rounds = (uint32_t)number(text, "rounds");
    opt->is_trusted = (uint8_t)number(text, "trusted");
    decoding->limits.max_inflated_bytes = number(text, "max_inflated_bytes");
    decoding->limits.max_inflate_ratio = (uint32_t)number(text, "max_inflate_ratio");
    decoding->limits.max_encodings = (uint32_t)number(text, "max_encodings");
}

prov_status decoding_run(const struct decoding *decoding, const struct feed *feed,
                         struct capture *capture, struct prov_decode_result *result,
                         struct prov_error *err)
{
    prov_decoder *decoder;
    memset(result, 0, sizeof *result);
    result->size = sizeof *result;
    prov_status status = prov_decoder_new(&decoder, &decoding->opt, capture->sink, err);
    if (status != PROV_OK)
        return status;
    struct prov_sink sink = prov_decoder_sink(decoder);
    status = feed_run(feed, &sink, err);
    if (prov_decoder_result(decoder, result) != PROV_OK)
        test_die("decoding: no result");
    prov_decoder_free(decoder);
    return status;
}

struct word {
    uint32_t bit;
    const char *text;
};

static void add_words(char *text, size_t cap, const struct word *words, size_t n_words,
                      uint32_t bits)
{
    for (size_t i = 0; i < n_words; i++) {
        if (!(bits & words[i].bit))
            continue;
        if (strlen(text) + strlen(words[i].text) + 2 > cap)
            test_die("decoding: buffer too small");
        strcat(strcat(text, text[0] != '\0' ? " " : ""), words[i].text);
    }
}

void decoding_found(const struct prov_decode_result *result, char *text, size_t cap)
{
    static const struct word outer[] = {
        {PROV_ENCODING_HTTP_GZIP, "http-gzip"},
        {PROV_ENCODING_RFC8188, "rfc8188"},
        {PROV_ENCODING_BASE64, "base64"},
        {PROV_ENCODING_AES_CBC, "aes-cbc"},
    };
    static const struct word derivations[] = {
        {PROV_DERIVE_SHA256, "sha256"},
        {PROV_DERIVE_MD5, "md5"},
        {PROV_DERIVE_PBKDF2, "pbkdf2"},
    };
    static const struct word inner[] = {{PROV_ENCODING_GZIP, "gzip"}};
    text[0] = '\0';
    add_words(text, cap, outer, sizeof outer / sizeof outer[0], result->encodings);
    add_words(text, cap, derivations, sizeof derivations / sizeof derivations[0],
              result->derivation);
    add_words(text, cap, inner, sizeof inner / sizeof inner[0], result->encodings);
}
