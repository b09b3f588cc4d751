/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Why there is no trusted connection: the certificate's fault, or the handshake's. */
#include "curl/curl_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

struct reason {
    long number;
    const char *text; /* in front of the server's address */
};

/* X509_V_… of OpenSSL's x509_vfy.h, numbers that are part of its ABI. UNSPECIFIED is what libcurl
 * leaves where OpenSSL had no complaint. */
enum { X509_OK = 0, X509_UNSPECIFIED = 1, X509_HOSTNAME_MISMATCH = 62 };

static const struct reason certificate_reasons[] = {
    {9, "certificate not yet valid by this device's clock, shown by"},
    {10, "certificate expired, shown by"},
    {18, "certificate signed by itself and not trusted, shown by"},
    {19, "certificate from a CA that is not trusted, shown by"},
    {20, "certificate from a CA that is not trusted, or intermediate missing, shown by"},
    {21, "certificate from a CA that is not trusted, or intermediate missing, shown by"},
    {22, "certificate chain too long, shown by"},
    {23, "certificate revoked, shown by"},
    {24, "certificate signed by one that is no CA, shown by"},
    {26, "certificate not for servers, shown by"},
    {X509_HOSTNAME_MISMATCH, "certificate for another name, shown by"},
    {64, "certificate for another address, shown by"},
    {66, "certificate with too weak a key, shown by"},
    {67, "certificate from a CA with too weak a key, shown by"},
    {68, "certificate with too weak a signature, shown by"},
};

/* SSL_R_… of OpenSSL's sslerr.h; from 1000 on, alerts the server sent (RFC 8446, section 6). */
static const struct reason handshake_reasons[] = {
    {0x10b, "no TLS spoken (plain HTTP?) by"},
    {0x9c, "no TLS spoken (plain HTTP?) by"},
    {0x102, "TLS 1.2 or newer not spoken by"},
    {0x18a, "too weak a key exchange by"},
    {1040, "no common TLS parameters with"},
    {1042, "device's certificate refused by"},
    {1043, "device's certificate refused by"},
    {1044, "device's certificate revoked, says"},
    {1045, "device's certificate expired, says"},
    {1046, "device's certificate refused by"},
    {1048, "device's certificate from a CA not trusted by"},
    {1070, "no common TLS version with"},
    {1071, "no common TLS parameters strong enough for"},
    {1112, "server name not known to"},
    {1116, "certificate of the device required by"},
};

static const char *find_reason(const struct reason *reasons, size_t n_reasons, long number)
{
    for (size_t i = 0; i < n_reasons; i++)
        if (reasons[i].number == number)
            return reasons[i].text;
    return NULL;
}

bool provi_curl_is_tls_failure(CURLcode code)
{
    switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CLIENTCERT: return true;
    default: return false;
    }
}

/* OpenSSL's error code in `error:0A00010B:…`, the only thing taken from libcurl's text; 0: none. */
static unsigned long openssl_code(const char *text)
{
    const char *at = strstr(text, "error:");
    return at ? strtoul(at + strlen("error:"), NULL, 16) : 0;
}

static prov_status tell(struct prov_error *err, const char *text, const char *where,
                        enum prov_origin origin, int64_t native)
{
    provi_fail(err, PROV_E_TLS, "%s %s", text, where);
    provi_error_native(err, origin, native);
    return PROV_E_TLS;
}

static prov_status certificate_reason(const struct provi_curl_job *job, const char *where,
                                      struct prov_error *err)
{
    long number = 0;
    curl_easy_getinfo(job->easy, CURLINFO_SSL_VERIFYRESULT, &number);
    if (number == X509_OK || number == X509_UNSPECIFIED)
        number = X509_HOSTNAME_MISMATCH; /* the chain was good: libcurl itself compares names */
    if (number != X509_HOSTNAME_MISMATCH && provi_curl_trust_is_empty(&job->curl->trust))
        return tell(err, "no CA is trusted by this device, so not", where, PROV_ORIGIN_SSL, number);
    const char *text = find_reason(certificate_reasons, PROVI_LEN(certificate_reasons), number);
    return tell(err, text ? text : "certificate does not verify, shown by", where, PROV_ORIGIN_SSL,
                number);
}

static prov_status handshake_reason(const struct provi_curl_job *job, CURLcode code,
                                    const char *where, struct prov_error *err)
{
    unsigned long full = openssl_code(job->why);
    long reason = (long)(full & 0x7fffff); /* ERR_GET_REASON() */
    const char *text = find_reason(handshake_reasons, PROVI_LEN(handshake_reasons), reason);
    if (full)
        return tell(err, text ? text : "TLS handshake failed with", where, PROV_ORIGIN_SSL,
                    (int64_t)full);
    return tell(err, "TLS handshake broken off by", where, PROV_ORIGIN_CURL, code);
}

prov_status provi_curl_tls_reason(const struct provi_curl_job *job, CURLcode code,
                                  const char *where, struct prov_error *err)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION: return certificate_reason(job, where, err);
    case CURLE_SSL_CACERT_BADFILE:
        return tell(err, "trusted roots cannot be read, so no connection to", where,
                    PROV_ORIGIN_CURL, code);
    default: return handshake_reason(job, code, where, err);
    }
}
