/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/decode.h>

#include <limits.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "decode/chain.h"
#include "decode/decode_priv.h"

struct prov_decoder {
    struct provi_chain chain;
    struct provi_decode_front front;
};

static prov_status fail_freed(void *ctx, struct prov_error *err)
{
    (void)ctx;
    return provi_fail(err, PROV_E_CANCELLED, "freed from its own sink");
}

static prov_status refuse_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)len;
    return fail_freed(ctx, err);
}

/* Check the options, and copy them. */
static prov_status set_up_chain(struct provi_chain *chain, const struct prov_decode_options *opt,
                                struct prov_error *err)
{
    if (!provi_str_is_sound(opt->key) || !provi_str_is_sound(opt->ikm) ||
        !provi_str_is_sound(opt->content_encoding))
        return provi_fail_invalid(err, "text without data");
    if (opt->key.len > INT_MAX || opt->ikm.len > INT_MAX)
        return provi_fail_invalid(err, "key longer than 2 GiB");
    if (opt->derivations & ~(uint32_t)PROV_DERIVE_ALL)
        return provi_fail_invalid(err, "derivations: unknown bit");
    if (opt->policy &
        ~(uint32_t)(PROV_DECODE_POLICY_ENCRYPTED_ONLY | PROV_DECODE_POLICY_AUTHENTIC_ONLY))
        return provi_fail_invalid(err, "policy: unknown bit");
    if (opt->pbkdf2_rounds > INT_MAX)
        return provi_fail_invalid(err, "pbkdf2_rounds above 2^31");
    prov_status status = provi_limits_resolve(&chain->limits, opt->limits, err);
    if (status != PROV_OK)
        return status;
    chain->derivations = opt->derivations ? opt->derivations : PROV_DERIVE_ALL;
    chain->policy = opt->policy;
    chain->pbkdf2_rounds = opt->pbkdf2_rounds ? opt->pbkdf2_rounds : PROVI_CBC_ROUNDS;
    chain->is_trusted = opt->is_trusted != 0;
    chain->is_key_due = opt->has_key != 0 || opt->key.len > 0;
    if (provi_secret_set(&chain->key, &chain->alloc, opt->key) != PROV_OK ||
        provi_secret_set(&chain->ikm, &chain->alloc, opt->ikm) != PROV_OK)
        return provi_fail_nomem(err);
    return PROV_OK;
}

prov_status prov_decoder_new(prov_decoder **out, const struct prov_decode_options *opt,
                             struct prov_sink next, struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    if (!next.write || !next.finish)
        return provi_fail_invalid(err, "next lacks write or finish");
    struct prov_decode_options known;
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status != PROV_OK)
        return status;

    struct prov_alloc alloc = provi_alloc_or_default(known.alloc);
    struct prov_decoder *self = provi_alloc_zero(&alloc, sizeof *self);
    if (!self)
        return provi_fail_nomem(err);
    self->chain.alloc = alloc;
    self->chain.next = next;
    self->chain.result.size = sizeof self->chain.result;
    status = set_up_chain(&self->chain, &known, err);
    if (status == PROV_OK)
        status = provi_chain_build(&self->chain, known.content_encoding, &self->front.first, err);
    if (status != PROV_OK) {
        prov_decoder_free(self);
        return status;
    }
    *out = self;
    return PROV_OK;
}

/* End a call. A decoder that was freed from its own sink is released here. */
static prov_status leave(struct prov_decoder *decoder, prov_status status, struct prov_error *err)
{
    if (!decoder->front.is_freed || decoder->front.is_busy)
        return status;
    prov_decoder_free(decoder);
    return fail_freed(NULL, err);
}

prov_status prov_decoder_write(prov_decoder *decoder, const void *data, size_t len,
                               struct prov_error *err)
{
    if (!decoder)
        return provi_fail_invalid(err, "decoder is NULL");
    prov_status status = provi_decode_front_write(&decoder->front, data, len, err);
    if (status == PROV_OK)
        decoder->chain.result.bytes_in += len;
    return leave(decoder, status, err);
}

prov_status prov_decoder_finish(prov_decoder *decoder, struct prov_error *err)
{
    if (!decoder)
        return provi_fail_invalid(err, "decoder is NULL");
    return leave(decoder, provi_decode_front_finish(&decoder->front, err), err);
}

static prov_status sink_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    return prov_decoder_write(ctx, data, len, err);
}

static prov_status sink_finish(void *ctx, struct prov_error *err)
{
    return prov_decoder_finish(ctx, err);
}

struct prov_sink prov_decoder_sink(prov_decoder *decoder)
{
    return (struct prov_sink){.write = sink_write, .finish = sink_finish, .ctx = decoder};
}

prov_status prov_decoder_result(const prov_decoder *decoder, struct prov_decode_result *out)
{
    if (!decoder || !out)
        return PROV_E_INVALID;
    return provi_abi_out(out, &decoder->chain.result, sizeof decoder->chain.result);
}

void prov_decoder_free(prov_decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->front.is_busy) {
        decoder->front.is_freed = true;
        decoder->chain.next = (struct prov_sink){.write = refuse_bytes, .finish = fail_freed};
        return;
    }
    struct provi_chain *chain = &decoder->chain;
    struct prov_alloc alloc = chain->alloc;
    provi_decode_stage_free_all(chain->stages);
    provi_secret_clear(&chain->key, &alloc);
    provi_secret_clear(&chain->ikm, &alloc);
    provi_free_secret(&alloc, decoder, sizeof *decoder);
}
