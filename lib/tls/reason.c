/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The reason why a hop failed, if it is TLS: a certificate, the handshake, or the text of a
 * response. */
#include "tls/tls.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* Reason codes for the alerts of a server; the number of the alert (RFC 8446, section 6) is
 * added. */
#define ALERT SSL_AD_REASON_OFFSET
#define MESSAGE_CAP 512
#define WANTED_CAP (PROVI_TLS_NAME_CAP + 64)

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

/* Texts for codes, to be followed by the server's address. */
static const struct {
    enum prov_tls_reason reason;
    const char *text;
} texts[] = {
    {PROV_TLS_HTTP_SPOKEN, "no TLS spoken (plain HTTP?) by"},
    {PROV_TLS_EXPECTED, "TLS expected (https?) by"},
    {PROV_TLS_VERSION, "no common TLS version with"},
    {PROV_TLS_PARAMETERS,
     "no cipher in common, or the server's key is not RSA or EC P-256 or better, says"},
    {PROV_TLS_UNKNOWN_NAME, "server name not known to"},
    {PROV_TLS_BROKEN_OFF, "TLS handshake broken off by"},
    {PROV_TLS_CLIENT_REQUIRED, "certificate of this device required by"},
};

/* Texts that nginx and Apache send with HTTP 400, since HTTP has no status for these faults. */
static const struct {
    const char *text;
    enum prov_tls_reason reason;
} pages[] = {
    {"No required SSL certificate was sent", PROV_TLS_CLIENT_REQUIRED},
    {"The SSL certificate error", PROV_TLS_CLIENT_REFUSED},
    {"plain HTTP request was sent to HTTPS port", PROV_TLS_EXPECTED},
    {"speaking plain HTTP to an SSL-enabled server", PROV_TLS_EXPECTED},
};

/* Whether the reply to a GET in clear text is a TLS alert. */
static bool is_alert(prov_str answer)
{
    return answer.len >= 2 && answer.data[0] == SSL3_RT_ALERT &&
           answer.data[1] == SSL3_VERSION_MAJOR;
}

void provi_tls_read_words(struct provi_tls_hop *hop, long http_code, prov_str answer)
{
    if (http_code == 0 && is_alert(answer))
        hop->stated = PROV_TLS_EXPECTED;
    if (http_code != 400)
        return;
    for (size_t i = 0; i < PROVI_LEN(pages); i++)
        if (provi_str_has(answer, prov_str_from(pages[i].text)))
            hop->stated = pages[i].reason;
}

/* OpenSSL clears its queue and errno at the start of each step of a handshake. libcurl reads the
 * queue later. */
unsigned long provi_tls_first_error(void)
{
    unsigned long first = ERR_peek_error();
    if (provi_tls_lacked_memory())
        first = ERR_PACK(ERR_LIB_SSL, 0, ERR_R_MALLOC_FAILURE);
    if (first)
        ERR_raise(ERR_GET_LIB(first), ERR_GET_REASON(first));
    return first;
}

/* A cause, and the code by which it was reported. */
struct cause {
    enum prov_tls_reason reason;
    enum prov_origin origin;
    int64_t native;
    const char *words; /* from the server, or from the lower layer */
    bool is_alert;
};

static X509 *own_certificate(const struct provi_tls_hop *hop)
{
    return hop->context ? SSL_CTX_get0_certificate(hop->context) : NULL;
}

/* Write `…, BEFORE the CA our-ca` or `… the CA our-ca or another one`; nothing if the CA has no
 * name. */
static void write_wanted_ca(const struct provi_tls_hop *hop, const char *before, char *buf,
                            size_t cap)
{
    buf[0] = '\0';
    if (hop->wanted_ca[0] != '\0')
        snprintf(buf, cap, "%s the CA %s%s", before, hop->wanted_ca,
                 hop->is_one_of_several ? " or another one" : "");
}

/* The server's greeting or error text shows which service it is. */
static void write_no_tls(const struct provi_tls_hop *hop, const char *text, const char *where,
                         char *buf, size_t cap)
{
    prov_str start = provi_content_start((prov_str){hop->start, hop->n_start});
    if (start.len == 0 || provi_str_starts(start, PROVI_LIT("HTTP/")))
        snprintf(buf, cap, "%s %s", text, where);
    else
        snprintf(buf, cap, "no TLS spoken by %s: it starts with '%.*s'", where, PROVI_STR(start));
}

/* Write the certificate that was sent, and the server's text about it. */
static void write_refused(const struct provi_tls_hop *hop, const char *where, const char *words,
                          char *buf, size_t cap)
{
    X509 *own = own_certificate(hop);
    char name[PROVI_TLS_NAME_CAP], issuer[PROVI_TLS_NAME_CAP], wanted[WANTED_CAP] = "";
    if (!hop->has_wanted_ca)
        write_wanted_ca(hop, "; wanted is one from", wanted, sizeof wanted);
    if (!own) {
        snprintf(buf, cap, "certificate of this device refused by %s: %s%s", where, words, wanted);
        return;
    }
    provi_tls_write_subject(own, name);
    provi_tls_write_issuer(own, issuer);
    snprintf(buf, cap, "certificate of this device, %s from %s, refused by %s: %s%s", name, issuer,
             where, words, wanted);
}

static void write_cause(const struct provi_tls_hop *hop, const struct cause *cause,
                        const char *where, char *buf, size_t cap)
{
    const char *text = NULL;
    for (size_t i = 0; i < PROVI_LEN(texts) && !text; i++)
        if (texts[i].reason == cause->reason)
            text = texts[i].text;
    char wanted[WANTED_CAP];
    if (cause->reason == PROV_TLS_CLIENT_REQUIRED) {
        write_wanted_ca(hop, ", from", wanted, sizeof wanted);
        snprintf(buf, cap, "certificate of this device required by %s%s", where, wanted);
    } else if (cause->reason > PROV_TLS_CLIENT_REQUIRED)
        write_refused(hop, where, cause->words, buf, cap);
    else if (cause->reason == PROV_TLS_PARAMETERS && !cause->is_alert)
        snprintf(buf, cap, "no common TLS parameters strong enough, %s, with %s", cause->words,
                 where);
    else if (cause->reason == PROV_TLS_HTTP_SPOKEN)
        write_no_tls(hop, text, where, buf, cap);
    else if (text)
        snprintf(buf, cap, "%s %s", text, where);
    else
        snprintf(buf, cap, "TLS failed, %s, with %s", cause->words, where);
}

static prov_status fail(const struct provi_tls_hop *hop, const struct cause *cause,
                        const char *where, struct prov_error *err)
{
    char message[MESSAGE_CAP], name[PROVI_TLS_NAME_CAP];
    write_cause(hop, cause, where, message, sizeof message);
    provi_fail(err, PROV_E_TLS, "%s", message);
    provi_error_native(err, cause->origin, cause->native);
    provi_error_tls(err, cause->reason, 0);
    if (cause->reason == PROV_TLS_BROKEN_OFF)
        provi_error_flags(err, PROV_ERROR_RETRYABLE);
    X509 *own = cause->reason > PROV_TLS_CLIENT_REQUIRED ? own_certificate(hop) : NULL;
    if (own) {
        provi_tls_write_subject(own, name);
        provi_error_subject(err, prov_str_from(name));
    }
    return PROV_E_TLS;
}

/* Report the failure that sign.c has recorded. */
static prov_status fail_signing(int reason, const char *where, struct prov_error *err)
{
    bool is_status = reason < PROVI_TLS_SIGN_REASONS;
    const char *why = is_status ? prov_status_text(-reason)
                      : reason == PROVI_TLS_SIGN_BAD_LENGTH
                          ? "its signature is empty or of a wrong length"
                      : reason == PROVI_TLS_SIGN_BAD_SIGNATURE
                          ? "its signature is not by the key of the device's certificate"
                          : "it returned something that is no status";
    provi_fail(err, PROV_E_TLS, "the host did not sign for %s: %s", where, why);
    provi_error_native(err, PROV_ORIGIN_HOST, is_status ? -(int64_t)reason : 0);
    provi_error_tls(err, PROV_TLS_KEY_FAILED, 0);
    return PROV_E_TLS;
}

static enum prov_tls_reason find_reason(const struct provi_tls_hop *hop, int number)
{
    enum prov_tls_reason reason = PROV_TLS_PROTOCOL;
    for (size_t i = 0; i < PROVI_LEN(numbers); i++)
        if (numbers[i].number == number)
            reason = numbers[i].reason;
    /* Servers use several alerts for this; before TLS 1.3 there was no specific one. */
    bool is_about_client = reason >= PROV_TLS_CLIENT_REQUIRED || reason == PROV_TLS_PARAMETERS;
    if (number > ALERT && hop->was_asked && is_about_client) {
        if (!own_certificate(hop))
            return PROV_TLS_CLIENT_REQUIRED;
        if (reason == PROV_TLS_PARAMETERS)
            return PROV_TLS_CLIENT_REFUSED;
    }
    return reason;
}

static prov_status check_code(const struct provi_tls_hop *hop, const char *where,
                              struct prov_error *err)
{
    int number = ERR_GET_REASON(hop->code);
    if (number == ERR_R_MALLOC_FAILURE)
        return provi_fail_nomem(err);
    if (ERR_GET_LIB(hop->code) == ERR_LIB_USER)
        return fail_signing(number, where, err);
    const char *words_of_openssl = ERR_reason_error_string(hop->code);
    struct cause cause = {find_reason(hop, number), PROV_ORIGIN_SSL, (int64_t)hop->code,
                          words_of_openssl ? words_of_openssl : "no reason given", number > ALERT};
    if (cause.is_alert && cause.reason > PROV_TLS_CLIENT_REQUIRED)
        cause.words = SSL_alert_desc_string_long(number - ALERT);
    return fail(hop, &cause, where, err);
}

static prov_status fail_server(const struct provi_tls_hop *hop, const char *where,
                               struct prov_error *err)
{
    const struct prov_error *fault = &hop->fault;
    if (fault->status != PROV_E_TLS)
        return provi_fail_nomem(err);
    provi_fail(err, PROV_E_TLS, "%s, shown by %s", fault->message, where);
    provi_error_native(err, fault->origin, fault->native);
    provi_error_tls(err, fault->reason, fault->depth);
    provi_error_flags(err, fault->flags);
    provi_error_subject(err, prov_str_from(fault->subject));
    return PROV_E_TLS;
}

static prov_status fail_certificate(const struct provi_tls_outcome *outcome, const char *where,
                                    struct prov_error *err)
{
    provi_fail(err, PROV_E_TLS, "certificate refused by libcurl, %s, shown by %s", outcome->words,
               where);
    provi_error_native(err, PROV_ORIGIN_CURL, outcome->code);
    provi_error_tls(err, PROV_TLS_BAD_CERTIFICATE, 0);
    return PROV_E_TLS;
}

prov_status provi_tls_find_cause(const struct provi_tls_hop *hop,
                                 const struct provi_tls_outcome *outcome, const char *where,
                                 struct prov_error *err)
{
    bool is_handshake = outcome->end == PROVI_TLS_END_HANDSHAKE;
    struct cause cause = {hop->stated, outcome->http_code ? PROV_ORIGIN_HTTP : PROV_ORIGIN_NONE,
                          outcome->http_code, "its page gives no reason", false};
    if (hop->stated)
        return fail(hop, &cause, where, err);
    if (hop->fault.status != PROV_OK)
        return fail_server(hop, where, err);
    /* For this side, the handshake may be complete when these are received. */
    bool is_alert_or_host =
        ERR_GET_REASON(hop->code) > ALERT || ERR_GET_LIB(hop->code) == ERR_LIB_USER;
    if (hop->code &&
        (is_handshake || (outcome->end == PROVI_TLS_END_NO_ANSWER && is_alert_or_host)))
        return check_code(hop, where, err);
    if (is_handshake && outcome->is_certificate)
        return fail_certificate(outcome, where, err);
    cause = (struct cause){PROV_TLS_BROKEN_OFF, PROV_ORIGIN_CURL, outcome->code,
                           "it closed the connection", false};
    if (outcome->end == PROVI_TLS_END_NO_ANSWER && hop->was_asked)
        cause.reason = own_certificate(hop) ? PROV_TLS_CLIENT_REFUSED : PROV_TLS_CLIENT_REQUIRED;
    else if (!is_handshake)
        return PROV_OK;
    return fail(hop, &cause, where, err);
}
