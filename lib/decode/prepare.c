/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

/* Use a cipher once, which is what makes OpenSSL load all it needs for it. */
static bool use_cipher(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher)
{
    static const uint8_t zeros[32];
    uint8_t out[64];
    int n = 0;
    return EVP_DecryptInit_ex(ctx, cipher, NULL, zeros, zeros) == 1 &&
           EVP_DecryptUpdate(ctx, out, &n, zeros, sizeof zeros) == 1 &&
           EVP_EncryptInit_ex(ctx, cipher, NULL, zeros, zeros) == 1 &&
           EVP_EncryptUpdate(ctx, out, &n, zeros, sizeof zeros) == 1;
}

static prov_status use_ciphers(struct prov_error *err)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx && use_cipher(ctx, EVP_aes_256_cbc()) && EVP_CIPHER_CTX_reset(ctx) == 1 &&
              use_cipher(ctx, EVP_aes_128_gcm());
    EVP_CIPHER_CTX_free(ctx);
    return ok ? PROV_OK : provi_ssl_fail(err, "AES-256-CBC or AES-128-GCM");
}

static prov_status use_derivations(struct prov_error *err)
{
    static const uint8_t salt[PROVI_8188_SALT_BYTES];
    struct provi_cbc_key key;
    struct provi_8188_key key_8188;
    prov_status status = provi_8188_derive(&key_8188, PROVI_LIT("x"), salt, err);
    for (uint32_t how = 1; how <= PROV_DERIVE_ALL && status == PROV_OK; how <<= 1)
        status = provi_cbc_derive(&key, how, PROVI_LIT("x"), salt, 1, err);
    return status;
}

static prov_status use_random(struct prov_error *err)
{
    uint8_t byte;
    return RAND_bytes(&byte, 1) == 1 ? PROV_OK : provi_ssl_fail(err, "random numbers");
}

prov_status prov_decode_prepare(struct prov_error *err)
{
    prov_status status = use_ciphers(err);
    if (status == PROV_OK)
        status = use_derivations(err);
    if (status == PROV_OK)
        status = use_random(err);
    return status;
}
