/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Sets up lib/tls on libcurl's connections. */
#include "curl/curl_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "tls/tls.h"

#define LABEL_CAP (sizeof placeholder_pem + 48)

/* Values of CURLOPT_SSLVERSION. */
static const long versions[] = {
    [PROV_TLS_1_2] = CURL_SSLVERSION_TLSv1_2,
    [PROV_TLS_1_3] = CURL_SSLVERSION_TLSv1_3,
    [PROV_TLS_1_1] = CURL_SSLVERSION_TLSv1_1,
    [PROV_TLS_1_0] = CURL_SSLVERSION_TLSv1_0,
};

/* An SSL_CTX of another library, or of another major version of OpenSSL, must not be used. */
static bool is_our_openssl(void)
{
    const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;
    prov_str ours = PROVI_LIT("OpenSSL/");
    if (!name || !provi_str_starts(prov_str_from(name), ours)) /* GCOV_EXCL_BR_LINE: there is one */
        return false;
    return strtoul(name + ours.len, NULL, 10) == OpenSSL_version_num() >> 28;
}

prov_status provi_https_new(struct provi_tls **out, const struct prov_alloc *alloc,
                            const struct prov_curl_options *opt, struct prov_error *err)
{
    CURL *easy = opt->system_roots ? curl_easy_init() : NULL;
    if (opt->system_roots && !easy) /* GCOV_EXCL_BR_LINE: libcurl without memory */
        return provi_fail_nomem(err);
    struct provi_tls_options options = {
        .clock = opt->clock,
        .ca_file = opt->ca_file,
        .ca_path = opt->ca_path,
        .ca_pem = opt->ca_pem,
        .crl_pem = opt->crl_pem,
        .min_version = opt->min_tls,
        .pins = opt->pins,
        .n_pins = opt->n_pins,
    };
    if (easy) { /* the paths that libcurl was built with */
        curl_easy_getinfo(easy, CURLINFO_CAINFO, &options.system_file);
        curl_easy_getinfo(easy, CURLINFO_CAPATH, &options.system_path);
    }
    prov_status status = provi_tls_new(out, alloc, &options, err);
    curl_easy_cleanup(easy);
    return status;
}

static CURLcode take_over(CURL *easy, void *ssl_ctx, void *ctx)
{
    (void)easy;
    struct provi_curl_job *job = ctx;
    bool is_ready = provi_tls_prepare(&job->hop.tls, ssl_ctx);
    return is_ready ? CURLE_OK : CURLE_OUT_OF_MEMORY; /* GCOV_EXCL_BR_LINE: without memory */
}

void provi_https_leave(struct provi_curl_job *job)
{
    provi_tls_leave(&job->hop.tls);
}

/* NULL: libcurl does not provide it. */
static SSL *find_connection(const struct provi_curl_job *job)
{
    struct curl_tlssessioninfo *session = NULL;
    curl_easy_getinfo(job->easy, CURLINFO_TLS_SSL_PTR, &session);
    return session ? session->internals : NULL; /* GCOV_EXCL_BR_LINE: it always has one */
}

void provi_https_rejoin(struct provi_curl_job *job)
{
    SSL *ssl = job->hop.tls.context ? NULL : find_connection(job);
    if (ssl)
        provi_tls_join(&job->hop.tls, SSL_get_SSL_CTX(ssl));
}

bool provi_https_get_facts(const struct provi_curl_job *job, struct provi_tls_facts *facts)
{
    const SSL *ssl = find_connection(job);
    if (ssl) /* GCOV_EXCL_BR_LINE: likewise */
        provi_tls_get_facts(ssl, facts);
    return ssl != NULL;
}

/* A certificate that is not a CA, and whose key was destroyed. */
static const char placeholder_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBaTCCAQ+gAwIBAgIULxbfmC9daH2Lh2LhAd9d2QggrD4wCgYIKoZIzj0EAwIw\n"
    "HDEaMBgGA1UEAwwRdHJ1c3RlZCBieSBub2JvZHkwHhcNMjYxMTI5MTM1MjA5WhcN\n"
    "MjYxMTMwMTM1MjA5WjAcMRowGAYDVQQDDBF0cnVzdGVkIGJ5IG5vYm9keTBZMBMG\n"
    "ByqGSM49AgEGCCqGSM49AwEHA0IABOIblnHrsOPV4MqZtt4hlhAqgALZe8MFz6XE\n"
    "SW5eFQfUn0R0Efa1ihbcjEwok1VfdU/3RYfOiYgJLxUMRD+ql7ijLzAtMAwGA1Ud\n"
    "EwEB/wQCMAAwHQYDVR0OBBYEFJR4t+KF4A68HU4CkYIrqxtAQZUyMAoGCCqGSM49\n"
    "BAMCA0gAMEUCIQDveAzRoZYkaU5/D2HLKkQHFKFKrAv8odMfnkhSWUplRQIgVeXC\n"
    "+DfRBETI0Ctu5SY3GHX94WXODqN8PshLI/iw6rY=\n"
    "-----END CERTIFICATE-----\n";

/* Without roots, libcurl might load the system's, or fail if there are none. */
static CURLcode set_label(struct provi_curl_job *job)
{
    char pem[LABEL_CAP];
    size_t len = (size_t)snprintf(pem, sizeof pem, "%sidentity ", placeholder_pem);
    provi_hex_write(job->identity->label.bytes, sizeof job->identity->label.bytes, pem + len);
    len += 2 * sizeof job->identity->label.bytes;
    pem[len++] = '\n';
    struct curl_blob blob = {.data = pem, .len = len, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(job->easy, CURLOPT_CAINFO_BLOB, &blob);
}

static const struct provi_curl_number fixed[] = {
    {CURLOPT_SSL_SESSIONID_CACHE, 0},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 0},
};

/*
 * libcurl gets no roots, which it would parse again, but a certificate whose key was destroyed,
 * preceded by a label: since connections of another trust or identity have another label, they are
 * not reused. libcurl's name check is off, as it does not support `CN=host/text`.
 * provi_tls_verify() checks both for every connection, as sessions are not resumed.
 */
CURLcode provi_https_set(struct provi_curl_job *job)
{
    struct provi_tls *tls = job->curl->tls;
    if (!is_our_openssl()) /* GCOV_EXCL_BR_LINE: this libcurl uses OpenSSL */
        return CURLE_NOT_BUILT_IN;
    job->hop.tls.tls = tls;
    job->hop.tls.identity = job->identity;
    job->hop.tls.host = job->target.host;
    CURLcode code = set_label(job);
    PROVI_CURL_SET(code, job->easy, CURLOPT_ERRORBUFFER, job->hop.tls.words);
    PROVI_CURL_SET(code, job->easy, CURLOPT_SSLVERSION, versions[tls->min_version]);
    PROVI_CURL_SET(code, job->easy, CURLOPT_CAINFO, NULL);
    PROVI_CURL_SET(code, job->easy, CURLOPT_CAPATH, NULL);
    PROVI_CURL_SET(code, job->easy, CURLOPT_SSL_CTX_FUNCTION, take_over);
    PROVI_CURL_SET(code, job->easy, CURLOPT_SSL_CTX_DATA, job);
    return code == CURLE_OK ? provi_curl_set_numbers(job, fixed, PROVI_LEN(fixed)) : code;
}

void provi_https_sniff(struct provi_curl_job *job, prov_str body)
{
    provi_tls_read_words(&job->hop.tls, job->hop.http_code, body);
}

static enum provi_tls_end find_end(const struct provi_curl_job *job, CURLcode code)
{
    switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_PEER_FAILED_VERIFICATION: return PROVI_TLS_END_HANDSHAKE;
    case CURLE_ABORTED_BY_CALLBACK:
        return provi_tls_is_starved(&job->hop.tls) ? PROVI_TLS_END_HANDSHAKE : PROVI_TLS_END_ELSE;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING: /* a connection that ends within a response is not a fault of TLS */
        return job->hop.http_code == 0 ? PROVI_TLS_END_NO_ANSWER : PROVI_TLS_END_ELSE;
    default: return PROVI_TLS_END_ELSE;
    }
}

prov_status provi_https_result(const struct provi_curl_job *job, CURLcode code, const char *where,
                               struct prov_error *err)
{
    const struct provi_tls_outcome outcome = {
        .end = find_end(job, code),
        .is_certificate = code == CURLE_PEER_FAILED_VERIFICATION,
        .words = job->hop.tls.words[0] ? job->hop.tls.words : curl_easy_strerror(code),
        .code = code,
        .http_code = job->hop.http_code,
    };
    return provi_tls_find_cause(&job->hop.tls, &outcome, where, err);
}

prov_status prov_curl_set_custom_ca(prov_curl *curl, prov_str pem, uint32_t flags,
                                    struct prov_error *err)
{
    if (!curl)
        return provi_fail_invalid(err, "curl is NULL");
    return prov_tls_identity_set_custom_ca(curl->tls->identity, pem, flags, err);
}

prov_status prov_curl_custom_ca_name(const prov_curl *curl, char *buf, size_t cap, size_t *len)
{
    return prov_tls_identity_custom_ca_name(curl ? curl->tls->identity : NULL, buf, cap, len);
}

prov_status prov_curl_check_custom_ca(const prov_curl *curl, prov_str pem, char *buf, size_t cap,
                                      size_t *len, struct prov_error *err)
{
    char name[PROVI_TLS_NAME_CAP];
    if (!curl || !len || !provi_str_is_sound(pem))
        return provi_fail_invalid(err, curl ? "pem or len" : "curl is NULL");
    prov_status status = provi_tls_check_custom(pem, name, err);
    if (status == PROV_OK)
        provi_str_out(prov_str_from(name), buf, cap, len);
    return status;
}

prov_status prov_curl_set_client_certificate(prov_curl *curl,
                                             const struct prov_client_certificate *certificate,
                                             struct prov_error *err)
{
    if (!curl)
        return provi_fail_invalid(err, "curl is NULL");
    return prov_tls_identity_set_certificate(curl->tls->identity, certificate, err);
}

bool prov_curl_has_client_certificate(const prov_curl *curl)
{
    return curl && prov_tls_identity_has_certificate(curl->tls->identity);
}
