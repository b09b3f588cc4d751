/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The first use of OpenSSL in a process. It loads the algorithms of a kind all at once, and never
 * again: those for which memory failed are missing until the process ends, and HTTPS fails with
 * errors that suggest a fault of the server. So load every kind that a handshake needs before there
 * is a connection, and check that memory sufficed.
 */
#include "tls/tls.h"

#include <errno.h>
#include <stdatomic.h>

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "base/error.h"

#define LOAD(kind, name) kind##_free(kind##_fetch(NULL, name, NULL))

/* Of each kind, any algorithm; builds without that one load the others, too. OpenSSL often does not
 * report that memory failed, but malloc() sets errno. */
static bool load_kinds(void)
{
    errno = 0;
    LOAD(EVP_MD, "SHA256");
    LOAD(EVP_CIPHER, "AES-128-GCM");
    LOAD(EVP_MAC, "HMAC");
    LOAD(EVP_KDF, "HKDF");
    LOAD(EVP_RAND, "CTR-DRBG");
    LOAD(EVP_KEYMGMT, "EC");
    LOAD(EVP_KEYEXCH, "ECDH");
    LOAD(EVP_SIGNATURE, "ECDSA");
    LOAD(OSSL_DECODER, "EC");
    bool is_poor = errno == ENOMEM;
    return provi_tls_take_errors(PROV_OK) == PROV_OK && !is_poor;
}

static prov_status use_context(struct prov_error *err)
{
    unsigned char byte;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool is_ok = context && RAND_bytes(&byte, 1) == 1;
    SSL_CTX_free(context);
    unsigned long code = ERR_peek_error();
    const char *words = ERR_reason_error_string(code);
    prov_status status = provi_tls_take_errors(is_ok ? PROV_OK : PROV_E_UNSUPPORTED);
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    if (status != PROV_OK) {
        provi_fail(err, status, "OpenSSL cannot start: %s", words ? words : "no reason given");
        provi_error_native(err, PROV_ORIGIN_SSL, (int64_t)code);
    }
    return status;
}

prov_status provi_tls_use_first(struct prov_error *err)
{
    enum { NOT_YET, DONE, FAILED };
    static atomic_int state;
    int known = atomic_load_explicit(&state, memory_order_acquire);
    if (known == DONE)
        return PROV_OK;
    prov_status status = PROV_E_NOMEM;
    if (known == FAILED || !load_kinds()) {
        known = FAILED;
        provi_fail(err, status, "out of memory at the first use of OpenSSL: restart the process");
    } else {
        status = use_context(err);
        known = status == PROV_OK ? DONE : NOT_YET;
    }
    atomic_store_explicit(&state, known, memory_order_release);
    return status;
}
