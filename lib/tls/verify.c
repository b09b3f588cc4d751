/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Checks of the server's chain: trusted, strong, valid now, for this server, and pinned. */
#include "tls/tls.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/error.h"

#define SHA256_BYTES 32

/* Revocation lists exist for some CAs only, and become old in devices that are offline for long.
 * Ignore a missing list; an expired one still shows revoked certificates. */
static int ignore_missing_list(int is_ok, X509_STORE_CTX *chain)
{
    switch (X509_STORE_CTX_get_error(chain)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED: return 1;
    default: return is_ok;
    }
}

/* The digest of `openssl x509 -pubkey` followed by `openssl dgst -sha256`. */
bool provi_tls_compute_pin(X509 *certificate, struct provi_tls_pin *pin)
{
    unsigned char *key = NULL, digest[SHA256_BYTES], text[PROVI_TLS_PIN_LEN + 1];
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    bool is_ok = len > 0 && EVP_Digest(key, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(key);
    if (!is_ok)
        return false;
    EVP_EncodeBlock(text, digest, sizeof digest);
    memcpy(pin->text, text, sizeof pin->text);
    return true;
}

static bool has_pin(const struct provi_tls *tls, X509_STORE_CTX *chain)
{
    STACK_OF(X509) *certificates = X509_STORE_CTX_get0_chain(chain);
    bool has = tls->n_pins == 0;
    for (int i = 0; i < sk_X509_num(certificates) && !has; i++) {
        struct provi_tls_pin pin;
        X509 *one = sk_X509_value(certificates, i);
        if (!provi_tls_compute_pin(one, &pin)) /* GCOV_EXCL_BR_LINE: OpenSSL without memory */
            continue;
        for (size_t k = 0; k < tls->n_pins; k++)
            has |= memcmp(&tls->pins[k], &pin, sizeof pin) == 0;
    }
    return has;
}

static int find_error(const struct provi_tls_hop *hop, X509_STORE_CTX *chain)
{
    if (X509_verify_cert(chain) <= 0)
        return X509_STORE_CTX_get_error(chain);
    X509 *own = X509_STORE_CTX_get0_cert(chain);
    X509_STORE_CTX_set_error_depth(chain, 0);
    X509_STORE_CTX_set_current_cert(chain, own);
    if (!provi_tls_is_for_host(own, hop->host))
        return X509_V_ERR_HOSTNAME_MISMATCH;
    return has_pin(hop->tls, chain) ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION;
}

/* Without a hop, this is a second handshake that the server requested. */
int provi_tls_verify(X509_STORE_CTX *chain, void *unused)
{
    (void)unused;
    SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct provi_tls_hop *hop = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    int error = X509_V_ERR_UNSPECIFIED;
    /* Errors from here on are not the reason of the handshake's failure, but may show that memory
     * failed; the ones before were ignored. */
    ERR_clear_error();
    errno = 0;
    if (hop) {
        X509_VERIFY_PARAM *params = X509_STORE_CTX_get0_param(chain);
        int level = SSL_get_security_level(ssl);
        int64_t now_s;
        bool is_set = provi_tls_now(&hop->tls->clock, &now_s); /* false: none is valid yet */
        X509_VERIFY_PARAM_set_auth_level(
            params, level > PROVI_TLS_LEAST_LEVEL ? level : PROVI_TLS_LEAST_LEVEL);
        X509_VERIFY_PARAM_set_time(params, is_set ? (time_t)now_s : 0);
        X509_STORE_CTX_set_verify_cb(chain, ignore_missing_list);
        error = find_error(hop, chain);
    }
    /* Also on success: the last error may be one that was ignored. */
    X509_STORE_CTX_set_error(chain, error);
    if (hop && error != X509_V_OK) {
        provi_tls_explain(hop, chain);
        if (provi_tls_lacked_memory()) /* GCOV_EXCL_BR_LINE: tried by whole processes */
            provi_fail_nomem(&hop->fault);
    }
    ERR_clear_error();
    return error == X509_V_OK;
}
