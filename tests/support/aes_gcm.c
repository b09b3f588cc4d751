/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "aes_gcm.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

/* A block is encrypted as nonce, text, tag. `ctx` is the key of 32 bytes. */
enum { NONCE_BYTES = 12, TAG_BYTES = 16 };

static prov_status encrypt(void *ctx, const void *plain, size_t len, void *out, size_t *out_len,
                           struct prov_error *err)
{
    unsigned char *nonce = out, *text = nonce + NONCE_BYTES;
    int n_text = 0, n_rest = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    (void)err;
    int ok = cipher && RAND_bytes(nonce, NONCE_BYTES) == 1 &&
             EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, ctx, nonce) == 1 &&
             EVP_EncryptUpdate(cipher, text, &n_text, plain, (int)len) == 1 &&
             EVP_EncryptFinal_ex(cipher, text + n_text, &n_rest) == 1 &&
             EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, text + len) == 1;
    EVP_CIPHER_CTX_free(cipher);
    *out_len = NONCE_BYTES + len + TAG_BYTES;
    return ok ? PROV_OK : PROV_E_NOMEM;
}

static prov_status decrypt(void *ctx, const void *block, size_t len, void *out, size_t *out_len,
                           struct prov_error *err)
{
    const unsigned char *nonce = block, *text = nonce + NONCE_BYTES;
    int n_text = 0, n_rest = 0;
    (void)err;
    if (len < NONCE_BYTES + TAG_BYTES)
        return PROV_E_KEY;
    *out_len = len - NONCE_BYTES - TAG_BYTES;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int ok = cipher && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, ctx, nonce) == 1 &&
             EVP_DecryptUpdate(cipher, out, &n_text, text, (int)*out_len) == 1 &&
             EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES,
                                 (void *)(uintptr_t)(text + *out_len)) == 1;
    int is_ours = ok && EVP_DecryptFinal_ex(cipher, (unsigned char *)out + n_text, &n_rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return is_ours ? PROV_OK : ok ? PROV_E_KEY : PROV_E_NOMEM;
}

struct prov_store_seal aes_gcm_seal(void *key)
{
    return (struct prov_store_seal){
        .size = sizeof(struct prov_store_seal),
        .ctx = key,
        .growth_bytes = NONCE_BYTES + TAG_BYTES,
        .encrypt = encrypt,
        .decrypt = decrypt,
    };
}
