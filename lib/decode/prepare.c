/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <stdatomic.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/error.h"
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

/* Want of memory is a failure; want of an algorithm is one only of the files that need it. */
static bool is_failure(prov_status status)
{
    return status != PROV_OK && status != PROV_E_UNSUPPORTED;
}

static prov_status use_one(const EVP_CIPHER *cipher, const char *name, struct prov_error *err)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    prov_status status = ctx && use_cipher(ctx, cipher) ? PROV_OK : provi_ssl_fail(err, name);
    EVP_CIPHER_CTX_free(ctx);
    return status;
}

static prov_status use_derivations(struct prov_error *err)
{
    static const uint8_t salt[PROVI_8188_SALT_BYTES];
    struct provi_cbc_key key;
    struct provi_8188_key key_8188;
    prov_status status = provi_8188_derive(&key_8188, PROVI_LIT("x"), salt, err);
    if (!is_failure(status))
        status = provi_cbc_derive(&key, PROV_DERIVE_SHA256, PROVI_LIT("x"), salt, 1, err);
    if (!is_failure(status))
        status = provi_cbc_derive(&key, PROV_DERIVE_PBKDF2, PROVI_LIT("x"), salt, 1, err);
    /* Builds without MD5 refuse it in many ways, also without a word: nothing can be concluded. */
    provi_cbc_derive(&key, PROV_DERIVE_MD5, PROVI_LIT("x"), salt, 1, NULL);
    return status;
}

/* OpenSSL has a generator for each thread. */
static prov_status use_random(struct prov_error *err)
{
    static _Thread_local bool is_done;
    uint8_t byte;
    if (!is_done && RAND_bytes(&byte, 1) != 1)
        return provi_ssl_fail(err, "random numbers");
    is_done = true;
    return PROV_OK;
}

static prov_status use_all(struct prov_error *err)
{
    prov_status status = use_one(EVP_aes_256_cbc(), "AES-256-CBC", err);
    if (!is_failure(status))
        status = use_one(EVP_aes_128_gcm(), "AES-128-GCM", err);
    if (!is_failure(status))
        status = use_derivations(err);
    return status;
}

/*
 * What OpenSSL loads, it keeps for the process. Two threads that come at once both do all of it,
 * which does no harm.
 */
prov_status prov_decode_prepare(struct prov_error *err)
{
    static atomic_bool is_done;
    struct prov_error failed = {.size = sizeof failed};
    prov_status status = PROV_OK;
    if (!atomic_load_explicit(&is_done, memory_order_acquire))
        status = use_all(&failed);
    if (!is_failure(status)) {
        atomic_store_explicit(&is_done, true, memory_order_release);
        status = use_random(&failed);
    }
    if (!is_failure(status))
        return PROV_OK;
    provi_error_copy(err, &failed);
    return status;
}
