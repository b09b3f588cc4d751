/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/array.h"
#include "base/error.h"
#include "base/secret.h"

enum {
    HEAD_BYTES = PROVI_SALTED_BYTES + PROVI_CBC_SALT_BYTES,
    FIRST_BYTES = HEAD_BYTES + PROVI_CBC_BLOCK_BYTES,
};

struct cbc_stage {
    struct provi_decode_stage stage;
    struct provi_cbc_options opt;
    EVP_CIPHER_CTX *cipher;
    uint64_t n_in;
    uint8_t first[FIRST_BYTES]; /* mark, salt and first block; n_in says how much is there */
    uint8_t out[PROVI_PIECE_BYTES + PROVI_CBC_BLOCK_BYTES];
};

static prov_status fail(const struct cbc_stage *self, prov_status status, struct prov_error *err,
                        const char *message)
{
    provi_fail(err, status, "AES-256-CBC: %s", message);
    provi_error_where(err, 0, 0, self->n_in);
    return status;
}

/* The derivation ----------------------------------------------------------------------------- */

/* From the first block on, with this key. */
static prov_status start_cipher(struct cbc_stage *self, const struct provi_cbc_key *key,
                                bool is_padded, struct prov_error *err)
{
    if (EVP_DecryptInit_ex(self->cipher, NULL, NULL, key->key, key->iv) != 1 ||
        EVP_CIPHER_CTX_set_padding(self->cipher, is_padded) != 1)
        return provi_ssl_fail(err, "AES-256-CBC");
    return PROV_OK;
}

/* Decrypt the first block alone and look at it. */
static prov_status try_key(struct cbc_stage *self, const struct provi_cbc_key *key, bool *fits,
                           struct prov_error *err)
{
    uint8_t block[2 * PROVI_CBC_BLOCK_BYTES] = {0};
    int n = 0;
    prov_status status = start_cipher(self, key, false, err);
    if (status == PROV_OK && EVP_DecryptUpdate(self->cipher, block, &n, self->first + HEAD_BYTES,
                                               PROVI_CBC_BLOCK_BYTES) != 1)
        status = provi_ssl_fail(err, "AES-256-CBC");
    *fits = status == PROV_OK && provi_sniff_plaintext(block);
    provi_wipe(block, sizeof block);
    return status;
}

/* One derivation: if it fits, the cipher is ready to decrypt from the first block on. */
static prov_status try_derivation(struct cbc_stage *self, uint32_t how, bool *fits,
                                  struct prov_error *err)
{
    struct provi_cbc_key key;
    *fits = false;
    prov_status status = provi_cbc_derive(
        &key, how, self->opt.key, self->first + PROVI_SALTED_BYTES, self->opt.pbkdf2_rounds, err);
    if (status == PROV_OK)
        status = try_key(self, &key, fits, err);
    if (*fits)
        status = start_cipher(self, &key, true, err);
    provi_wipe(&key, sizeof key);
    return status;
}

/*
 * Set *found to the first fitting derivation of @p among; 0: none. One that this OpenSSL lacks is
 * passed over, and told if no other fits.
 */
static prov_status find_derivation(struct cbc_stage *self, uint32_t among, uint32_t *found,
                                   struct prov_error *err)
{
    static const uint32_t order[] = {PROV_DERIVE_SHA256, PROV_DERIVE_MD5, PROV_DERIVE_PBKDF2};
    prov_status passed_over = PROV_OK;
    *found = 0;
    for (size_t i = 0; i < PROVI_LEN(order); i++) {
        if (!(among & order[i]))
            continue;
        bool fits;
        prov_status status = try_derivation(self, order[i], &fits, err);
        if (fits || (status != PROV_OK && status != PROV_E_UNSUPPORTED)) {
            *found = fits ? order[i] : 0;
            return status;
        }
        if (status != PROV_OK)
            passed_over = status;
    }
    return passed_over;
}

/* A key that fits by a derivation the host forbids: say so, it is not the key that is wrong. */
static prov_status refuse_derivation(struct cbc_stage *self, struct prov_error *err)
{
    uint32_t found;
    uint32_t forbidden = PROV_DERIVE_ALL & ~self->opt.derivations;
    prov_status status = find_derivation(self, forbidden, &found, err);
    if (status != PROV_OK && status != PROV_E_UNSUPPORTED)
        return status;
    if (found == 0)
        return fail(self, PROV_E_KEY, err, "this key does not open the file to XML or gzip");
    provi_fail(err, PROV_E_POLICY, "AES-256-CBC: the host forbids keys derived by %s",
               provi_cbc_derivation_name(found));
    provi_error_where(err, 0, 0, self->n_in);
    return PROV_E_POLICY;
}

static prov_status open_file(struct cbc_stage *self, struct prov_error *err)
{
    if (memcmp(self->first, provi_salted, PROVI_SALTED_BYTES) != 0)
        return fail(self, PROV_E_CORRUPT, err, "the file does not start with Salted__");
    prov_status status = find_derivation(self, self->opt.derivations, self->opt.matched, err);
    if (status != PROV_OK || *self->opt.matched != 0)
        return status;
    return refuse_derivation(self, err);
}

/* The stage ---------------------------------------------------------------------------------- */

static prov_status decrypt(struct cbc_stage *self, const uint8_t *data, size_t len,
                           struct prov_error *err)
{
    while (len > 0) {
        int piece = len < PROVI_PIECE_BYTES ? (int)len : PROVI_PIECE_BYTES;
        int n = 0;
        if (EVP_DecryptUpdate(self->cipher, self->out, &n, data, piece) != 1)
            return provi_ssl_fail(err, "AES-256-CBC");
        prov_status status = provi_decode_stage_pass(&self->stage, self->out, (size_t)n, err);
        if (status != PROV_OK)
            return status;
        data += piece;
        len -= (size_t)piece;
    }
    return PROV_OK;
}

static prov_status cbc_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                             struct prov_error *err)
{
    struct cbc_stage *self = (struct cbc_stage *)stage;
    if (self->n_in >= FIRST_BYTES) {
        self->n_in += len;
        return decrypt(self, data, len, err);
    }
    size_t missing = (size_t)(FIRST_BYTES - self->n_in);
    size_t n = len < missing ? len : missing;
    memcpy(self->first + self->n_in, data, n);
    self->n_in += n;
    if (n < missing)
        return PROV_OK;

    prov_status status = open_file(self, err);
    if (status == PROV_OK)
        status = decrypt(self, self->first + HEAD_BYTES, PROVI_CBC_BLOCK_BYTES, err);
    self->n_in += len - n;
    return status == PROV_OK ? decrypt(self, data + n, len - n, err) : status;
}

static prov_status cbc_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct cbc_stage *self = (struct cbc_stage *)stage;
    if (self->n_in < FIRST_BYTES)
        return fail(self, PROV_E_TRUNCATED, err, "the file stops before its first block");
    if (self->n_in % PROVI_CBC_BLOCK_BYTES != 0)
        return fail(self, PROV_E_TRUNCATED, err, "the file stops inside a block");
    /* OpenSSL looks at every byte of the padding. */
    int n = 0;
    if (EVP_DecryptFinal_ex(self->cipher, self->out, &n) == 1)
        return provi_decode_stage_pass(&self->stage, self->out, (size_t)n, err);
    provi_ssl_forget();
    return fail(self, PROV_E_CORRUPT, err, "the end is damaged or cut off: wrong padding");
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

static prov_status new_cipher(struct cbc_stage *self, struct prov_error *err)
{
    self->cipher = EVP_CIPHER_CTX_new();
    bool ok =
        self->cipher && EVP_DecryptInit_ex(self->cipher, EVP_aes_256_cbc(), NULL, NULL, NULL) == 1;
    return ok ? PROV_OK : provi_ssl_fail(err, "AES-256-CBC");
}

prov_status provi_cbc_decrypt_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                                  const struct provi_cbc_options *opt, struct prov_sink next,
                                  struct prov_error *err)
{
    *out = NULL;
    struct cbc_stage *self = provi_decode_stage_new(alloc, sizeof *self, &cbc_ops, next);
    if (!self)
        return provi_fail_nomem(err);
    self->opt = *opt;
    prov_status status = new_cipher(self, err);
    if (status != PROV_OK) {
        provi_decode_stage_free(&self->stage);
        return status;
    }
    *out = &self->stage;
    return PROV_OK;
}
