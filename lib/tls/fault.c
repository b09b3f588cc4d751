/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Describes the fault of a server's certificate in a message that contains the remedy. */
#include "tls/tls.h"

#include <stdio.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "base/array.h"
#include "base/error.h"

#define DETAIL_CAP 256
#define TIME_CAP 24

/* Why a trusted CA with the issuer's name is not the issuer. */
enum flaw {
    NO_FLAW,
    UNREADABLE_KEY,
    OTHER_KEY,
    OTHER_ID, /* the certificate states another identifier of its issuer's key or certificate */
};

struct fault {
    X509 *certificate;
    int error;
    unsigned depth;
    const char *noun;
    enum flaw flaw;
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

/* A missing issuer was either not sent or is not trusted. Most likely it was not sent if the
 * certificate has a URL to fetch it from, or if a root of the same organisation is trusted. */
static bool is_issuer_forgotten(const X509_STORE *trusted, X509 *certificate)
{
    if (X509_get_ext_by_NID(certificate, NID_info_access, -1) >= 0)
        return true;
    STACK_OF(X509_OBJECT) *roots = X509_STORE_get0_objects(trusted);
    for (int i = 0; i < sk_X509_OBJECT_num(roots); i++) {
        const X509 *root = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(roots, i));
        if (root && provi_tls_share_organisation(X509_get_subject_name(root),
                                                 X509_get_issuer_name(certificate)))
            return true;
    }
    return false;
}

/*
 * OpenSSL reports an issuer as unknown if it does not match by key or identifier. Search for it by
 * name; a CA whose key signed the certificate is certainly the right one.
 *
 * @param[out] ca  The last checked CA, new; NULL: there is none.
 */
static enum flaw find_flaw(X509_STORE_CTX *chain, X509 *certificate, X509 **ca)
{
    STACK_OF(X509) *known = X509_STORE_CTX_get1_certs(chain, X509_get_issuer_name(certificate));
    enum flaw flaw = NO_FLAW;
    *ca = NULL;
    for (int i = 0; i < sk_X509_num(known) && flaw != OTHER_ID; i++) {
        X509_free(*ca);
        *ca = sk_X509_value(known, i);
        X509_up_ref(*ca);
        EVP_PKEY *key = X509_get0_pubkey(*ca);
        if (!key)
            flaw = UNREADABLE_KEY;
        else
            flaw = X509_verify(certificate, key) == 1 ? OTHER_ID : OTHER_KEY;
    }
    sk_X509_pop_free(known, X509_free);
    return flaw;
}

static bool is_about_issuer(int error)
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return true;
    default: return false;
    }
}

/* If the key of a CA cannot be read, that CA is at fault, not the certificate it issued. */
static void blame_issuer(struct fault *fault, X509_STORE_CTX *chain, X509 **ca)
{
    *ca = NULL;
    if (!is_about_issuer(fault->error))
        return;
    fault->flaw = find_flaw(chain, fault->certificate, ca);
    if (fault->flaw != UNREADABLE_KEY)
        return;
    fault->certificate = *ca;
    fault->depth++;
}

static enum prov_tls_reason find_reason(const struct provi_tls *tls, X509_STORE_CTX *chain,
                                        const struct fault *fault)
{
    const X509_STORE *trusted = X509_STORE_CTX_get0_store(chain);
    enum prov_tls_reason reason = PROV_TLS_BAD_CERTIFICATE;
    for (size_t i = 0; i < PROVI_LEN(reasons); i++)
        if (reasons[i].error == fault->error)
            reason = reasons[i].reason;
    if (!X509_get0_pubkey(fault->certificate))
        return PROV_TLS_BAD_CERTIFICATE;
    if (fault->flaw != NO_FLAW && reason != PROV_TLS_SELF_SIGNED)
        return PROV_TLS_UNKNOWN_CA;
    bool is_unknown = reason == PROV_TLS_UNKNOWN_CA || reason == PROV_TLS_SELF_SIGNED;
    if (is_unknown && provi_tls_is_empty(tls, trusted))
        return PROV_TLS_NO_ROOTS;
    if (reason == PROV_TLS_UNKNOWN_CA && fault->depth == 0 &&
        is_issuer_forgotten(trusted, fault->certificate))
        return PROV_TLS_MISSING_INTERMEDIATE;
    return reason;
}

static void write_time(const ASN1_TIME *time, char buf[TIME_CAP])
{
    struct tm tm;
    if (time && ASN1_TIME_to_tm(time, &tm) == 1)
        strftime(buf, TIME_CAP, "%Y-%m-%d %H:%M UTC", &tm);
    else
        snprintf(buf, TIME_CAP, "an unreadable time");
}

static void write_dates(const struct fault *fault, const char *verb, const ASN1_TIME *limit,
                        const struct prov_clock *clock, char *buf, size_t cap)
{
    char limit_text[TIME_CAP], now_text[TIME_CAP];
    int64_t now_s;
    write_time(limit, limit_text);
    if (!provi_tls_now(clock, &now_s)) {
        snprintf(buf, cap, "%s %s %s, but this device's clock is not set", fault->noun, verb,
                 limit_text);
        return;
    }
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)now_s);
    write_time(now, now_text);
    ASN1_TIME_free(now);
    snprintf(buf, cap, "%s %s %s, this device's clock says %s", fault->noun, verb, limit_text,
             now_text);
}

void provi_tls_write_expiry(X509 *certificate, const struct prov_clock *clock, char *buf,
                            size_t cap)
{
    const struct fault fault = {.certificate = certificate, .noun = "certificate"};
    write_dates(&fault, "expired on", X509_get0_notAfter(certificate), clock, buf, cap);
}

static void write_unknown_ca(const struct fault *fault, char *buf, size_t cap)
{
    char issuer[PROVI_TLS_NAME_CAP];
    const char *why = "a CA that is not trusted by this device";
    provi_tls_write_issuer(fault->certificate, issuer);
    if (fault->flaw == OTHER_KEY)
        why = "signed with another key than that of the CA of this name that this device trusts";
    else if (fault->flaw == OTHER_ID)
        why = "but its authority key identifier is not that of the CA of this name that this "
              "device trusts";
    snprintf(buf, cap, "%s from %s, %s", fault->noun, issuer, why);
}

/* Write which extension forbids the use as a server, or as a CA. */
static void write_purpose(const struct fault *fault, char *buf, size_t cap)
{
    X509 *certificate = fault->certificate;
    uint32_t flags = X509_get_extension_flags(certificate);
    const char *why = X509_verify_cert_error_string(fault->error);
    bool lacks_server = !(X509_get_extended_key_usage(certificate) & XKU_SSL_SERVER);
    if (fault->depth == 0) {
        if (lacks_server)
            why = "its extended key usage has no serverAuth";
        snprintf(buf, cap, "certificate with another purpose than a server: %s", why);
        return;
    }
    if (!(X509_get_key_usage(certificate) &
          KU_KEY_CERT_SIGN)) /* all bits are set without the extension */
        why = "its key usage has no keyCertSign";
    if (!(flags & EXFLAG_CA))
        why = flags & EXFLAG_BCONS ? "its basic constraints say CA:FALSE"
                                   : "it has no basic constraints with CA:TRUE";
    else if (lacks_server)
        why = "its extended key usage has no serverAuth";
    snprintf(buf, cap, "%s not fit to sign this: %s", fault->noun, why);
}

static void write_bad(const struct fault *fault, char *buf, size_t cap)
{
    if (X509_get0_pubkey(fault->certificate))
        snprintf(buf, cap, "%s: %s", fault->noun, X509_verify_cert_error_string(fault->error));
    else
        snprintf(buf, cap, "%s with a key of a kind or form that OpenSSL cannot read: %s",
                 fault->noun, PROVI_TLS_STRONG_KEY);
}

static void write_not_pinned(const struct fault *fault, char *buf, size_t cap)
{
    struct provi_tls_pin pin;
    bool has_pin = provi_tls_compute_pin(fault->certificate, &pin);
    snprintf(buf, cap, "none of the pinned keys in the chain%s%.*s",
             has_pin ? "; the server's own is sha256//" : "", has_pin ? PROVI_TLS_PIN_LEN : 0,
             pin.text);
}

static void write_detail(const struct provi_tls_hop *hop, const struct fault *fault,
                         enum prov_tls_reason reason, char *buf, size_t cap)
{
    X509 *certificate = fault->certificate;
    const struct prov_clock *clock = &hop->tls->clock;
    char issuer[PROVI_TLS_NAME_CAP];
    switch (reason) {
    case PROV_TLS_EXPIRED:
        write_dates(fault, "expired on", X509_get0_notAfter(certificate), clock, buf, cap);
        break;
    case PROV_TLS_NOT_YET_VALID:
        write_dates(fault, "not yet valid before", X509_get0_notBefore(certificate), clock, buf,
                    cap);
        break;
    case PROV_TLS_UNKNOWN_CA: write_unknown_ca(fault, buf, cap); break;
    case PROV_TLS_MISSING_INTERMEDIATE:
        provi_tls_write_issuer(certificate, issuer);
        snprintf(buf, cap, "%s sent without the intermediate one of its issuer %s", fault->noun,
                 issuer);
        break;
    case PROV_TLS_SELF_SIGNED:
        snprintf(buf, cap, "certificate signed by itself and not trusted%s",
                 fault->flaw == OTHER_KEY ? "; the trusted one of this name has another key" : "");
        break;
    case PROV_TLS_NO_ROOTS:
        snprintf(buf, cap, "no CA is trusted by this device, so not this certificate's");
        break;
    case PROV_TLS_WRONG_NAME: provi_tls_write_names(certificate, hop->host, buf, cap); break;
    case PROV_TLS_WRONG_PURPOSE: write_purpose(fault, buf, cap); break;
    case PROV_TLS_WEAK_KEY:
        snprintf(buf, cap, "%s with too weak a key of %d bits: %s", fault->noun,
                 EVP_PKEY_get_bits(X509_get0_pubkey(certificate)), PROVI_TLS_STRONG_KEY);
        break;
    case PROV_TLS_WEAK_DIGEST:
        snprintf(buf, cap, "%s with too weak a signature, %s: expected SHA-256", fault->noun,
                 OBJ_nid2sn(X509_get_signature_nid(certificate)));
        break;
    case PROV_TLS_NOT_PINNED: write_not_pinned(fault, buf, cap); break;
    case PROV_TLS_REVOKED: snprintf(buf, cap, "%s revoked by its CA", fault->noun); break;
    default: write_bad(fault, buf, cap); break;
    }
}

void provi_tls_explain(struct provi_tls_hop *hop, X509_STORE_CTX *chain)
{
    struct prov_error *err = &hop->fault;
    struct fault fault = {
        .certificate = X509_STORE_CTX_get_current_cert(chain),
        .error = X509_STORE_CTX_get_error(chain),
        .depth = (unsigned)X509_STORE_CTX_get_error_depth(chain),
    };
    if (!fault.certificate) {
        fault.certificate = X509_STORE_CTX_get0_cert(chain);
        fault.depth = 0;
    }
    X509 *ca;
    blame_issuer(&fault, chain, &ca);
    if (fault.error == X509_V_ERR_OUT_OF_MEM || provi_tls_lost_key(fault.certificate)) {
        provi_fail_nomem(err);
        X509_free(ca);
        return;
    }
    fault.noun = fault.depth ? "CA certificate" : "certificate";

    char detail[DETAIL_CAP], name[PROVI_TLS_NAME_CAP];
    enum prov_tls_reason reason = find_reason(hop->tls, chain, &fault);
    write_detail(hop, &fault, reason, detail, sizeof detail);
    provi_tls_write_subject(fault.certificate, name);
    provi_fail(err, PROV_E_TLS, "%s", detail);
    provi_error_native(err, PROV_ORIGIN_SSL, fault.error);
    provi_error_tls(err, reason, fault.depth);
    provi_error_subject(err, prov_str_from(name));
    X509_free(ca);
}
