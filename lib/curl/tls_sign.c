/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Keys in the host's hands: a public key whose private half is a call to the host.
 *
 * OpenSSL 3 would like a provider for this, a large thing for one operation. The method tables of
 * RSA and EC keys do the same from 1.1.1 on; 3.x calls them deprecated and serves them.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "curl/tls_priv.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/error.h"

/* 16,384 bits, OpenSSL's own limit. */
#define MAX_RSA_BYTES 2048
/* The application's place in what a key carries. */
#define APP_DATA 0
/* ERR_GET_REASON() has 12 bits in OpenSSL 1.1.1. */
#define MAX_REASON 0xfff

/* Ask the host. The first error of a handshake is the one libcurl tells: put its status there. */
static bool ask(const struct provi_tls *tls, enum prov_signature kind, const unsigned char *data,
                size_t len, unsigned char *sig, size_t cap, size_t *sig_len)
{
    prov_status status = PROV_E_STATE; /* the key was taken away */
    *sig_len = 0;
    if (tls && tls->sign)
        status = tls->sign(tls->sign_ctx, kind, data, len, sig, cap, sig_len);
    if (status == PROV_OK && *sig_len > 0 && *sig_len <= cap)
        return true;
    int reason = status < 0 && status >= -MAX_REASON ? -status : MAX_REASON;
    ERR_put_error(ERR_LIB_USER, 0, reason, "", 0);
    return false;
}

static int sign_ecdsa(int type, const unsigned char *digest, int len, unsigned char *sig,
                      unsigned int *sig_len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
    (void)type;
    (void)kinv;
    (void)r;
    size_t n;
    bool is_signed = ask(EC_KEY_get_ex_data(key, APP_DATA), PROV_SIGN_ECDSA, digest, (size_t)len,
                         sig, (size_t)ECDSA_size(key), &n);
    *sig_len = is_signed ? (unsigned)n : 0;
    return is_signed;
}

/* OpenSSL pads PSS itself, and leaves the older padding to the method. */
static int sign_rsa(int len, const unsigned char *from, unsigned char *sig, RSA *key, int padding)
{
    unsigned char block[MAX_RSA_BYTES];
    int size = RSA_size(key);
    if (size > MAX_RSA_BYTES)
        return -1;
    if (padding == RSA_PKCS1_PADDING && RSA_padding_add_PKCS1_type_1(block, size, from, len) == 1)
        from = block;
    else if (padding != RSA_NO_PADDING || len != size)
        return -1;
    size_t n;
    bool is_signed = ask(RSA_get_ex_data(key, APP_DATA), PROV_SIGN_RSA, from, (size_t)size, sig,
                         (size_t)size, &n);
    return is_signed && n == (size_t)size ? size : -1;
}

static bool borrow_ec(struct provi_tls *tls, EVP_PKEY *public, EVP_PKEY *key)
{
    if (!tls->ec_method && (tls->ec_method = EC_KEY_METHOD_new(EC_KEY_OpenSSL())))
        EC_KEY_METHOD_set_sign(tls->ec_method, sign_ecdsa, NULL, NULL);
    EC_KEY *ec = tls->ec_method ? EC_KEY_dup(EVP_PKEY_get0_EC_KEY(public)) : NULL;
    if (ec && EC_KEY_set_method(ec, tls->ec_method) == 1 &&
        EC_KEY_set_ex_data(ec, APP_DATA, tls) == 1 && EVP_PKEY_assign_EC_KEY(key, ec) == 1)
        return true;
    EC_KEY_free(ec);
    return false;
}

static bool borrow_rsa(struct provi_tls *tls, EVP_PKEY *public, EVP_PKEY *key)
{
    if (!tls->rsa_method && (tls->rsa_method = RSA_meth_dup(RSA_PKCS1_OpenSSL())))
        RSA_meth_set_priv_enc(tls->rsa_method, sign_rsa);
    RSA *rsa = tls->rsa_method ? RSAPublicKey_dup((RSA *)EVP_PKEY_get0_RSA(public)) : NULL;
    if (rsa && RSA_set_method(rsa, tls->rsa_method) == 1 &&
        RSA_set_ex_data(rsa, APP_DATA, tls) == 1 && EVP_PKEY_assign_RSA(key, rsa) == 1)
        return true;
    RSA_free(rsa);
    return false;
}

prov_status provi_tls_borrow_key(struct provi_tls *tls, X509 *certificate, EVP_PKEY **out,
                                 struct prov_error *err)
{
    EVP_PKEY *public = X509_get0_pubkey(certificate);
    int kind = public ? EVP_PKEY_base_id(public) : EVP_PKEY_NONE;
    if (kind != EVP_PKEY_EC && kind != EVP_PKEY_RSA)
        return provi_fail(err, PROV_E_UNSUPPORTED, "the host can sign with RSA and EC keys only");
    *out = EVP_PKEY_new();
    if (*out &&
        (kind == EVP_PKEY_EC ? borrow_ec(tls, public, *out) : borrow_rsa(tls, public, *out)))
        return PROV_OK;
    provi_tls_take_errors(PROV_OK);
    return provi_fail_nomem(err);
}

void provi_tls_free_methods(struct provi_tls *tls)
{
    if (tls->ec_method)
        EC_KEY_METHOD_free(tls->ec_method);
    RSA_meth_free(tls->rsa_method);
}
