/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/decode.h>

#include <limits.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "decode/decode_priv.h"

enum { DEFAULT_RECORD_BYTES = 4096 };

struct prov_encoder {
    struct prov_alloc alloc;
    struct provi_decode_stage *stages;
    struct provi_decode_front front;
};

static prov_status check_keys(const struct prov_encode_options *opt, size_t salt_bytes,
                              struct prov_error *err)
{
    prov_str secret = opt->encodings & PROV_ENCODING_AES_CBC ? opt->key : opt->ikm;
    if (secret.len == 0)
        return provi_fail(err, PROV_E_NO_KEY, "expected a %s for the encryption, found none",
                          opt->encodings & PROV_ENCODING_AES_CBC ? "key" : "ikm");
    if (secret.len > INT_MAX)
        return provi_fail_invalid(err, "key longer than 2 GiB");
    if (opt->salt.len != 0 && opt->salt.len != salt_bytes)
        return provi_fail_invalid(err, "salt of another length than 8 (AES-CBC) or 16 (RFC 8188)");
    return PROV_OK;
}

static prov_status check_cbc(const struct prov_encode_options *opt, struct prov_error *err)
{
    uint32_t how = opt->derivation;
    if ((how & (how - 1)) != 0 || how & ~(uint32_t)PROV_DERIVE_ALL)
        return provi_fail_invalid(err, "derivation is not one PROV_DERIVE_ value");
    if (opt->pbkdf2_rounds > INT_MAX)
        return provi_fail_invalid(err, "pbkdf2_rounds above 2^31");
    return check_keys(opt, PROVI_CBC_SALT_BYTES, err);
}

static prov_status check_8188(const struct prov_encode_options *opt, struct prov_error *err)
{
    if (opt->record_size != 0 &&
        (opt->record_size < PROVI_8188_MIN_RECORD || opt->record_size > PROVI_8188_MAX_RECORD))
        return provi_fail_invalid(err, "record_size is not within 18 to 65536");
    if (opt->key_id.len > PROVI_8188_KEY_ID_BYTES)
        return provi_fail_invalid(err, "key_id above 255 bytes");
    return check_keys(opt, PROVI_8188_SALT_BYTES, err);
}

static prov_status check_options(const struct prov_encode_options *opt, struct prov_error *err)
{
    if (!provi_str_is_sound(opt->key) || !provi_str_is_sound(opt->ikm) ||
        !provi_str_is_sound(opt->key_id) || !provi_str_is_sound(opt->salt))
        return provi_fail_invalid(err, "text without data");
    switch (opt->encodings & ~(uint32_t)PROV_ENCODING_GZIP) {
    case 0: return PROV_OK;
    case PROV_ENCODING_AES_CBC: return check_cbc(opt, err);
    case PROV_ENCODING_RFC8188: return check_8188(opt, err);
    default: return provi_fail_invalid(err, "encodings that cannot be written, or not together");
    }
}

static prov_status choose_salt(prov_str given, uint8_t *salt, size_t len, struct prov_error *err)
{
    if (given.len > 0) {
        memcpy(salt, given.data, len);
        return PROV_OK;
    }
    return RAND_bytes(salt, (int)len) == 1 ? PROV_OK : provi_ssl_fail(err, "random numbers");
}

static prov_status new_cbc(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                           const struct prov_encode_options *opt, struct prov_sink next,
                           struct prov_error *err)
{
    uint8_t salt[PROVI_CBC_SALT_BYTES];
    struct provi_cbc_key key;
    uint32_t how = opt->derivation ? opt->derivation : PROV_DERIVE_SHA256;
    uint32_t rounds = opt->pbkdf2_rounds ? opt->pbkdf2_rounds : PROVI_CBC_ROUNDS;
    prov_status status = choose_salt(opt->salt, salt, sizeof salt, err);
    if (status == PROV_OK)
        status = provi_cbc_derive(&key, how, opt->key, salt, rounds, err);
    if (status == PROV_OK)
        status = provi_cbc_encrypt_new(out, alloc, &key, salt, next, err);
    provi_wipe(&key, sizeof key);
    return status;
}

static prov_status new_8188(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                            const struct prov_encode_options *opt, struct prov_sink next,
                            struct prov_error *err)
{
    struct provi_8188_options how = {
        .ikm = opt->ikm,
        .key_id = opt->key_id,
        .record_size = opt->record_size ? opt->record_size : DEFAULT_RECORD_BYTES,
    };
    prov_status status = choose_salt(opt->salt, how.salt, sizeof how.salt, err);
    return status == PROV_OK ? provi_rfc8188_encrypt_new(out, alloc, &how, next, err) : status;
}

/* Data is compressed, then encrypted. The stages are created from last to first. */
static prov_status build(struct prov_encoder *self, const struct prov_encode_options *opt,
                         struct prov_error *err)
{
    struct provi_decode_stage *stage = NULL;
    prov_status status = PROV_OK;
    if (opt->encodings & PROV_ENCODING_AES_CBC)
        status = new_cbc(&stage, &self->alloc, opt, self->front.first, err);
    else if (opt->encodings & PROV_ENCODING_RFC8188)
        status = new_8188(&stage, &self->alloc, opt, self->front.first, err);
    if (status != PROV_OK)
        return status;
    if (stage)
        self->front.first = provi_decode_stage_push(&self->stages, stage);
    if (!(opt->encodings & PROV_ENCODING_GZIP))
        return PROV_OK;
    status = provi_deflate_new(&stage, &self->alloc, self->front.first, err);
    if (status == PROV_OK)
        self->front.first = provi_decode_stage_push(&self->stages, stage);
    return status;
}

prov_status prov_encoder_new(prov_encoder **out, const struct prov_encode_options *opt,
                             struct prov_sink next, struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    if (!next.write || !next.finish)
        return provi_fail_invalid(err, "next lacks write or finish");
    struct prov_encode_options known;
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status == PROV_OK)
        status = check_options(&known, err);
    if (status != PROV_OK)
        return status;

    struct prov_alloc alloc = provi_alloc_or_default(known.alloc);
    struct prov_encoder *self = provi_alloc_zero(&alloc, sizeof *self);
    if (!self)
        return provi_fail_nomem(err);
    self->alloc = alloc;
    self->front.first = next;
    status = build(self, &known, err);
    if (status != PROV_OK) {
        prov_encoder_free(self);
        return status;
    }
    *out = self;
    return PROV_OK;
}

prov_status prov_encoder_write(prov_encoder *encoder, const void *data, size_t len,
                               struct prov_error *err)
{
    if (!encoder)
        return provi_fail_invalid(err, "encoder is NULL");
    return provi_decode_front_write(&encoder->front, data, len, err);
}

prov_status prov_encoder_finish(prov_encoder *encoder, struct prov_error *err)
{
    if (!encoder)
        return provi_fail_invalid(err, "encoder is NULL");
    return provi_decode_front_finish(&encoder->front, err);
}

static prov_status sink_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    return prov_encoder_write(ctx, data, len, err);
}

static prov_status sink_finish(void *ctx, struct prov_error *err)
{
    return prov_encoder_finish(ctx, err);
}

struct prov_sink prov_encoder_sink(prov_encoder *encoder)
{
    return (struct prov_sink){.write = sink_write, .finish = sink_finish, .ctx = encoder};
}

void prov_encoder_free(prov_encoder *encoder)
{
    if (!encoder)
        return;
    struct prov_alloc alloc = encoder->alloc;
    provi_decode_stage_free_all(encoder->stages);
    provi_free(&alloc, encoder, sizeof *encoder);
}
