/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <errno.h>
#include <stdatomic.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

/* The calls of this module are valid, so OpenSSL fails only if it lacks the algorithm, which its
 * error queue then shows, or memory, which the queue often does not show. If it shows both, the
 * algorithm could not be loaded for lack of memory. */
prov_status provi_ssl_fail(struct prov_error *err, const char *algorithm)
{
    bool is_unsupported = false, is_poor = false;
    unsigned long last = 0;
    for (unsigned long code; (code = ERR_get_error()) != 0; last = code) {
        is_unsupported |= ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
        is_poor |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    }
    prov_status status =
        is_unsupported && !is_poor
            ? provi_fail(err, PROV_E_UNSUPPORTED, "this OpenSSL has no %s", algorithm)
            : provi_fail_nomem(err);
    provi_error_native(err, PROV_ORIGIN_SSL, (int64_t)last);
    return status;
}

void provi_ssl_forget(void)
{
    ERR_clear_error();
}

/* Lack of memory is a failure; a missing algorithm fails only the files that need it. */
static bool is_failure(prov_status status)
{
    return status != PROV_OK && status != PROV_E_UNSUPPORTED;
}

/* Use a cipher once, so that OpenSSL loads all that it needs for it. */
static prov_status use_cipher(const EVP_CIPHER *cipher, const char *name, struct prov_error *err)
{
    static const uint8_t zeros[32];
    uint8_t out[64];
    int n = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx && EVP_DecryptInit_ex(ctx, cipher, NULL, zeros, zeros) == 1 &&
              EVP_DecryptUpdate(ctx, out, &n, zeros, sizeof zeros) == 1 &&
              EVP_EncryptInit_ex(ctx, cipher, NULL, zeros, zeros) == 1 &&
              EVP_EncryptUpdate(ctx, out, &n, zeros, sizeof zeros) == 1;
    prov_status status = ok ? PROV_OK : provi_ssl_fail(err, name);
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
    /* Builds without MD5 refuse it in many ways, some without an error, so the result is
     * ignored. */
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
    prov_status status = use_cipher(EVP_aes_256_cbc(), "AES-256-CBC", err);
    if (!is_failure(status))
        status = use_cipher(EVP_aes_128_gcm(), "AES-128-GCM", err);
    if (!is_failure(status))
        status = use_derivations(err);
    return status;
}

/*
 * OpenSSL loads its parts once for the process. Two threads that call at the same time both do all
 * of it, which is harmless.
 */
prov_status prov_decode_prepare(struct prov_error *err)
{
    static atomic_bool is_done;
    struct prov_error failed = {.size = sizeof failed};
    prov_status status = PROV_OK;
    if (!atomic_load_explicit(&is_done, memory_order_acquire)) {
        errno = 0;
        status = use_all(&failed);
        /* OpenSSL may report a missing algorithm, or nothing. */
        if (errno == ENOMEM && provi_alloc_errno_tells())
            status = provi_fail_nomem(&failed);
    }
    if (!is_failure(status)) {
        atomic_store_explicit(&is_done, true, memory_order_release);
        status = use_random(&failed);
    }
    if (!is_failure(status))
        return PROV_OK;
    provi_error_copy(err, &failed);
    return status;
}
