/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Decoder options written as text, and the findings of a decoder as text.
 */
#ifndef TEST_SUPPORT_DECODING_H
#define TEST_SUPPORT_DECODING_H

#include <provision/decode.h>

#include "dials.h"

struct decoding {
    struct prov_decode_options opt; /**< points into this struct: leave it in place */
    struct prov_limits limits;
    char key[128];
    char ikm[128];
    char coding[64];
};

/**
 * Read options, one a line: `key TEXT`, `ikm TEXT`, `ikm_hex HEX`, `coding NAMES`, `policy NUMBER`,
 * `derivations NUMBER`, `rounds NUMBER`, `trusted 1`, `max_inflated_bytes NUMBER`,
 * `max_inflate_ratio NUMBER`, `max_encodings NUMBER`.
 */
void decoding_init(struct decoding *decoding, const char *text);

/** Decode the bytes of @p feed into @p capture. */
prov_status decoding_run(const struct decoding *decoding, const struct feed *feed,
                         struct capture *capture, struct prov_decode_result *result,
                         struct prov_error *err);

/** What was found, for instance `base64 aes-cbc md5 gzip`; empty for a plain file. */
void decoding_found(const struct prov_decode_result *result, char *text, size_t cap);

#endif
