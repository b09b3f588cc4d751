/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Decodes or encodes standard input to standard output, for scripts.
 *
 *   decode_driver decode OPTIONS    lines of text, see tests/support/decoding.h
 *   decode_driver encode ENCODINGS KEY DERIVATION RECORD_SIZE
 *
 * Standard error gets what was found, or the name of the status and the message; then the exit
 * status is 1.
 */
#include <provision/decode.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoding.h"

static prov_status write_out(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)err;
    return fwrite(data, 1, len, ctx) == len ? PROV_OK : PROV_E_IO;
}

static prov_status flush_out(void *ctx, struct prov_error *err)
{
    (void)err;
    return fflush(ctx) == 0 ? PROV_OK : PROV_E_IO;
}

/* All of standard input goes into a sink. */
static prov_status pump(struct prov_sink sink, struct prov_error *err)
{
    char piece[1400];
    size_t len;
    while ((len = fread(piece, 1, sizeof piece, stdin)) > 0) {
        prov_status status = sink.write(sink.ctx, piece, len, err);
        if (status != PROV_OK)
            return status;
    }
    return sink.finish(sink.ctx, err);
}

static prov_status decode(const char *options, struct prov_error *err)
{
    struct prov_sink out = {.write = write_out, .finish = flush_out, .ctx = stdout};
    struct prov_decode_result result = {.size = sizeof result};
    struct decoding decoding;
    prov_decoder *decoder;
    char found[64];
    decoding_init(&decoding, options);
    prov_status status = prov_decoder_new(&decoder, &decoding.opt, out, err);
    if (status != PROV_OK)
        return status;
    status = pump(prov_decoder_sink(decoder), err);
    if (prov_decoder_result(decoder, &result) == PROV_OK && status == PROV_OK) {
        decoding_found(&result, found, sizeof found);
        fprintf(stderr, "%s\n", found);
    }
    prov_decoder_free(decoder);
    return status;
}

static prov_status encode(char **args, struct prov_error *err)
{
    struct prov_sink out = {.write = write_out, .finish = flush_out, .ctx = stdout};
    struct prov_encode_options opt = {
        .size = sizeof opt,
        .encodings = (uint32_t)strtoul(args[0], NULL, 0),
        .key = prov_str_from(args[1]),
        .ikm = prov_str_from(args[1]),
        .derivation = (uint32_t)strtoul(args[2], NULL, 0),
        .record_size = (uint32_t)strtoul(args[3], NULL, 0),
    };
    prov_encoder *encoder;
    prov_status status = prov_encoder_new(&encoder, &opt, out, err);
    if (status != PROV_OK)
        return status;
    status = pump(prov_encoder_sink(encoder), err);
    prov_encoder_free(encoder);
    return status;
}

int main(int argc, char **argv)
{
    struct prov_error err = {0};
    prov_status status = PROV_E_INVALID;
    if (argc == 3 && strcmp(argv[1], "decode") == 0)
        status = decode(argv[2], &err);
    else if (argc == 6 && strcmp(argv[1], "encode") == 0)
        status = encode(argv + 2, &err);
    if (status == PROV_OK)
        return 0;
    fprintf(stderr, "%s %s\n", prov_status_name(status), err.message);
    return 1;
}
