/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The response to a request for a certificate, and the checks it must pass. */
#include "tls/renewal_priv.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/str.h"
#include "tls/renewal.h"

enum { DAY_S = 86400 };

/* A response being checked. */
struct answer {
    const struct provi_renewal *renewal;
    STACK_OF(X509) * all; /* in the order of the response */
    X509 *own;            /* the device's, one of them */
    int64_t now_s;
    int64_t from_s; /* `own` is valid from this time */
};

PROVI_COLD static prov_status refuse(struct prov_error *err, const char *message)
{
    return provi_fail(err, PROV_E_CORRUPT, "certificate refused: %s", message);
}

/* Read certificates in CMS, or a single one, from DER. NULL: neither. */
static STACK_OF(X509) * read_der(const unsigned char *der, size_t len)
{
    const unsigned char *at = der;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
    if (cms) {
        STACK_OF(X509) *all = at == der + len ? CMS_get1_certs(cms) : NULL;
        CMS_ContentInfo_free(cms);
        return all;
    }
    at = der;
    X509 *one = d2i_X509(NULL, &at, (long)len);
    STACK_OF(X509) *all = one && at == der + len ? sk_X509_new_null() : NULL;
    if (!all || sk_X509_push(all, one) <= 0) {
        X509_free(one);
        sk_X509_free(all);
        return NULL;
    }
    return all;
}

/* Line ends and blanks may be anywhere (RFC 8951, section 3.1). */
static STACK_OF(X509) * read_base64(const struct answer *answer, prov_str text)
{
    const struct prov_alloc *alloc = &answer->renewal->alloc;
    STACK_OF(X509) *all = NULL;
    const size_t cap = 2 * text.len + 1;
    unsigned char *chars = provi_alloc(alloc, cap);
    if (!chars)
        return NULL;
    size_t n = 0, n_padding = 0;
    for (size_t i = 0; i < text.len; i++)
        if (!provi_is_blank(text.data[i]))
            chars[n++] = (unsigned char)text.data[i];
    while (n_padding < 2 && n_padding < n && chars[n - 1 - n_padding] == '=')
        n_padding++;
    int len = EVP_DecodeBlock(chars + text.len, chars, (int)n);
    if (len > (int)n_padding)
        all = read_der(chars + text.len, (size_t)len - n_padding);
    provi_free(alloc, chars, cap);
    return all;
}

static STACK_OF(X509) * read_pem(prov_str text)
{
    STACK_OF(X509_INFO) * infos;
    STACK_OF(X509) *all = NULL;
    if (provi_tls_parse(&infos, text, "certificate", NULL) != PROV_OK)
        return NULL;
    all = sk_X509_new_null();
    for (int i = 0; all && i < sk_X509_INFO_num(infos); i++) {
        X509 *certificate = sk_X509_INFO_value(infos, i)->x509;
        if (!certificate)
            continue;
        X509_up_ref(certificate);
        if (sk_X509_push(all, certificate) <= 0)
            X509_free(certificate);
    }
    provi_tls_free_infos(infos);
    return all;
}

static prov_status read_answer(struct answer *answer, prov_str text, struct prov_error *err)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    prov_str trimmed = provi_str_trim(text);
    if (provi_str_has(text, PROVI_LIT("-----BEGIN ")))
        answer->all = read_pem(text);
    else if (bytes[0] == 0x30) /* a SEQUENCE, whose base64 begins with M */
        answer->all = read_der(bytes, text.len);
    else
        answer->all = read_base64(answer, trimmed);
    prov_status status = provi_tls_take_errors(PROV_E_CORRUPT);
    if (sk_X509_num(answer->all) > 0)
        return PROV_OK;
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    return provi_fail(err, PROV_E_CORRUPT, "expected certificates (CMS or PEM), found %s",
                      provi_tls_describe(text));
}

/* Find the device's certificate by its key. All others must be CAs. */
static prov_status find_own(struct answer *answer, struct prov_error *err)
{
    const EVP_PKEY *key = X509_get0_pubkey(answer->renewal->parsed.certificate);
    int n_others = 0;
    for (int i = 0; i < sk_X509_num(answer->all); i++) {
        X509 *certificate = sk_X509_value(answer->all, i);
        const EVP_PKEY *public = X509_get0_pubkey(certificate);
        bool is_own = public && EVP_PKEY_eq(public, key) == 1;
        if (is_own && answer->own)
            return refuse(err, "expected one of this device, found several");
        if (is_own)
            answer->own = certificate;
        else
            n_others += X509_check_ca(certificate) == 0;
    }
    if (!answer->own)
        return refuse(err, "expected this device's key, found another key");
    if (n_others)
        return refuse(err, "expected only CA certificates beside it");
    return X509_check_ca(answer->own) ? refuse(err, "expected a device's, found a CA's") : PROV_OK;
}

/* Whether both subjects have the same encoding; both may be absent. */
static bool has_same_subject(const X509 *a, const X509 *b)
{
    const unsigned char *one, *other;
    size_t len, other_len;
    return X509_NAME_get0_der(X509_get_subject_name(a), &one, &len) == 1 &&
           X509_NAME_get0_der(X509_get_subject_name(b), &other, &other_len) == 1 &&
           len == other_len && memcmp(one, other, len) == 0;
}

static const ASN1_OCTET_STRING *names_of(const X509 *certificate)
{
    int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
    return at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(certificate, at));
}

static bool has_same_names(const X509 *a, const X509 *b)
{
    const ASN1_OCTET_STRING *one = names_of(a), *other = names_of(b);
    return one && other ? ASN1_OCTET_STRING_cmp(one, other) == 0 : one == other;
}

static prov_status check_content(struct answer *answer, struct prov_error *err)
{
    const X509 *old = answer->renewal->parsed.certificate;
    if (!has_same_subject(answer->own, old))
        return refuse(err, "expected the same subject");
    if (!has_same_names(answer->own, old))
        return refuse(err, "expected the same alternative names");
    if (!(X509_get_extended_key_usage(answer->own) & (XKU_SSL_CLIENT | XKU_ANYEKU)))
        return refuse(err, "expected one for clients (extended key usage)");
    if (ASN1_TIME_compare(X509_get0_notAfter(answer->own), X509_get0_notAfter(old)) <= 0)
        return refuse(err, "expected one that ends later than the present one");
    if (!provi_tls_seconds(X509_get0_notBefore(answer->own), &answer->from_s) ||
        answer->from_s > answer->now_s + DAY_S)
        return refuse(err, "expected one valid by tomorrow");
    return PROV_OK;
}

static prov_status load_roots(X509_STORE *roots, prov_str ca_pem, struct prov_error *err)
{
    STACK_OF(X509_INFO) * infos;
    prov_status status = provi_tls_parse(&infos, ca_pem, "CA of devices", err);
    if (status != PROV_OK)
        return status == PROV_E_NOMEM ? status : PROV_E_INVALID;
    int n = 0;
    for (int i = 0; i < sk_X509_INFO_num(infos) && n >= 0; i++) {
        X509 *certificate = sk_X509_INFO_value(infos, i)->x509;
        if (certificate)
            n = X509_STORE_add_cert(roots, certificate) == 1 ? n + 1 : -1;
    }
    provi_tls_free_infos(infos);
    if (n < 0) /* GCOV_EXCL_BR_LINE: OpenSSL without memory */
        return provi_fail_nomem(err);
    return n ? PROV_OK : provi_fail(err, PROV_E_INVALID, "expected the CAs of devices in PEM");
}

/* If a certificate becomes valid within a day, it is checked for its first second. */
static prov_status verify(const struct answer *answer, X509_STORE *roots, struct prov_error *err)
{
    int64_t at_s = answer->from_s > answer->now_s ? answer->from_s : answer->now_s;
    X509_STORE_CTX *chain = X509_STORE_CTX_new();
    if (!chain || X509_STORE_CTX_init(chain, roots, answer->own, answer->all) != 1) {
        X509_STORE_CTX_free(chain);
        return provi_fail_nomem(err);
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(chain);
    X509_VERIFY_PARAM_set_time(param, (time_t)at_s);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(param, PROVI_TLS_LEAST_LEVEL);
    bool is_good = X509_verify_cert(chain) == 1;
    int reason = X509_STORE_CTX_get_error(chain);
    X509_STORE_CTX_free(chain);
    if (is_good)
        return PROV_OK;
    return reason == X509_V_ERR_OUT_OF_MEM ? provi_fail_nomem(err)
                                           : refuse(err, X509_verify_cert_error_string(reason));
}

static prov_status check_issuer(const struct answer *answer, prov_str ca_pem,
                                struct prov_error *err)
{
    X509_STORE *roots = X509_STORE_new();
    prov_status status = roots ? load_roots(roots, ca_pem, err) : provi_fail_nomem(err);
    if (status == PROV_OK)
        status = verify(answer, roots, err);
    X509_STORE_free(roots);
    return status;
}

/* Roots are left out, since a handshake does not send them. */
static prov_status write_pem(const struct answer *answer, struct provi_buffer *pem,
                             struct prov_error *err)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    bool is_ok = bio && PEM_write_bio_X509(bio, answer->own) == 1;
    for (int i = 0; is_ok && i < sk_X509_num(answer->all); i++) {
        X509 *certificate = sk_X509_value(answer->all, i);
        if (certificate != answer->own && X509_self_signed(certificate, 0) != 1)
            is_ok = PEM_write_bio_X509(bio, certificate) == 1;
    }
    long len = is_ok ? BIO_get_mem_data(bio, &text) : 0;
    prov_status status =
        is_ok ? provi_buffer_add(pem, &answer->renewal->alloc, text, (size_t)len) : PROV_E_NOMEM;
    BIO_free(bio);
    return status == PROV_OK ? PROV_OK
                             : provi_fail(err, status, "certificate: %s", prov_status_text(status));
}

prov_status provi_renewal_check(const struct provi_renewal *renewal, prov_str answer_text,
                                prov_str ca_pem, int64_t now_s, struct provi_buffer *pem,
                                char issuer[PROVI_RENEWAL_NAME_CAP], struct prov_error *err)
{
    struct answer answer = {.renewal = renewal, .now_s = now_s};
    prov_status status = read_answer(&answer, answer_text, err);
    if (status == PROV_OK)
        status = find_own(&answer, err);
    if (status == PROV_OK)
        status = check_content(&answer, err);
    if (status == PROV_OK)
        status = check_issuer(&answer, ca_pem, err);
    if (status == PROV_OK)
        status = write_pem(&answer, pem, err);
    if (status == PROV_OK)
        provi_tls_write_issuer(answer.own, issuer);
    sk_X509_pop_free(answer.all, X509_free);
    provi_tls_take_errors(PROV_OK);
    return status;
}
