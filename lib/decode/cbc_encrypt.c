/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"

enum { HEAD_BYTES = PROVI_SALTED_BYTES + PROVI_CBC_SALT_BYTES };

struct cbc_stage {
    struct provi_decode_stage stage;
    EVP_CIPHER_CTX *cipher;
    bool is_head_written;
    uint8_t head[HEAD_BYTES];
    uint8_t out[PROVI_PIECE_BYTES + PROVI_CBC_BLOCK_BYTES];
};

static prov_status write_head(struct cbc_stage *self, struct prov_error *err)
{
    if (self->is_head_written)
        return PROV_OK;
    self->is_head_written = true;
    return provi_decode_stage_pass(&self->stage, self->head, HEAD_BYTES, err);
}

static prov_status cbc_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                             struct prov_error *err)
{
    struct cbc_stage *self = (struct cbc_stage *)stage;
    prov_status status = write_head(self, err);
    while (status == PROV_OK && len > 0) {
        int piece = len < PROVI_PIECE_BYTES ? (int)len : PROVI_PIECE_BYTES;
        int n = 0;
        if (EVP_EncryptUpdate(self->cipher, self->out, &n, data, piece) != 1)
            return provi_ssl_fail(err, "AES-256-CBC");
        status = provi_decode_stage_pass(&self->stage, self->out, (size_t)n, err);
        data += piece;
        len -= (size_t)piece;
    }
    return status;
}

static prov_status cbc_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct cbc_stage *self = (struct cbc_stage *)stage;
    prov_status status = write_head(self, err);
    int n = 0;
    if (status != PROV_OK)
        return status;
    if (EVP_EncryptFinal_ex(self->cipher, self->out, &n) != 1)
        return provi_ssl_fail(err, "AES-256-CBC");
    return provi_decode_stage_pass(&self->stage, self->out, (size_t)n, err);
}

static void cbc_clear(struct provi_decode_stage *stage)
{
    EVP_CIPHER_CTX_free(((struct cbc_stage *)stage)->cipher);
}

static const struct provi_decode_stage_ops cbc_ops = {
    .write = cbc_write,
    .end = cbc_end,
    .clear = cbc_clear,
};

prov_status provi_cbc_encrypt_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                                  const struct provi_cbc_key *key,
                                  const uint8_t salt[PROVI_CBC_SALT_BYTES], struct prov_sink next,
                                  struct prov_error *err)
{
    *out = NULL;
    struct cbc_stage *self = provi_decode_stage_new(alloc, sizeof *self, &cbc_ops, next);
    if (!self)
        return provi_fail_nomem(err);
    memcpy(self->head, provi_salted, PROVI_SALTED_BYTES);
    memcpy(self->head + PROVI_SALTED_BYTES, salt, PROVI_CBC_SALT_BYTES);
    self->cipher = EVP_CIPHER_CTX_new();
    if (!self->cipher ||
        EVP_EncryptInit_ex(self->cipher, EVP_aes_256_cbc(), NULL, key->key, key->iv) != 1) {
        provi_decode_stage_free(&self->stage);
        return provi_ssl_fail(err, "AES-256-CBC");
    }
    *out = &self->stage;
    return PROV_OK;
}
