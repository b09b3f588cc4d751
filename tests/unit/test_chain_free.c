/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Decoder and parser, freed from within what they feed: they hear it, and nothing more comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/decode.h>
#include <provision/profile.h>

#include "dials.h"

/* A decoder or a parser, and whoever gets what it makes; it is freed at the chance that is hit. */
struct chain {
    struct fault_alloc memory;
    struct dial *dial;
    bool is_freed;
    prov_decoder *decoder;
    prov_profile_parser *parser;
};

static void chance(struct chain *chain)
{
    if (chain->is_freed)
        test_die("called by what was freed");
    if (!dial_tick(chain->dial))
        return;
    chain->is_freed = true;
    prov_decoder_free(chain->decoder); /* one of the two is NULL */
    prov_profile_parser_free(chain->parser);
}

static prov_status on_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)param;
    (void)err;
    chance(ctx);
    return PROV_OK;
}

static void on_warning(void *ctx, uint32_t kind, prov_str name, uint32_t line)
{
    (void)kind;
    (void)name;
    (void)line;
    chance(ctx);
}

static prov_status on_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)len;
    (void)err;
    chance(ctx);
    return PROV_OK;
}

static prov_status on_end(void *ctx, struct prov_error *err)
{
    (void)err;
    chance(ctx);
    return PROV_OK;
}

/* Both ends of a sink's life: what comes first, and how the end is reported. */
static prov_status run(struct chain *chain, const struct prov_sink *sink, const char *text)
{
    struct prov_error err = {0};
    prov_status status = PROV_OK;
    for (size_t i = 0; text[i] && status == PROV_OK; i++)
        status = sink->write(sink->ctx, text + i, 1, &err);
    if (status == PROV_OK)
        status = sink->finish(sink->ctx, &err);
    assert_int_equal(status, err.status);
    assert_true(!chain->is_freed || status == PROV_E_CANCELLED);
    return status;
}

static void free_parser(void *ctx, struct dial *dial)
{
    struct chain chain = {.dial = dial};
    fault_alloc_init(&chain.memory, NULL);
    const struct prov_profile_options options = {.size = sizeof options,
                                                 .alloc = &chain.memory.alloc};
    const struct prov_profile_handler handler = {
        .param = on_param, .warning = on_warning, .ctx = &chain};
    assert_int_equal(prov_profile_parser_new(&chain.parser, &options, &handler, NULL), PROV_OK);
    const struct prov_sink sink = prov_profile_parser_sink(chain.parser);
    run(&chain, &sink, ctx);
    if (!chain.is_freed)
        prov_profile_parser_free(chain.parser);
    fault_alloc_assert_empty(&chain.memory);
}

static void test_parser_may_be_freed_from_its_handler(void **state)
{
    (void)state;
    char text[] = "<flat-profile><GPP_A>1</GPP_A><GPP_B ua=\"x\">2</GPP_B></flat-profile>";
    assert_true(dial_run("calls of a parser", free_parser, text) >= 3);
    char empty[] = "<flat-profile/>"; /* its warning comes with the end */
    assert_int_equal(dial_run("calls for an empty profile", free_parser, empty), 1);
}

static void free_decoder(void *ctx, struct dial *dial)
{
    struct chain chain = {.dial = dial};
    fault_alloc_init(&chain.memory, NULL);
    const struct prov_decode_options options = {.size = sizeof options,
                                                .alloc = &chain.memory.alloc};
    const struct prov_sink next = {.write = on_bytes, .finish = on_end, .ctx = &chain};
    assert_int_equal(prov_decoder_new(&chain.decoder, &options, next, NULL), PROV_OK);
    const struct prov_sink sink = prov_decoder_sink(chain.decoder);
    run(&chain, &sink, ctx);
    if (!chain.is_freed)
        prov_decoder_free(chain.decoder);
    fault_alloc_assert_empty(&chain.memory);
}

static void test_decoder_may_be_freed_from_its_sink(void **state)
{
    (void)state;
    char text[] = "<flat-profile/>";
    assert_true(dial_run("calls of a decoder", free_decoder, text) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parser_may_be_freed_from_its_handler),
        cmocka_unit_test(test_decoder_may_be_freed_from_its_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
