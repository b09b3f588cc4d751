/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "enrolment.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "dials.h"

static void check(bool is_ok)
{
    if (!is_ok)
        test_die("no certificate or request as expected");
}

void enrolment_init(struct enrolment *enrolment)
{
    tls_make_ca(&enrolment->root, "Device CA III", NULL);
    tls_make_ca(&enrolment->issuer, "Device Sub CA", &enrolment->root);
    tls_make_ca(&enrolment->foreign, "Foreign CA", NULL);
}

void enrolment_free(struct enrolment *enrolment)
{
    tls_unmake(&enrolment->root);
    tls_unmake(&enrolment->issuer);
    tls_unmake(&enrolment->foreign);
}

void enrolment_make_device(const struct enrolment *enrolment, struct tls_made *made,
                           const char *key, long to_s)
{
    const struct tls_making making = {
        .key = key,
        .name = ENROLMENT_NAME,
        .more_names = "O=Maker",
        .names = "DNS:SEP000E08012345.example",
        .extensions = "basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth",
        .issuer = &enrolment->root,
        .from_s = -300L * ENROLMENT_DAY_S,
        .to_s = to_s,
    };
    tls_make(made, &making);
}

static void replace_extension(X509 *certificate, int nid, const char *value)
{
    int at = X509_get_ext_by_NID(certificate, nid, -1);
    if (at >= 0)
        X509_EXTENSION_free(X509_delete_ext(certificate, at));
    if (!value || !*value)
        return;
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    check(extension != NULL);
    check(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *issue(const struct enrolment *enrolment, const struct tls_made *present,
                   const struct enrolment_change *change)
{
    const struct tls_made *signer = change->signer ? change->signer : &enrolment->root;
    X509 *certificate = X509_dup(present->certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4711);
    X509_set_issuer_name(certificate, X509_get_subject_name(signer->certificate));
    ASN1_TIME_set(X509_getm_notBefore(certificate),
                  TLS_NOW + (change->from_s ? change->from_s : -ENROLMENT_DAY_S));
    ASN1_TIME_set(X509_getm_notAfter(certificate),
                  TLS_NOW + (change->to_s ? change->to_s : 365L * ENROLMENT_DAY_S));
    if (change->key)
        X509_set_pubkey(certificate, change->key->key);
    if (change->subject) {
        X509_NAME *name = X509_NAME_dup(X509_get_subject_name(certificate));
        X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, 0));
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)change->subject,
                                   -1, 0, 0);
        X509_set_subject_name(certificate, name);
        X509_NAME_free(name);
    }
    if (change->loses_names)
        replace_extension(certificate, NID_subject_alt_name, NULL);
    if (change->names)
        replace_extension(certificate, NID_subject_alt_name, change->names);
    if (change->is_ca)
        replace_extension(certificate, NID_basic_constraints, "CA:TRUE");
    if (change->usage)
        replace_extension(certificate, NID_ext_key_usage, change->usage);
    check(X509_sign(certificate, signer->key, EVP_sha256()) > 0);
    return certificate;
}

static void add(PKCS7 *bag, X509 *certificate)
{
    check(PKCS7_add_certificate(bag, certificate) == 1);
}

static size_t write_bag(const struct enrolment *enrolment, const struct enrolment_change *change,
                        X509 *certificate, unsigned char **der)
{
    PKCS7 *bag = PKCS7_new();
    PKCS7_set_type(bag, NID_pkcs7_signed);
    PKCS7_content_new(bag, NID_pkcs7_data);
    if (change->n_cas >= 2)
        add(bag, enrolment->root.certificate);
    add(bag, certificate);
    if (change->is_twice) {
        X509 *again = X509_dup(certificate);
        add(bag, again);
        X509_free(again);
    }
    if (change->stranger)
        add(bag, change->stranger->certificate);
    if (change->n_cas >= 1)
        add(bag, enrolment->issuer.certificate);
    int len = i2d_PKCS7(bag, der);
    PKCS7_free(bag);
    check(len > 0);
    return (size_t)len;
}

static size_t write_pem(const struct enrolment *enrolment, const struct enrolment_change *change,
                        X509 *certificate, char *out)
{
    char *text;
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    if (change->form == ENROLMENT_PEM_CHAIN)
        PEM_write_bio_X509(bio, enrolment->issuer.certificate);
    size_t len = (size_t)BIO_get_mem_data(bio, &text);
    memcpy(out, text, len);
    BIO_free(bio);
    return len;
}

static size_t write_base64(const unsigned char *der, size_t len, enum enrolment_form form,
                           char *out)
{
    static char plain[16384];
    size_t n = (size_t)EVP_EncodeBlock((unsigned char *)plain, der, (int)len), n_out = 0;
    for (size_t at = 0; at < n; at += 64) {
        size_t piece = n - at < 64 ? n - at : 64;
        memcpy(out + n_out, plain + at, piece);
        n_out += piece;
        if (form == ENROLMENT_CRLF)
            out[n_out++] = '\r';
        if (form != ENROLMENT_ONE_LINE)
            out[n_out++] = '\n';
    }
    return form == ENROLMENT_CUT ? n_out / 2 : n_out;
}

static bool is_alone(enum enrolment_form form)
{
    return form == ENROLMENT_DER_ALONE || form == ENROLMENT_DER_ALONE_AND_MORE;
}

static size_t write_bytes(const struct enrolment *enrolment, const struct enrolment_change *change,
                          X509 *certificate, char *out)
{
    unsigned char *der = NULL;
    enum enrolment_form form = change->form;
    size_t len = is_alone(form) ? (size_t)i2d_X509(certificate, &der)
                                : write_bag(enrolment, change, certificate, &der);
    bool has_more = form == ENROLMENT_DER_AND_MORE || form == ENROLMENT_DER_ALONE_AND_MORE;
    if (form == ENROLMENT_DER || is_alone(form) || has_more) {
        memcpy(out, der, len);
        out[len] = '0';
        len += has_more;
    } else {
        len = write_base64(der, len, form, out);
    }
    OPENSSL_free(der);
    return len;
}

size_t enrolment_answer(const struct enrolment *enrolment, const struct tls_made *present,
                        const struct enrolment_change *change, char *out)
{
    static const char page[] = "<html><body>Log in first</body></html>";
    size_t len = 0;
    X509 *certificate = issue(enrolment, present, change);
    switch (change->form) {
    case ENROLMENT_NOTHING: break;
    case ENROLMENT_HTML:
        len = sizeof page - 1;
        memcpy(out, page, len);
        break;
    case ENROLMENT_PEM:
    case ENROLMENT_PEM_CHAIN: len = write_pem(enrolment, change, certificate, out); break;
    case ENROLMENT_PEM_CUT: len = write_pem(enrolment, change, certificate, out) / 2; break;
    default: len = write_bytes(enrolment, change, certificate, out);
    }
    X509_free(certificate);
    return len;
}

void enrolment_check_request(const struct tls_made *present, prov_str request)
{
    static unsigned char der[8192];
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    int n = 0, n_last = 0;
    EVP_DecodeInit(context);
    check(EVP_DecodeUpdate(context, der, &n, (const unsigned char *)request.data,
                           (int)request.len) >= 0 &&
          EVP_DecodeFinal(context, der + n, &n_last) == 1);
    EVP_ENCODE_CTX_free(context);
    const unsigned char *at = der;
    X509_REQ *asked = d2i_X509_REQ(NULL, &at, n + n_last);
    EVP_PKEY *public = X509_get0_pubkey(present->certificate);
    check(asked && at == der + n + n_last && X509_REQ_verify(asked, public) == 1);
    check(EVP_PKEY_eq(X509_REQ_get0_pubkey(asked), public) == 1);
    check(X509_NAME_cmp(X509_REQ_get_subject_name(asked),
                        X509_get_subject_name(present->certificate)) == 0);
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(asked);
    check(X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1) == 0);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(asked);
}

size_t enrolment_sign(const struct tls_made *present, uint32_t kind, prov_str data, uint8_t *sig,
                      size_t cap)
{
    EVP_PKEY_CTX *operation = EVP_PKEY_CTX_new(present->key, NULL);
    check(operation && EVP_PKEY_sign_init(operation) == 1);
    if (kind == PROV_SIGN_RSA)
        EVP_PKEY_CTX_set_rsa_padding(operation, RSA_NO_PADDING);
    check(EVP_PKEY_sign(operation, sig, &cap, (const unsigned char *)data.data, data.len) == 1);
    EVP_PKEY_CTX_free(operation);
    return cap;
}
