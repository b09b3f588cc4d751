/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Why a round failed, if TLS is the cause: a certificate, the handshake, or a server's words. */
#include "curl/tls_priv.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "curl/curl_priv.h"

/* Reasons of alerts a server sent; the number of the alert (RFC 8446, section 6) is added. */
#define ALERT SSL_AD_REASON_OFFSET

static const struct {
    int number; /* ERR_GET_REASON() */
    enum prov_tls_reason reason;
} numbers[] = {
    {SSL_R_WRONG_VERSION_NUMBER, PROV_TLS_HTTP_SPOKEN},
    {SSL_R_PACKET_LENGTH_TOO_LONG, PROV_TLS_HTTP_SPOKEN},
    {SSL_R_UNSUPPORTED_PROTOCOL, PROV_TLS_VERSION},
    {ALERT + SSL_AD_PROTOCOL_VERSION, PROV_TLS_VERSION},
    {SSL_R_DH_KEY_TOO_SMALL, PROV_TLS_PARAMETERS},
    {SSL_R_WRONG_SIGNATURE_TYPE, PROV_TLS_PARAMETERS},
    {ALERT + SSL_AD_HANDSHAKE_FAILURE, PROV_TLS_PARAMETERS},
    {ALERT + SSL_AD_INSUFFICIENT_SECURITY, PROV_TLS_PARAMETERS},
    {ALERT + SSL_AD_UNRECOGNIZED_NAME, PROV_TLS_UNKNOWN_NAME},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, PROV_TLS_BROKEN_OFF},
    {ALERT + SSL_AD_BAD_CERTIFICATE, PROV_TLS_CLIENT_REFUSED},
    {ALERT + SSL_AD_UNSUPPORTED_CERTIFICATE, PROV_TLS_CLIENT_REFUSED},
    {ALERT + SSL_AD_CERTIFICATE_REVOKED, PROV_TLS_CLIENT_REVOKED},
    {ALERT + SSL_AD_CERTIFICATE_EXPIRED, PROV_TLS_CLIENT_EXPIRED},
    {ALERT + SSL_AD_CERTIFICATE_UNKNOWN, PROV_TLS_CLIENT_REFUSED},
    {ALERT + SSL_AD_UNKNOWN_CA, PROV_TLS_CLIENT_UNKNOWN_CA},
    {ALERT + SSL_AD_ACCESS_DENIED, PROV_TLS_CLIENT_REFUSED},
    {ALERT + TLS13_AD_CERTIFICATE_REQUIRED, PROV_TLS_CLIENT_REQUIRED},
};

/* In front of the server's address. */
static const struct {
    enum prov_tls_reason reason;
    const char *text;
} texts[] = {
    {PROV_TLS_HTTP_SPOKEN, "no TLS spoken (plain HTTP?) by"},
    {PROV_TLS_EXPECTED, "TLS expected (https?) by"},
    {PROV_TLS_VERSION, "no common TLS version with"},
    {PROV_TLS_PARAMETERS, "no common TLS parameters strong enough with"},
    {PROV_TLS_UNKNOWN_NAME, "server name not known to"},
    {PROV_TLS_BROKEN_OFF, "TLS handshake broken off by"},
    {PROV_TLS_CLIENT_REQUIRED, "certificate of this device required by"},
    {PROV_TLS_CLIENT_REFUSED, "certificate of this device refused by"},
    {PROV_TLS_CLIENT_EXPIRED, "certificate of this device expired, says"},
    {PROV_TLS_CLIENT_REVOKED, "certificate of this device revoked, says"},
    {PROV_TLS_CLIENT_UNKNOWN_CA, "certificate of this device is from a CA not trusted by"},
};

/* What servers write beside HTTP 400, having no word of HTTP for it: nginx, Apache. */
static const struct {
    const char *text;
    enum prov_tls_reason reason;
} words[] = {
    {"No required SSL certificate was sent", PROV_TLS_CLIENT_REQUIRED},
    {"The SSL certificate error", PROV_TLS_CLIENT_REFUSED},
    {"plain HTTP request was sent to HTTPS port", PROV_TLS_EXPECTED},
    {"speaking plain HTTP to an SSL-enabled server", PROV_TLS_EXPECTED},
};

/* The first record of a TLS server that does not know what to think of a GET: an alert. */
static bool is_alert(prov_str answer)
{
    return answer.len >= 2 && answer.data[0] == SSL3_RT_ALERT &&
           answer.data[1] == SSL3_VERSION_MAJOR;
}

void provi_tls_sniff(struct provi_curl_job *job, prov_str answer)
{
    if (job->http_code == 0 && is_alert(answer))
        job->tls.told = PROV_TLS_EXPECTED;
    if (job->http_code != 400)
        return;
    for (size_t i = 0; i < PROVI_LEN(words); i++)
        if (provi_str_has(answer, prov_str_from(words[i].text)))
            job->tls.told = words[i].reason;
}

static prov_status tell(enum prov_tls_reason reason, const char *where, enum prov_origin origin,
                        int64_t native, struct prov_error *err)
{
    const char *text = NULL;
    for (size_t i = 0; i < PROVI_LEN(texts) && !text; i++)
        if (texts[i].reason == reason)
            text = texts[i].text;
    provi_fail(err, PROV_E_TLS, "%s %s", text, where);
    provi_error_native(err, origin, native);
    provi_error_tls(err, reason, 0);
    if (reason == PROV_TLS_BROKEN_OFF)
        provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return PROV_E_TLS;
}

static bool has_certificate(const struct provi_curl_job *job)
{
    return job->curl->tls->identity.certificate != NULL;
}

static bool is_about_client(enum prov_tls_reason reason)
{
    return reason >= PROV_TLS_CLIENT_REQUIRED || reason == PROV_TLS_PARAMETERS;
}

/* What ask() in tls_sign.c left. */
static prov_status tell_host(unsigned long code, const char *where, struct prov_error *err)
{
    provi_fail(err, PROV_E_TLS, "the host did not sign for %s", where);
    provi_error_native(err, PROV_ORIGIN_HOST, -(int64_t)ERR_GET_REASON(code));
    provi_error_tls(err, PROV_TLS_KEY_FAILED, 0);
    return PROV_E_TLS;
}

static enum prov_tls_reason find_reason(const struct provi_curl_job *job, int number)
{
    enum prov_tls_reason reason = PROV_TLS_PROTOCOL;
    for (size_t i = 0; i < PROVI_LEN(numbers); i++)
        if (numbers[i].number == number)
            reason = numbers[i].reason;
    /* Servers have several words for it; before TLS 1.3 there was none of its own. */
    if (number > ALERT && job->tls.was_asked && is_about_client(reason)) {
        if (!has_certificate(job))
            return PROV_TLS_CLIENT_REQUIRED;
        if (reason == PROV_TLS_PARAMETERS)
            return PROV_TLS_CLIENT_REFUSED;
    }
    return reason;
}

static prov_status judge_code(const struct provi_curl_job *job, unsigned long code,
                              const char *where, struct prov_error *err)
{
    if (ERR_GET_LIB(code) == ERR_LIB_USER)
        return tell_host(code, where, err);
    enum prov_tls_reason reason = find_reason(job, ERR_GET_REASON(code));
    if (reason != PROV_TLS_PROTOCOL)
        return tell(reason, where, PROV_ORIGIN_SSL, (int64_t)code, err);
    const char *words_of_openssl = ERR_reason_error_string(code);
    provi_fail(err, PROV_E_TLS, "TLS failed, %s, with %s",
               words_of_openssl ? words_of_openssl : "no reason given", where);
    provi_error_native(err, PROV_ORIGIN_SSL, (int64_t)code);
    provi_error_tls(err, reason, 0);
    return PROV_E_TLS;
}

/* Two of them libcurl uses for what a server says of the device's certificate. */
static bool is_of_handshake(CURLcode code)
{
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
           code == CURLE_SSL_CLIENTCERT;
}

/* Instead of an answer; what breaks off an answer is no matter of TLS. */
static bool is_broken_off(const struct provi_curl_job *job, CURLcode code)
{
    return job->http_code == 0 &&
           (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING);
}

/* Which may come behind the handshake, as far as this side sees it. */
static bool is_alert_or_host(unsigned long number)
{
    return ERR_GET_REASON(number) > ALERT || ERR_GET_LIB(number) == ERR_LIB_USER;
}

prov_status provi_tls_judge(const struct provi_curl_job *job, CURLcode code, const char *where,
                            struct prov_error *err)
{
    if (job->tls.told)
        return tell(job->tls.told, where, job->http_code ? PROV_ORIGIN_HTTP : PROV_ORIGIN_NONE,
                    job->http_code, err);
    if (job->tls.fault.status != PROV_OK) {
        provi_error_copy(err, &job->tls.fault);
        return job->tls.fault.status;
    }
    unsigned long number = job->tls.code;
    if (is_of_handshake(code) && number)
        return judge_code(job, number, where, err);
    if (is_broken_off(job, code) && is_alert_or_host(number))
        return judge_code(job, number, where, err);
    if (is_broken_off(job, code) && job->tls.was_asked)
        return tell(has_certificate(job) ? PROV_TLS_CLIENT_REFUSED : PROV_TLS_CLIENT_REQUIRED,
                    where, PROV_ORIGIN_CURL, code, err);
    if (is_of_handshake(code))
        return tell(PROV_TLS_BROKEN_OFF, where, PROV_ORIGIN_CURL, code, err);
    return PROV_OK;
}
