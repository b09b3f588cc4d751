/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The certificate that is renewed, and the request. */
#include "tls/renewal.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "tls/renewal_priv.h"

#define DIGEST "SHA256"

prov_status provi_renewal_open(struct provi_renewal **out, const struct prov_alloc *alloc,
                               const struct prov_client_certificate *given, struct prov_error *err)
{
    *out = NULL;
    struct provi_renewal *renewal = provi_alloc_zero(alloc, sizeof *renewal);
    if (!renewal)
        return provi_fail_nomem(err);
    renewal->alloc = *alloc;
    struct provi_tls_parsed *parsed = &renewal->parsed;
    prov_status status = provi_tls_read_own(&renewal->own, parsed, alloc, given, err);
    if (status == PROV_OK)
        status = provi_tls_check_key(parsed, err);
    if (status == PROV_OK)
        status = provi_tls_check_host_key(X509_get0_pubkey(parsed->certificate), err);
    provi_tls_take_errors(PROV_OK);
    if (status == PROV_OK)
        *out = renewal;
    else
        provi_renewal_close(renewal);
    return status;
}

void provi_renewal_close(struct provi_renewal *renewal)
{
    if (!renewal)
        return;
    struct prov_alloc alloc = renewal->alloc;
    provi_tls_free_parsed(&renewal->parsed);
    provi_tls_free_own(&renewal->own, &alloc);
    provi_free(&alloc, renewal, sizeof *renewal);
}

void provi_renewal_dates(const struct provi_renewal *renewal, int64_t *from_s, int64_t *to_s)
{
    const X509 *certificate = renewal->parsed.certificate;
    if (!provi_tls_seconds(X509_get0_notBefore(certificate), from_s) ||
        !provi_tls_seconds(X509_get0_notAfter(certificate), to_s))
        *from_s = *to_s = 0; /* no memory, or no date: it counts as expired */
}

void provi_renewal_issuer(const struct provi_renewal *renewal, char name[PROVI_RENEWAL_NAME_CAP])
{
    provi_tls_call_issuer(renewal->parsed.certificate, name);
}

/* The alternative names of the certificate, byte by byte. */
static bool add_names(X509_REQ *request, const X509 *certificate)
{
    int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
    if (at < 0)
        return true;
    STACK_OF(X509_EXTENSION) *names = sk_X509_EXTENSION_new_null();
    bool is_ok = names && sk_X509_EXTENSION_push(names, X509_get_ext(certificate, at)) > 0 &&
                 X509_REQ_add_extensions(request, names) == 1;
    sk_X509_EXTENSION_free(names);
    return is_ok;
}

/* What is signed, new; NULL: OpenSSL has no memory. */
static unsigned char *make_content(const struct provi_renewal *renewal, int *len)
{
    const X509 *certificate = renewal->parsed.certificate;
    unsigned char *der = NULL;
    X509_REQ *request = X509_REQ_new();
    bool is_ok = request && X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
                 X509_REQ_set_subject_name(request, X509_get_subject_name(certificate)) == 1 &&
                 X509_REQ_set_pubkey(request, X509_get0_pubkey(certificate)) == 1 &&
                 add_names(request, certificate);
    *len = is_ok ? i2d_re_X509_REQ_tbs(request, &der) : -1;
    X509_REQ_free(request);
    return *len > 0 ? der : NULL;
}

static bool sign_with(EVP_PKEY *key, const unsigned char *content, int len, unsigned char **sig,
                      size_t *sig_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_ok = context &&
                 EVP_DigestSignInit_ex(context, NULL, DIGEST, NULL, NULL, key, NULL) == 1 &&
                 EVP_DigestSign(context, NULL, sig_len, content, (size_t)len) == 1;
    *sig = is_ok ? OPENSSL_malloc(*sig_len) : NULL;
    is_ok = *sig && EVP_DigestSign(context, *sig, sig_len, content, (size_t)len) == 1;
    EVP_MD_CTX_free(context);
    return is_ok;
}

/* By the key itself, or by the host. */
static bool sign(const struct provi_renewal *renewal, const unsigned char *content, int len,
                 unsigned char **sig, size_t *sig_len)
{
    const struct provi_tls_parsed *parsed = &renewal->parsed;
    if (parsed->key)
        return sign_with(parsed->key, content, len, sig, sig_len);
    const struct provi_tls_host_key host = {X509_get0_pubkey(parsed->certificate),
                                            renewal->own.sign, renewal->own.sign_ctx};
    struct provi_tls lender = {.alloc = renewal->alloc};
    EVP_PKEY *key = NULL;
    bool is_ok = provi_tls_borrow_key(&lender, host, &key, NULL) == PROV_OK &&
                 sign_with(key, content, len, sig, sig_len);
    EVP_PKEY_free(key);
    provi_tls_unload_provider(&lender);
    return is_ok;
}

static X509_ALGOR *make_algorithm(const EVP_PKEY *public)
{
    bool is_rsa = EVP_PKEY_is_a(public, "RSA");
    X509_ALGOR *algorithm = X509_ALGOR_new();
    if (algorithm)
        X509_ALGOR_set0(algorithm,
                        OBJ_nid2obj(is_rsa ? NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256),
                        is_rsa ? V_ASN1_NULL : V_ASN1_UNDEF, NULL);
    return algorithm;
}

/* SEQUENCE { content, algorithm, BIT STRING { signature } } (RFC 2986, section 4.2) */
static unsigned char *join(const unsigned char *content, int content_len, X509_ALGOR *algorithm,
                           const unsigned char *sig, size_t sig_len, int *len)
{
    int bits = (int)sig_len + 1;
    int inner = content_len + i2d_X509_ALGOR(algorithm, NULL) +
                ASN1_object_size(0, bits, V_ASN1_BIT_STRING);
    *len = ASN1_object_size(1, inner, V_ASN1_SEQUENCE);
    unsigned char *der = OPENSSL_malloc((size_t)*len);
    unsigned char *at = der;
    if (!der)
        return NULL;
    ASN1_put_object(&at, 1, inner, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    memcpy(at, content, (size_t)content_len);
    at += content_len;
    i2d_X509_ALGOR(algorithm, &at);
    ASN1_put_object(&at, 0, bits, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL);
    *at++ = 0; /* no unused bits */
    memcpy(at, sig, sig_len);
    return der;
}

/* Lines of 64 characters: some servers read no longer ones. */
static prov_status write_base64(const struct provi_renewal *renewal, const unsigned char *der,
                                int len, struct provi_buffer *out)
{
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    prov_status status =
        context ? provi_buffer_reserve(out, &renewal->alloc, (size_t)len * 2 + 80) : PROV_E_NOMEM;
    if (status == PROV_OK) {
        int n = 0, n_last = 0;
        unsigned char *at = (unsigned char *)out->data + out->len;
        EVP_EncodeInit(context);
        EVP_EncodeUpdate(context, at, &n, der, len);
        EVP_EncodeFinal(context, at + n, &n_last);
        out->len += (size_t)(n + n_last);
    }
    EVP_ENCODE_CTX_free(context);
    return status;
}

prov_status provi_renewal_request(const struct provi_renewal *renewal, struct provi_buffer *out,
                                  struct prov_error *err)
{
    const EVP_PKEY *public = X509_get0_pubkey(renewal->parsed.certificate);
    unsigned char *sig = NULL, *der = NULL;
    size_t sig_len = 0;
    int content_len = 0, len = 0;
    unsigned char *content = make_content(renewal, &content_len);
    X509_ALGOR *algorithm = make_algorithm(public);
    prov_status status = content && algorithm ? PROV_OK : PROV_E_NOMEM;
    if (status == PROV_OK && !sign(renewal, content, content_len, &sig, &sig_len))
        status = PROV_E_TLS;
    if (status == PROV_OK)
        der = join(content, content_len, algorithm, sig, sig_len, &len);
    if (status == PROV_OK)
        status = der ? write_base64(renewal, der, len, out) : PROV_E_NOMEM;
    OPENSSL_free(der);
    OPENSSL_free(sig);
    OPENSSL_free(content);
    X509_ALGOR_free(algorithm);
    if (status == PROV_E_TLS)
        status = provi_tls_take_errors(status);
    provi_tls_take_errors(PROV_OK);
    if (status == PROV_E_TLS)
        return provi_fail(err, status, "the device's key makes no signature");
    return status == PROV_OK ? PROV_OK
                             : provi_fail(err, status, "a request for a certificate: %s",
                                          prov_status_text(status));
}
