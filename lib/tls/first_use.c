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

#include "base/alloc.h"
#include "base/error.h"

#define LOAD(kind, name) kind##_free(kind##_fetch(NULL, name, NULL))

/* A context and random numbers load the other kinds. Of each kind, any algorithm: builds without
 * that one load the others, too. */
static prov_status load_kinds(struct prov_error *err)
{
    unsigned char byte;
    errno = 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool is_ok = context && RAND_bytes(&byte, 1) == 1; /* GCOV_EXCL_BR_LINE: see below */
    SSL_CTX_free(context);
    unsigned long code = ERR_peek_error();
    LOAD(EVP_MAC, "HMAC");
    LOAD(EVP_KDF, "HKDF");
    LOAD(EVP_KEYEXCH, "ECDH");
    LOAD(EVP_SIGNATURE, "ECDSA");
    LOAD(OSSL_DECODER, "EC");
    if (errno == ENOMEM) /* GCOV_EXCL_BR_LINE: likewise */
        errno = provi_alloc_errno_tells() ? ENOMEM : 0;
    if (provi_tls_lacked_memory()) /* GCOV_EXCL_BR_LINE: tried by whole processes */
        return PROV_E_NOMEM;
    if (is_ok) /* GCOV_EXCL_BR_LINE: likewise */
        return PROV_OK;
    const char *words = ERR_reason_error_string(code);
    if (!words) /* GCOV_EXCL_BR_LINE: OpenSSL has some */
        words = "no reason given";
    provi_fail(err, PROV_E_UNSUPPORTED, "OpenSSL cannot start: %s", words);
    provi_error_native(err, PROV_ORIGIN_SSL, (int64_t)code);
    return PROV_E_UNSUPPORTED;
}

prov_status provi_tls_use_first(struct prov_error *err)
{
    static atomic_int known; /* PROV_E_NOMEM remains; 1: all is loaded */
    int status = atomic_load_explicit(&known, memory_order_acquire);
    if (status == 1)
        return PROV_OK;
    if (status != PROV_E_NOMEM) /* GCOV_EXCL_BR_LINE: likewise */
        status = load_kinds(err);
    if (status == PROV_E_NOMEM) /* GCOV_EXCL_BR_LINE: likewise */
        provi_fail(err, status, "out of memory at the first use of OpenSSL: restart the process");
    atomic_store_explicit(&known, status == PROV_OK ? 1 : status, memory_order_release);
    return status;
}
