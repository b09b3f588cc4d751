/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/error.h"

enum { MAX_HEAD_BYTES = PROVI_8188_HEAD_BYTES + PROVI_8188_KEY_ID_BYTES };

struct rfc8188_stage {
    struct provi_decode_stage stage;
    EVP_CIPHER_CTX *cipher;
    uint8_t nonce[PROVI_8188_NONCE_BYTES];
    uint64_t n_records;
    size_t n_head; /* 0: it was written */
    uint8_t head[MAX_HEAD_BYTES];
    size_t record_size;
    size_t n_data; /* <= record_size less delimiter and tag */
    uint8_t *record;
};

/* Encrypt @p n_data bytes of the record in place and append the tag. */
static bool encrypt_record(struct rfc8188_stage *self, int n_data)
{
    uint8_t nonce[PROVI_8188_NONCE_BYTES];
    int n = 0;
    provi_8188_nonce(nonce, self->nonce, self->n_records);
    return EVP_EncryptInit_ex(self->cipher, NULL, NULL, NULL, nonce) == 1 &&
           EVP_EncryptUpdate(self->cipher, self->record, &n, self->record, n_data) == 1 &&
           EVP_EncryptFinal_ex(self->cipher, self->record + n_data, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(self->cipher, EVP_CTRL_GCM_GET_TAG, PROVI_8188_TAG_BYTES,
                               self->record + n_data) == 1;
}

/* Complete and pass on the present record. The key is set once; each record has another nonce. */
static prov_status write_record(struct rfc8188_stage *self, uint8_t delimiter,
                                struct prov_error *err)
{
    size_t n_data = self->n_data + 1;
    size_t n_head = self->n_head;
    self->record[self->n_data] = delimiter;
    prov_status status =
        encrypt_record(self, (int)n_data) ? PROV_OK : provi_ssl_fail(err, "AES-128-GCM");
    if (status == PROV_OK)
        status = provi_decode_stage_pass(&self->stage, self->head, n_head, err);
    if (status != PROV_OK)
        return status;
    self->n_head = 0;
    self->n_records++;
    self->n_data = 0;
    return provi_decode_stage_pass(&self->stage, self->record, n_data + PROVI_8188_TAG_BYTES, err);
}

/* A full record is written once one more byte shows that it is not the last. */
static prov_status rfc8188_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                                 struct prov_error *err)
{
    struct rfc8188_stage *self = (struct rfc8188_stage *)stage;
    size_t max_data = self->record_size - PROVI_8188_TAG_BYTES - 1;
    while (len > 0) {
        prov_status status =
            self->n_data == max_data ? write_record(self, PROVI_8188_MORE, err) : PROV_OK;
        if (status != PROV_OK)
            return status;
        size_t room = max_data - self->n_data;
        size_t n = len < room ? len : room;
        memcpy(self->record + self->n_data, data, n);
        self->n_data += n;
        data += n;
        len -= n;
    }
    return PROV_OK;
}

static prov_status rfc8188_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    return write_record((struct rfc8188_stage *)stage, PROVI_8188_LAST, err);
}

static void rfc8188_clear(struct provi_decode_stage *stage)
{
    struct rfc8188_stage *self = (struct rfc8188_stage *)stage;
    EVP_CIPHER_CTX_free(self->cipher);
    provi_free_secret(&stage->alloc, self->record, self->record_size);
}

static const struct provi_decode_stage_ops rfc8188_ops = {
    .write = rfc8188_write,
    .end = rfc8188_end,
    .clear = rfc8188_clear,
};

static void make_head(struct rfc8188_stage *self, const struct provi_8188_options *opt)
{
    uint8_t *to = self->head;
    memcpy(to, opt->salt, PROVI_8188_SALT_BYTES);
    to += PROVI_8188_SALT_BYTES;
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (uint8_t)(opt->record_size >> shift);
    *to++ = (uint8_t)opt->key_id.len;
    if (opt->key_id.len > 0)
        memcpy(to, opt->key_id.data, opt->key_id.len);
    self->n_head = PROVI_8188_HEAD_BYTES + opt->key_id.len;
}

static prov_status set_key(struct rfc8188_stage *self, const struct provi_8188_options *opt,
                           struct prov_error *err)
{
    struct provi_8188_key key;
    prov_status status = provi_8188_derive(&key, opt->ikm, opt->salt, err);
    if (status != PROV_OK)
        return status;
    self->cipher = EVP_CIPHER_CTX_new();
    bool ok = self->cipher &&
              EVP_EncryptInit_ex(self->cipher, EVP_aes_128_gcm(), NULL, key.key, NULL) == 1;
    if (!ok)
        status = provi_ssl_fail(err, "AES-128-GCM");
    memcpy(self->nonce, key.nonce, sizeof self->nonce);
    provi_wipe(&key, sizeof key);
    return status;
}

prov_status provi_rfc8188_encrypt_new(struct provi_decode_stage **out,
                                      const struct prov_alloc *alloc,
                                      const struct provi_8188_options *opt, struct prov_sink next,
                                      struct prov_error *err)
{
    *out = NULL;
    struct rfc8188_stage *self = provi_decode_stage_new(alloc, sizeof *self, &rfc8188_ops, next);
    if (!self)
        return provi_fail_nomem(err);
    make_head(self, opt);
    self->record_size = opt->record_size;
    self->record = provi_alloc(alloc, opt->record_size);
    prov_status status = self->record ? set_key(self, opt, err) : provi_fail_nomem(err);
    if (status != PROV_OK) {
        provi_decode_stage_free(&self->stage);
        return status;
    }
    *out = &self->stage;
    return PROV_OK;
}
