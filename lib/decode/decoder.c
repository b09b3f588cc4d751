/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/decode.h>

#include <limits.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/str.h"
#include "decode/decode_priv.h"

/*
 * The chain grows from its front: each sniffing stage asks choose_layer() what its file needs, and
 * the stage built then ends in another sniffing stage or in the tally before the caller's sink.
 */
struct prov_decoder {
    struct prov_alloc alloc;
    struct prov_limits limits;
    struct provi_secret key;
    struct provi_secret ikm;
    uint32_t derivations;
    uint32_t policy;
    uint32_t pbkdf2_rounds;
    bool channel_trusted;
    bool is_key_due; /* a `--key` that has not opened anything yet */
    uint32_t n_layers;
    struct provi_decode_stage *stages;
    struct prov_sink first; /* start of the chain */
    struct prov_sink next;  /* the caller's */
    struct prov_decode_result result;
    bool is_busy; /* within write or finish */
    prov_status failed;
    struct prov_error error; /* told again by every later call */
};

/* The end of the chain ----------------------------------------------------------------------- */

/* Nothing past the limit is handed on. */
static prov_status tally_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct prov_decoder *self = ctx;
    uint64_t room = self->limits.max_inflated_bytes - self->result.bytes_out;
    size_t n = len <= room ? len : (size_t)room;
    self->result.bytes_out += n;
    prov_status status = n ? self->next.write(self->next.ctx, data, n, err) : PROV_OK;
    if (status != PROV_OK || n == len)
        return status;
    provi_fail(err, PROV_E_LIMIT, "decoded file exceeds %llu bytes",
               (unsigned long long)self->limits.max_inflated_bytes);
    provi_error_where(err, 0, 0, self->result.bytes_out);
    return PROV_E_LIMIT;
}

static prov_status tally_finish(void *ctx, struct prov_error *err)
{
    struct prov_decoder *self = ctx;
    return self->next.finish(self->next.ctx, err);
}

static struct prov_sink tally_sink(struct prov_decoder *self)
{
    return (struct prov_sink){.write = tally_write, .finish = tally_finish, .ctx = self};
}

/* Layers ------------------------------------------------------------------------------------- */

static prov_status choose_layer(void *ctx, enum provi_found found, struct prov_sink *next,
                                struct prov_error *err);

/* Put a new stage in front of @p sink, which becomes the stage's. */
static void keep_stage(struct prov_decoder *self, struct provi_decode_stage *stage,
                       struct prov_sink *sink)
{
    stage->older = self->stages;
    self->stages = stage;
    *sink = provi_decode_stage_sink(stage);
}

static prov_status add_sniff(struct prov_decoder *self, struct prov_sink *sink,
                             struct prov_error *err)
{
    struct provi_decode_stage *stage;
    prov_status status = provi_sniff_new(&stage, &self->alloc, choose_layer, self, err);
    if (status == PROV_OK)
        keep_stage(self, stage, sink);
    return status;
}

static prov_status count_layer(struct prov_decoder *self, uint32_t encoding, struct prov_error *err)
{
    if (self->n_layers == self->limits.max_encodings)
        return provi_fail(err, PROV_E_LIMIT, "more than %u layers of encoding",
                          (unsigned)self->limits.max_encodings);
    self->n_layers++;
    self->result.encodings |= encoding;
    return PROV_OK;
}

static prov_status add_inflate(struct prov_decoder *self, uint32_t encoding, struct prov_sink *sink,
                               struct prov_error *err)
{
    struct provi_decode_stage *stage;
    prov_status status = count_layer(self, encoding, err);
    if (status == PROV_OK)
        status = provi_inflate_new(&stage, &self->alloc, &self->limits, *sink, err);
    if (status == PROV_OK)
        keep_stage(self, stage, sink);
    return status;
}

static prov_status add_rfc8188(struct prov_decoder *self, struct prov_sink *sink,
                               struct prov_error *err)
{
    struct provi_decode_stage *stage;
    prov_status status = count_layer(self, PROV_ENCODING_RFC8188, err);
    if (status == PROV_OK)
        status = provi_rfc8188_decrypt_new(&stage, &self->alloc, provi_secret_str(&self->ikm),
                                           *sink, err);
    if (status == PROV_OK)
        keep_stage(self, stage, sink);
    return status;
}

static prov_status add_cbc(struct prov_decoder *self, struct prov_sink *sink,
                           struct prov_error *err)
{
    struct provi_cbc_options opt = {
        .key = provi_secret_str(&self->key),
        .derivations = self->derivations,
        .pbkdf2_rounds = self->pbkdf2_rounds,
        .matched = &self->result.derivation,
    };
    struct provi_decode_stage *stage;
    prov_status status = count_layer(self, PROV_ENCODING_AES_CBC, err);
    if (status == PROV_OK)
        status = provi_cbc_decrypt_new(&stage, &self->alloc, &opt, *sink, err);
    if (status != PROV_OK)
        return status;
    self->is_key_due = false;
    keep_stage(self, stage, sink);
    return PROV_OK;
}

static prov_status add_base64(struct prov_decoder *self, struct prov_sink *sink,
                              struct prov_error *err)
{
    struct provi_decode_stage *stage;
    prov_status status = count_layer(self, PROV_ENCODING_BASE64, err);
    if (status == PROV_OK)
        status = provi_base64_new(&stage, &self->alloc, *sink, err);
    if (status == PROV_OK)
        keep_stage(self, stage, sink);
    return status;
}

/* What a file may be ------------------------------------------------------------------------- */

static bool is_encrypted(const struct prov_decoder *self)
{
    return (self->result.encodings & (PROV_ENCODING_AES_CBC | PROV_ENCODING_RFC8188)) != 0;
}

/* The policy about what is left once all encryption is off: gzip or plain text. */
static prov_status check_open(const struct prov_decoder *self, struct prov_error *err)
{
    if (self->channel_trusted || self->result.encodings & PROV_ENCODING_RFC8188)
        return PROV_OK;
    if (self->policy & PROV_DECODE_AUTHENTIC_ONLY)
        return provi_fail(err, PROV_E_POLICY,
                          "nothing authenticates this file: aes128gcm or verified TLS is required");
    if (self->policy & PROV_DECODE_ENCRYPTED_ONLY && !is_encrypted(self))
        return provi_fail(
            err, PROV_E_POLICY,
            "the file is not encrypted: --key, aes128gcm or verified TLS is required");
    return PROV_OK;
}

/* A `--key` rule never accepts plaintext: stripping the encryption off must not work. */
static prov_status choose_encrypted(struct prov_decoder *self, enum provi_found found,
                                    struct prov_sink *next, struct prov_error *err)
{
    if (found == PROVI_FOUND_NOTHING)
        return provi_fail(err, PROV_E_TRUNCATED, "the file is empty, expected an encrypted one");
    if (found != PROVI_FOUND_SALTED && found != PROVI_FOUND_BASE64)
        return provi_fail(err, PROV_E_NOT_ENCRYPTED,
                          "the rule has --key, but the file is plain%s and does not start with "
                          "Salted__",
                          found == PROVI_FOUND_GZIP ? " gzip" : "");
    prov_status status = add_sniff(self, next, err);
    if (status == PROV_OK)
        status = add_cbc(self, next, err);
    if (status == PROV_OK && found == PROVI_FOUND_BASE64)
        status = add_base64(self, next, err);
    return status;
}

static prov_status refuse_encrypted(const struct prov_decoder *self, struct prov_error *err)
{
    if (is_encrypted(self))
        return provi_fail(err, PROV_E_CORRUPT, "the file is encrypted twice");
    return provi_fail(err, PROV_E_NO_KEY,
                      "the file is encrypted by openssl enc, but the rule has no --key");
}

static prov_status choose_layer(void *ctx, enum provi_found found, struct prov_sink *next,
                                struct prov_error *err)
{
    struct prov_decoder *self = ctx;
    if (self->is_key_due)
        return choose_encrypted(self, found, next, err);
    if (found == PROVI_FOUND_SALTED || found == PROVI_FOUND_BASE64)
        return refuse_encrypted(self, err);
    prov_status status = check_open(self, err);
    if (status != PROV_OK)
        return status;
    *next = tally_sink(self);
    if (found != PROVI_FOUND_GZIP)
        return PROV_OK;
    status = add_sniff(self, next, err);
    return status == PROV_OK ? add_inflate(self, PROV_ENCODING_GZIP, next, err) : status;
}

/* Content-Encoding --------------------------------------------------------------------------- */

/* One coding. They are listed in the order applied (RFC 9110, 8.4), so the last is undone first. */
static prov_status add_coding(struct prov_decoder *self, prov_str coding, struct prov_error *err)
{
    if (coding.len == 0 || provi_str_eq_nocase(coding, PROVI_LIT("identity")))
        return PROV_OK;
    if (provi_str_eq_nocase(coding, PROVI_LIT("gzip")) ||
        provi_str_eq_nocase(coding, PROVI_LIT("x-gzip")))
        return add_inflate(self, PROV_ENCODING_HTTP_GZIP, &self->first, err);

    bool is_first_8188 = !(self->result.encodings & PROV_ENCODING_RFC8188);
    if (!provi_str_eq_nocase(coding, PROVI_LIT("aes128gcm")) || !is_first_8188) {
        provi_fail(err, PROV_E_UNSUPPORTED, "content coding is neither gzip nor one aes128gcm");
        provi_error_subject(err, coding);
        return PROV_E_UNSUPPORTED;
    }
    if (self->ikm.len == 0)
        return provi_fail(err, PROV_E_NO_KEY,
                          "the server encrypts by aes128gcm, but no keying material is set");
    self->is_key_due = false; /* whoever has the IKM set wants it used instead of `--key` */
    return add_rfc8188(self, &self->first, err);
}

static prov_status add_codings(struct prov_decoder *self, prov_str list, struct prov_error *err)
{
    prov_str coding;
    prov_status status = add_sniff(self, &self->first, err);
    while (status == PROV_OK && provi_str_split(&list, ',', &coding))
        status = add_coding(self, provi_str_trim(coding), err);
    return status;
}

/* The decoder -------------------------------------------------------------------------------- */

static prov_status check_options(const struct prov_decode_options *opt, struct prov_error *err)
{
    if (opt->key.len > INT_MAX || opt->ikm.len > INT_MAX)
        return provi_fail_invalid(err, "key longer than 2 GiB");
    if (opt->derivations & ~(uint32_t)PROV_DERIVE_ALL)
        return provi_fail_invalid(err, "derivations: unknown bit");
    if (opt->policy & ~(uint32_t)(PROV_DECODE_ENCRYPTED_ONLY | PROV_DECODE_AUTHENTIC_ONLY))
        return provi_fail_invalid(err, "policy: unknown bit");
    if (opt->pbkdf2_rounds > INT_MAX)
        return provi_fail_invalid(err, "pbkdf2_rounds above 2^31");
    return PROV_OK;
}

static prov_status set_up(struct prov_decoder *self, const struct prov_decode_options *opt,
                          struct prov_error *err)
{
    prov_status status = provi_limits_resolve(&self->limits, opt->limits, err);
    if (status != PROV_OK)
        return status;
    self->derivations = opt->derivations ? opt->derivations : PROV_DERIVE_ALL;
    self->policy = opt->policy;
    self->pbkdf2_rounds = opt->pbkdf2_rounds ? opt->pbkdf2_rounds : PROVI_CBC_ROUNDS;
    self->channel_trusted = opt->channel_trusted != 0;
    self->is_key_due = opt->has_key != 0 || opt->key.len > 0;
    if (provi_secret_set(&self->key, &self->alloc, opt->key) != PROV_OK ||
        provi_secret_set(&self->ikm, &self->alloc, opt->ikm) != PROV_OK)
        return provi_fail_nomem(err);
    if (self->is_key_due || self->ikm.len > 0) {
        status = prov_decode_prepare(err);
        if (status != PROV_OK && status != PROV_E_UNSUPPORTED)
            return status; /* without one algorithm the others still do */
    }
    return add_codings(self, opt->content_encoding, err);
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
    if (status == PROV_OK)
        status = check_options(&known, err);
    if (status != PROV_OK)
        return status;

    struct prov_alloc alloc = provi_alloc_or_default(known.alloc);
    struct prov_decoder *self = provi_alloc_zero(&alloc, sizeof *self);
    if (!self)
        return provi_fail_nomem(err);
    self->alloc = alloc;
    self->next = next;
    self->result.size = sizeof self->result;
    status = set_up(self, &known, err);
    if (status != PROV_OK) {
        prov_decoder_free(self);
        return status;
    }
    *out = self;
    return PROV_OK;
}

/* Guard of every call that feeds the chain. */
static prov_status enter(prov_decoder *self, struct prov_error *err)
{
    if (self->is_busy)
        return provi_fail(err, PROV_E_STATE, "decoder fed from its own sink");
    if (self->failed != PROV_OK) {
        provi_error_copy(err, &self->error);
        return self->failed;
    }
    self->is_busy = true;
    return PROV_OK;
}

static prov_status leave(prov_decoder *self, prov_status status, struct prov_error *err)
{
    self->is_busy = false;
    self->failed = status;
    if (status != PROV_OK)
        provi_error_copy(err, &self->error);
    return status;
}

prov_status prov_decoder_write(prov_decoder *decoder, const void *data, size_t len,
                               struct prov_error *err)
{
    if (!decoder || (!data && len > 0))
        return provi_fail_invalid(err, decoder ? "data is NULL" : "decoder is NULL");
    prov_status status = enter(decoder, err);
    if (status != PROV_OK)
        return status;
    decoder->result.bytes_in += len;
    status = decoder->first.write(decoder->first.ctx, data, len, &decoder->error);
    return leave(decoder, status, err);
}

prov_status prov_decoder_finish(prov_decoder *decoder, struct prov_error *err)
{
    if (!decoder)
        return provi_fail_invalid(err, "decoder is NULL");
    prov_status status = enter(decoder, err);
    if (status != PROV_OK)
        return status;
    status = decoder->first.finish(decoder->first.ctx, &decoder->error);
    leave(decoder, status, err);
    if (status == PROV_OK)
        decoder->failed = provi_fail(&decoder->error, PROV_E_STATE, "the file is finished already");
    return status;
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
    return provi_abi_out(out, &decoder->result, sizeof decoder->result);
}

void prov_decoder_free(prov_decoder *decoder)
{
    if (!decoder)
        return;
    provi_decode_stage_free_all(decoder->stages);
    provi_secret_clear(&decoder->key, &decoder->alloc);
    provi_secret_clear(&decoder->ikm, &decoder->alloc);
    struct prov_alloc alloc = decoder->alloc;
    provi_free_secret(&alloc, decoder, sizeof *decoder);
}
