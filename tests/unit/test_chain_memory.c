/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What decoder and parser take of the heap together, libxml2, zlib and OpenSSL included: little for
 * any file a server may send, and the same for small files and large ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/decode.h>
#include <provision/profile.h>

#include "heap.h"
#include "hostile.h"
#include "realistic.h"

enum {
    KIB = 1024,
    MIB = 1024 * KIB,
    MAX_HEAP = 3 * MIB / 2,
    PAST_LIMIT = 5 * MIB, /* more than a file may inflate to */
    PIECE = 4096,
};

static prov_status count_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)param, (void)err;
    ++*(size_t *)ctx;
    return PROV_OK;
}

static prov_status feed_pieces(struct prov_sink sink, const struct capture *file)
{
    prov_status status = PROV_OK;
    for (size_t at = 0; at < file->len && status == PROV_OK; at += PIECE) {
        size_t left = file->len - at;
        status = sink.write(sink.ctx, file->data + at, left < PIECE ? left : PIECE, NULL);
    }
    return status == PROV_OK ? sink.finish(sink.ctx, NULL) : status;
}

/* Read a file to its end or to the first error; returns the highest heap on the way. */
static size_t peak_of(const struct prov_decode_options *opt, const struct capture *file,
                      prov_status *status)
{
    const struct prov_alloc alloc = heap_alloc();
    struct prov_decode_options decode = *opt;
    size_t n_params = 0;
    const struct prov_profile_options profile = {.size = sizeof profile, .alloc = &alloc};
    const struct prov_profile_handler handler = {.param = count_param, .ctx = &n_params};
    prov_profile_parser *parser;
    prov_decoder *decoder;
    decode.alloc = &alloc;
    heap_start();
    assert_int_equal(prov_profile_parser_new(&parser, &profile, &handler, NULL), PROV_OK);
    assert_int_equal(prov_decoder_new(&decoder, &decode, prov_profile_parser_sink(parser), NULL),
                     PROV_OK);
    *status = feed_pieces(prov_decoder_sink(decoder), file);
    prov_decoder_free(decoder);
    prov_profile_parser_free(parser);
    assert_int_equal(heap_live(), 0);
    return heap_peak();
}

struct packing {
    const char *name;
    uint32_t encodings;
    uint32_t record_size;
};

static const struct packing packings[] = {
    {"gzip, AES-CBC", PROV_ENCODING_GZIP | PROV_ENCODING_AES_CBC, 0},
    {"gzip, RFC 8188", PROV_ENCODING_GZIP | PROV_ENCODING_RFC8188, 65536},
};

static void open_packer(const struct packing *packing, struct capture *to, prov_encoder **encoder)
{
    const struct prov_encode_options opt = {
        .size = sizeof opt,
        .key = prov_str_from(REALISTIC_KEY),
        .ikm = prov_str_from(REALISTIC_KEY),
        .encodings = packing->encodings,
        .record_size = packing->record_size,
    };
    capture_init(to, NULL);
    assert_int_equal(prov_encoder_new(encoder, &opt, to->sink, NULL), PROV_OK);
}

static struct prov_decode_options unpacking(const struct packing *packing)
{
    struct prov_decode_options opt = {.size = sizeof opt};
    if (packing->encodings & PROV_ENCODING_AES_CBC)
        opt.key = prov_str_from(REALISTIC_KEY);
    else
        opt.content_encoding = prov_str_from("aes128gcm");
    opt.ikm = prov_str_from(REALISTIC_KEY);
    return opt;
}

static size_t peak_of_document(const struct hostile *document)
{
    struct hostile cut = *document;
    struct capture file;
    prov_encoder *encoder;
    size_t fed;
    prov_status status;
    if (cut.unit_bytes > PAST_LIMIT)
        cut.unit_bytes = PAST_LIMIT;
    open_packer(&packings[0], &file, &encoder);
    assert_int_equal(hostile_feed(&cut, prov_encoder_sink(encoder), &fed, NULL), PROV_OK);
    prov_encoder_free(encoder);

    const struct prov_decode_options opt = unpacking(&packings[0]);
    size_t peak = peak_of(&opt, &file, &status);
    if (document->wanted != PROV_OK)
        assert_int_not_equal(status, PROV_OK);
    capture_free(&file);
    return peak;
}

static void test_chain_hostile_documents_take_little_memory(void **state)
{
    (void)state;
    size_t step = test_takes_few() ? 30 : test_takes_samples() ? 10 : 1;
    size_t worst = 0;
    for (size_t i = 0; i < hostile_n_documents; i += step) {
        size_t peak = peak_of_document(&hostile_documents[i]);
        if (peak > MAX_HEAP)
            fail_msg("%s: %zu KiB", hostile_documents[i].name, peak / KIB);
        worst = peak > worst ? peak : worst;
    }
    print_message("highest peak of a hostile document: %zu KiB\n", worst / KIB);
}

static void test_chain_worst_document_takes_little_memory(void **state)
{
    (void)state;
    static char text[HOSTILE_MOST_KEPT];
    size_t len = hostile_most_kept(text);
    for (size_t i = 0; i < sizeof packings / sizeof packings[0]; i++) {
        struct capture file;
        prov_encoder *encoder;
        prov_status status;
        open_packer(&packings[i], &file, &encoder);
        assert_int_equal(prov_encoder_write(encoder, text, len, NULL), PROV_OK);
        assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_OK);
        prov_encoder_free(encoder);

        const struct prov_decode_options opt = unpacking(&packings[i]);
        size_t peak = peak_of(&opt, &file, &status);
        print_message("most kept, %s: %zu KiB\n", packings[i].name, peak / KIB);
        assert_int_equal(status, PROV_OK);
        assert_uint_in_range(peak, 1, MAX_HEAP);
        capture_free(&file);
    }
}

static size_t peak_of_size(size_t n_bytes)
{
    const struct prov_limits limits = {.size = sizeof limits, .max_inflated_bytes = 64 * MIB};
    const struct prov_decode_options opt = {
        .size = sizeof opt,
        .limits = &limits,
        .key = prov_str_from(REALISTIC_KEY),
    };
    struct realistic profile;
    struct capture file;
    prov_status status;
    realistic_init(&profile, n_bytes);
    realistic_pack(&profile, &file);
    /* libxml2 salts its table of names at random: the least of several runs is without that. */
    size_t peak = SIZE_MAX;
    for (int run = 0; run < 5; run++) {
        size_t now = peak_of(&opt, &file, &status);
        assert_int_equal(status, PROV_OK);
        peak = now < peak ? now : peak;
    }
    realistic_free(&profile);
    capture_free(&file);
    return peak;
}

static void test_chain_memory_does_not_grow_with_the_file(void **state)
{
    (void)state;
    size_t large = test_takes_samples() ? 2000000 : 10000000;
    size_t of_1_mb = peak_of_size(1000000);
    size_t of_large = peak_of_size(large);
    print_message("1 MB: %zu bytes of heap, %zu MB: %zu\n", of_1_mb, large / 1000000, of_large);
    size_t difference = of_large > of_1_mb ? of_large - of_1_mb : of_1_mb - of_large;
    assert_uint_in_range(difference, 0, 4 * KIB);
}

int main(void)
{
    heap_watch_libxml2();
    heap_watch_openssl();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain_hostile_documents_take_little_memory),
        cmocka_unit_test(test_chain_worst_document_takes_little_memory),
        cmocka_unit_test(test_chain_memory_does_not_grow_with_the_file),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    heap_end();
    return n_failed;
}
