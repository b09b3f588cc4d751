/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The certificate to be renewed, and the request for a new one. */
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

bool provi_renewal_dates(const struct provi_renewal *renewal, int64_t *from_s, int64_t *to_s)
{
    const X509 *certificate = renewal->parsed.certificate;
    return provi_tls_seconds(X509_get0_notBefore(certificate), from_s) &&
           provi_tls_seconds(X509_get0_notAfter(certificate), to_s);
}

void provi_renewal_issuer(const struct provi_renewal *renewal, char name[PROVI_RENEWAL_NAME_CAP])
{
    provi_tls_write_issuer(renewal->parsed.certificate, name);
}

/* Copy the alternative names of the certificate byte by byte. */
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

/* Encode the part of the request that is signed, new; NULL: OpenSSL has no memory. */
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

/* Without memory, OpenSSL may report success for an ECDSA signature of negative length. */
static bool sign_with(EVP_PKEY *key, const unsigned char *content, int len, unsigned char **sig,
                      size_t *sig_len)
{
    size_t most = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_ok = context &&
                 EVP_DigestSignInit_ex(context, NULL, DIGEST, NULL, NULL, key, NULL) == 1 &&
                 EVP_DigestSign(context, NULL, &most, content, (size_t)len) == 1;
    *sig_len = most;
    *sig = is_ok ? OPENSSL_malloc(most) : NULL;
    is_ok = *sig && EVP_DigestSign(context, *sig, sig_len, content, (size_t)len) == 1 &&
            *sig_len <= most;
    EVP_MD_CTX_free(context);
    return is_ok;
}

/* Sign with the key, or by the host. */
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

/* Encode the algorithm as DER, new; NULL: OpenSSL has no memory. */
static unsigned char *make_algorithm(const EVP_PKEY *public, int *len)
{
    bool is_rsa = EVP_PKEY_is_a(public, "RSA");
    int number = is_rsa ? NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256;
    unsigned char *der = NULL;
    X509_ALGOR *algorithm = X509_ALGOR_new();
    bool is_ok = algorithm && X509_ALGOR_set0(algorithm, OBJ_nid2obj(number),
                                              is_rsa ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1;
    *len = is_ok ? i2d_X509_ALGOR(algorithm, &der) : -1;
    X509_ALGOR_free(algorithm);
    return *len > 0 ? der : NULL;
}

/* Parts of a request in DER; the signature has no header. */
struct request {
    unsigned char *content, *algorithm, *sig;
    int content_len, algorithm_len;
    size_t sig_len;
    bool is_signed;
};

/* SEQUENCE { content, algorithm, BIT STRING { signature } } (RFC 2986, section 4.2) */
static unsigned char *join(const struct request *parts, int *len)
{
    int bits = (int)parts->sig_len + 1;
    int inner =
        parts->content_len + parts->algorithm_len + ASN1_object_size(0, bits, V_ASN1_BIT_STRING);
    *len = ASN1_object_size(1, inner, V_ASN1_SEQUENCE);
    unsigned char *der = OPENSSL_malloc((size_t)*len);
    unsigned char *at = der;
    if (!der) /* GCOV_EXCL_BR_LINE: OpenSSL without memory */
        return NULL;
    ASN1_put_object(&at, 1, inner, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    memcpy(at, parts->content, (size_t)parts->content_len);
    at += parts->content_len;
    memcpy(at, parts->algorithm, (size_t)parts->algorithm_len);
    at += parts->algorithm_len;
    ASN1_put_object(&at, 0, bits, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL);
    *at++ = 0; /* no unused bits */
    memcpy(at, parts->sig, parts->sig_len);
    return der;
}

/* In lines of 64 characters: some servers refuse longer lines. */
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

static void make_parts(const struct provi_renewal *renewal, struct request *parts)
{
    const EVP_PKEY *public = X509_get0_pubkey(renewal->parsed.certificate);
    parts->content = make_content(renewal, &parts->content_len);
    parts->algorithm = make_algorithm(public, &parts->algorithm_len);
    parts->is_signed =
        parts->content && parts->algorithm &&
        sign(renewal, parts->content, parts->content_len, &parts->sig, &parts->sig_len);
}

static prov_status fail_request(const struct request *parts, struct prov_error *err)
{
    prov_status status = provi_tls_take_errors(PROV_E_TLS);
    if (!parts->content || !parts->algorithm || status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    return provi_fail(err, status, "the device's key makes no signature");
}

prov_status provi_renewal_request(const struct provi_renewal *renewal, struct provi_buffer *out,
                                  struct prov_error *err)
{
    struct request parts = {0};
    unsigned char *der = NULL;
    int len = 0;
    prov_status status;
    make_parts(renewal, &parts);
    if (parts.is_signed) {
        der = join(&parts, &len);
        status = der ? write_base64(renewal, der, len, out) : PROV_E_NOMEM;
        if (status != PROV_OK)
            provi_fail(err, status, "certificate: %s", prov_status_text(status));
    } else {
        status = fail_request(&parts, err);
    }
    OPENSSL_free(der);
    OPENSSL_free(parts.sig);
    OPENSSL_free(parts.content);
    OPENSSL_free(parts.algorithm);
    provi_tls_take_errors(PROV_OK);
    return status;
}
