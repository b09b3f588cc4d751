/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What is wrong with a server's certificate, in words somebody can act upon. */
#include "curl/tls_priv.h"

#include <stdio.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "base/array.h"
#include "base/error.h"
#include "base/url.h"
#include "curl/curl_priv.h"

#define DETAIL_CAP 160
#define NAMES_CAP 80
#define TIME_CAP 24

struct fault {
    X509 *certificate;
    int error;
    unsigned depth;
    const char *noun;
};

static const struct {
    int error;
    enum prov_tls_reason reason;
} reasons[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, PROV_TLS_NOT_YET_VALID},
    {X509_V_ERR_CERT_HAS_EXPIRED, PROV_TLS_EXPIRED},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PROV_TLS_SELF_SIGNED},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PROV_TLS_UNKNOWN_CA},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PROV_TLS_UNKNOWN_CA},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PROV_TLS_UNKNOWN_CA},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PROV_TLS_UNKNOWN_CA},
    {X509_V_ERR_CERT_UNTRUSTED, PROV_TLS_UNKNOWN_CA},
    {X509_V_ERR_CERT_REVOKED, PROV_TLS_REVOKED},
    {X509_V_ERR_INVALID_CA, PROV_TLS_WRONG_PURPOSE},
    {X509_V_ERR_INVALID_PURPOSE, PROV_TLS_WRONG_PURPOSE},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, PROV_TLS_WRONG_PURPOSE},
    {X509_V_ERR_HOSTNAME_MISMATCH, PROV_TLS_WRONG_NAME},
    {X509_V_ERR_EE_KEY_TOO_SMALL, PROV_TLS_WEAK_KEY},
    {X509_V_ERR_CA_KEY_TOO_SMALL, PROV_TLS_WEAK_KEY},
    {X509_V_ERR_CA_MD_TOO_WEAK, PROV_TLS_WEAK_DIGEST},
    {X509_V_ERR_APPLICATION_VERIFICATION, PROV_TLS_NOT_PINNED},
};

/*
 * An issuer that is not here was either not sent or is not trusted. Not sent it is, most likely,
 * where the certificate says where to fetch it, or where a root of the same house is trusted.
 */
static bool is_issuer_forgotten(const struct provi_tls *tls, X509 *certificate)
{
    if (X509_get_ext_by_NID(certificate, NID_info_access, -1) >= 0)
        return true;
    STACK_OF(X509_OBJECT) *roots = X509_STORE_get0_objects(tls->trusted);
    for (int i = 0; i < sk_X509_OBJECT_num(roots); i++) {
        const X509 *root = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(roots, i));
        if (root && provi_tls_share_organisation(X509_get_subject_name(root),
                                                 X509_get_issuer_name(certificate)))
            return true;
    }
    return false;
}

static enum prov_tls_reason find_reason(const struct provi_tls *tls, const struct fault *fault)
{
    enum prov_tls_reason reason = PROV_TLS_BAD_CERTIFICATE;
    for (size_t i = 0; i < PROVI_LEN(reasons); i++)
        if (reasons[i].error == fault->error)
            reason = reasons[i].reason;
    bool is_unknown = reason == PROV_TLS_UNKNOWN_CA || reason == PROV_TLS_SELF_SIGNED;
    if (is_unknown && provi_tls_is_lonely(tls))
        return PROV_TLS_NO_ROOTS;
    if (reason == PROV_TLS_UNKNOWN_CA && fault->depth == 0 &&
        is_issuer_forgotten(tls, fault->certificate))
        return PROV_TLS_MISSING_INTERMEDIATE;
    return reason;
}

static void write_time(const ASN1_TIME *time, char buf[TIME_CAP])
{
    struct tm tm;
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1 ||
        strftime(buf, TIME_CAP, "%Y-%m-%d %H:%M UTC", &tm) == 0)
        snprintf(buf, TIME_CAP, "at an unknown time");
}

static void write_dates(const struct fault *fault, const char *verb, const ASN1_TIME *limit,
                        char *buf, size_t cap)
{
    char limit_text[TIME_CAP], now_text[TIME_CAP];
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0); /* the clock that judged */
    write_time(limit, limit_text);
    write_time(now, now_text);
    ASN1_TIME_free(now);
    snprintf(buf, cap, "%s %s %s, this device's clock says %s", fault->noun, verb, limit_text,
             now_text);
}

void provi_tls_write_expiry(X509 *certificate, char *buf, size_t cap)
{
    const struct fault fault = {.certificate = certificate, .noun = "certificate"};
    write_dates(&fault, "expired on", X509_get0_notAfter(certificate), buf, cap);
}

static void write_names(const struct provi_curl_job *job, const struct fault *fault, char *buf,
                        size_t cap)
{
    struct provi_url url;
    char names[NAMES_CAP];
    provi_curl_split_url(job, &url);
    provi_tls_list_names(fault->certificate, names, sizeof names);
    snprintf(buf, cap, "certificate is for %s, not for %.*s", names[0] ? names : "nobody",
             PROVI_STR(url.host));
}

static void write_issuer(const struct fault *fault, const char *before, const char *behind,
                         char *buf, size_t cap)
{
    char issuer[PROVI_TLS_NAME_CAP];
    provi_tls_common_name(X509_get_issuer_name(fault->certificate), issuer);
    snprintf(buf, cap, "%s %s%s%s", fault->noun, before, issuer[0] ? issuer : "somebody", behind);
}

static void write_detail(const struct provi_curl_job *job, const struct fault *fault,
                         enum prov_tls_reason reason, char *buf, size_t cap)
{
    X509 *certificate = fault->certificate;
    switch (reason) {
    case PROV_TLS_EXPIRED:
        write_dates(fault, "expired on", X509_get0_notAfter(certificate), buf, cap);
        break;
    case PROV_TLS_NOT_YET_VALID:
        write_dates(fault, "not yet valid before", X509_get0_notBefore(certificate), buf, cap);
        break;
    case PROV_TLS_UNKNOWN_CA:
        write_issuer(fault, "from ", ", a CA that is not trusted by this device", buf, cap);
        break;
    case PROV_TLS_MISSING_INTERMEDIATE:
        write_issuer(fault, "sent without the intermediate one of its issuer ", "", buf, cap);
        break;
    case PROV_TLS_SELF_SIGNED:
        snprintf(buf, cap, "certificate signed by itself and not trusted");
        break;
    case PROV_TLS_NO_ROOTS:
        snprintf(buf, cap, "no CA is trusted by this device, so not this certificate's");
        break;
    case PROV_TLS_WRONG_NAME: write_names(job, fault, buf, cap); break;
    case PROV_TLS_WEAK_KEY:
        snprintf(buf, cap, "%s with too weak a key of %d bits", fault->noun,
                 EVP_PKEY_bits(X509_get0_pubkey(certificate)));
        break;
    case PROV_TLS_WEAK_DIGEST:
        snprintf(buf, cap, "%s with too weak a signature, %s", fault->noun,
                 OBJ_nid2sn(X509_get_signature_nid(certificate)));
        break;
    case PROV_TLS_NOT_PINNED: snprintf(buf, cap, "none of the pinned keys in the chain"); break;
    case PROV_TLS_REVOKED: snprintf(buf, cap, "%s revoked by its CA", fault->noun); break;
    default:
        snprintf(buf, cap, "%s: %s", fault->noun, X509_verify_cert_error_string(fault->error));
        break;
    }
}

void provi_tls_explain(struct provi_curl_job *job, X509_STORE_CTX *chain)
{
    const struct provi_tls *tls = job->curl->tls;
    struct prov_error *err = &job->tls.fault;
    struct fault fault = {
        .certificate = X509_STORE_CTX_get_current_cert(chain),
        .error = X509_STORE_CTX_get_error(chain),
        .depth = (unsigned)X509_STORE_CTX_get_error_depth(chain),
    };
    if (fault.error == X509_V_ERR_OUT_OF_MEM) {
        provi_fail_nomem(err);
        return;
    }
    if (!fault.certificate) {
        fault.certificate = X509_STORE_CTX_get0_cert(chain);
        fault.depth = 0;
    }
    fault.noun = fault.depth ? "CA certificate" : "certificate";

    char where[PROVI_CURL_WHERE_CAP], detail[DETAIL_CAP], name[PROVI_TLS_NAME_CAP];
    enum prov_tls_reason reason = find_reason(tls, &fault);
    write_detail(job, &fault, reason, detail, sizeof detail);
    provi_curl_where(job, where, sizeof where);
    provi_tls_call(fault.certificate, name);
    provi_fail(err, PROV_E_TLS, "%s, shown by %s", detail, where);
    provi_error_native(err, PROV_ORIGIN_SSL, fault.error);
    provi_error_tls(err, reason, fault.depth);
    provi_error_subject(err, prov_str_from(name));
}
