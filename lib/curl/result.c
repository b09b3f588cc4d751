/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What a finished round means, in our words. */
#include "curl/curl_priv.h"

#include <errno.h>

#include "base/array.h"
#include "base/error.h"

/* A silent TFTP server is given up within 30 s, the last round included. */
#define MAX_SILENCE_MS 27000
#define SILENT_ROUND_MS 3000

#define WHERE_CAP 320

static uint64_t n_bytes(const struct provi_curl_job *job)
{
    return prov_transfer_n_bytes(job->transfer);
}

/* Repeating */

static bool is_silence(CURLcode code)
{
    return code == CURLE_OPERATION_TIMEDOUT || code == CURLE_COULDNT_CONNECT;
}

/* Error 8 is RFC 2347's answer to options; servers that never heard of it say 0 or 4. libcurl makes
 * the latter two CURLE_TFTP_ILLEGAL, and CURLE_ABORTED_BY_CALLBACK of what it has no word for. */
static bool is_refusal_of_options(const struct provi_curl_job *job, CURLcode code)
{
    return !job->was_asked_to_send &&
           (code == CURLE_TFTP_ILLEGAL || code == CURLE_ABORTED_BY_CALLBACK);
}

static bool has_time_for_another_try(const struct provi_curl_job *job)
{
    int64_t patience_ms = job->request->limits->connect_timeout_ms;
    if (patience_ms > MAX_SILENCE_MS)
        patience_ms = MAX_SILENCE_MS;
    return job->spent_ms + SILENT_ROUND_MS <= patience_ms;
}

bool provi_curl_try_again(struct provi_curl_job *job, CURLcode code)
{
    if (job->scheme != PROVI_CURL_TFTP || n_bytes(job) > 0 || job->n_uploaded > 0)
        return false;
    if (is_refusal_of_options(job, code) && !job->is_bare) {
        job->is_bare = true;
        return true;
    }
    if (!is_silence(code) || !has_time_for_another_try(job))
        return false;
    job->is_bare = !job->is_bare; /* some servers answer options with silence */
    return true;
}

/* Telling */

static prov_status tell(struct prov_error *err, prov_status status, CURLcode code, const char *text,
                        const char *where)
{
    provi_fail(err, status, "%s %s", text, where);
    provi_error_native(err, PROV_ORIGIN_CURL, code);
    return status;
}

/* 401 and 407 want credentials, 404 is no file, the rest is a failed server. */
static prov_status tell_http(const struct provi_curl_job *job, const char *where,
                             struct prov_error *err)
{
    prov_status status = PROV_E_SERVER;
    if (job->http_code == 404)
        status = provi_fail(err, PROV_E_NOT_FOUND, "no such file at %s (HTTP 404)", where);
    else if (job->http_code != 401 && job->http_code != 407)
        provi_fail(err, status, "HTTP %ld from %s", job->http_code, where);
    else if (job->request->uid.len == 0)
        status = provi_fail(err, PROV_E_AUTH, "%s wants a user and a password (HTTP %ld)", where,
                            job->http_code);
    else if (!provi_curl_is_at_origin(job))
        status =
            provi_fail(err, PROV_E_AUTH, "%s wants a password, but a redirect led there (HTTP %ld)",
                       where, job->http_code);
    else
        status = provi_fail(err, PROV_E_AUTH, "%s does not accept user and password (HTTP %ld)",
                            where, job->http_code);
    provi_error_native(err, PROV_ORIGIN_HTTP, job->http_code);
    if (job->http_code >= 500)
        provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

/* RFC 1350, section 5; RFC 2347. */
static const struct tftp_row {
    CURLcode code;
    int number;
    prov_status status;
    const char *text;
} tftp_rows[] = {
    {CURLE_TFTP_NOTFOUND, 1, PROV_E_NOT_FOUND, "no such file at"},
    {CURLE_TFTP_PERM, 2, PROV_E_SERVER, "access refused by"},
    {CURLE_REMOTE_DISK_FULL, 3, PROV_E_SERVER, "disk full at"},
    {CURLE_TFTP_ILLEGAL, 0, PROV_E_SERVER, "request refused, or answered wrongly, by"},
    {CURLE_TFTP_UNKNOWNID, 5, PROV_E_SERVER, "transfer not known any more to"},
    {CURLE_REMOTE_FILE_EXISTS, 6, PROV_E_SERVER, "file exists already at"},
    {CURLE_TFTP_NOSUCHUSER, 7, PROV_E_SERVER, "user not known to"},
    {CURLE_ABORTED_BY_CALLBACK, 8, PROV_E_SERVER, "options refused by"},
};

static const struct tftp_row *find_tftp(const struct provi_curl_job *job, CURLcode code)
{
    for (size_t i = 0; i < PROVI_LEN(tftp_rows) && job->scheme == PROVI_CURL_TFTP; i++)
        if (tftp_rows[i].code == code)
            return &tftp_rows[i];
    return NULL;
}

static prov_status tell_tftp(const struct tftp_row *row, const char *where, struct prov_error *err)
{
    provi_fail(err, row->status, "%s %s (TFTP error %d)", row->text, where, row->number);
    provi_error_native(err, PROV_ORIGIN_TFTP, row->number);
    return row->status;
}

static int64_t info_us(const struct provi_curl_job *job, CURLINFO info)
{
    curl_off_t us = 0;
    curl_easy_getinfo(job->easy, info, &us);
    return us;
}

/* The first of the round's stages that was not reached says where it stopped. */
static prov_status tell_timeout(const struct provi_curl_job *job, const char *where,
                                struct prov_error *err)
{
    prov_status status = PROV_E_TIMEOUT;
    uint32_t total_ms = job->request->limits->total_timeout_ms;
    if (n_bytes(job) > 0 && job->spent_ms >= total_ms)
        provi_fail(err, status, "not finished after %u s, at byte %llu, from %s", total_ms / 1000,
                   (unsigned long long)n_bytes(job), where);
    else if (n_bytes(job) > 0)
        provi_fail(err, status, "answers stopped after %llu bytes from %s",
                   (unsigned long long)n_bytes(job), where);
    else if (info_us(job, CURLINFO_NAMELOOKUP_TIME_T) == 0)
        status = provi_fail(err, PROV_E_DNS, "no answer from the name server about %s", where);
    else if (job->scheme == PROVI_CURL_TFTP)
        provi_fail(err, status, "no answer from %s", where);
    else if (info_us(job, CURLINFO_CONNECT_TIME_T) == 0)
        provi_fail(err, status, "no answer to connecting to %s", where);
    else if (job->scheme == PROVI_CURL_HTTPS && info_us(job, CURLINFO_APPCONNECT_TIME_T) == 0)
        provi_fail(err, status, "TLS handshake not answered by %s", where);
    else
        provi_fail(err, status, "connected, but no answer from %s", where);
    provi_error_native(err, PROV_ORIGIN_CURL, CURLE_OPERATION_TIMEDOUT);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

static prov_status tell_connect(const struct provi_curl_job *job, const char *where,
                                struct prov_error *err)
{
    long error = 0;
    curl_easy_getinfo(job->easy, CURLINFO_OS_ERRNO, &error);
    if (job->scheme == PROVI_CURL_TFTP)
        return tell_timeout(job, where, err);
    tell(err, PROV_E_CONNECT, CURLE_COULDNT_CONNECT,
         error == ECONNREFUSED ? "nobody listens at" : "no way to", where);
    provi_error_native(err, PROV_ORIGIN_OS, error);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return PROV_E_CONNECT;
}

static const struct {
    CURLcode code;
    prov_status status;
    const char *text;
} rows[] = {
    {CURLE_COULDNT_RESOLVE_HOST, PROV_E_DNS, "no address known for"},
    {CURLE_GOT_NOTHING, PROV_E_NETWORK, "connection closed without an answer by"},
    {CURLE_RECV_ERROR, PROV_E_NETWORK, "connection broken off by"},
    {CURLE_SEND_ERROR, PROV_E_NETWORK, "connection broken off by"},
    {CURLE_PARTIAL_FILE, PROV_E_TRUNCATED, "connection closed before the announced end by"},
    {CURLE_UNSUPPORTED_PROTOCOL, PROV_E_NETWORK, "answer is not HTTP from"},
    {CURLE_WEIRD_SERVER_REPLY, PROV_E_NETWORK, "answer is not HTTP from"},
    {CURLE_BAD_CONTENT_ENCODING, PROV_E_NETWORK, "broken encoding of the answer from"},
    {CURLE_FILESIZE_EXCEEDED, PROV_E_LIMIT, "larger than allowed: the file at"},
};

static prov_status tell_other(CURLcode code, const char *where, struct prov_error *err)
{
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        if (rows[i].code != code)
            continue;
        tell(err, rows[i].status, code, rows[i].text, where);
        if (rows[i].status != PROV_E_LIMIT)
            provi_error_flags(err, PROV_ERROR_RETRYABLE);
        return rows[i].status;
    }
    provi_fail(err, PROV_E_NETWORK, "libcurl failed with %d (%s) at %s", (int)code,
               curl_easy_strerror(code), where);
    provi_error_native(err, PROV_ORIGIN_CURL, code);
    return PROV_E_NETWORK;
}

/* The server's answer stands also where the text beside it was broken off; but a challenge may be
 * followed by the failure of the second try. */
static bool is_http_failure(const struct provi_curl_job *job, CURLcode code)
{
    if (job->http_code < 300)
        return false;
    bool is_challenge = job->http_code == 401 || job->http_code == 407;
    return code == CURLE_OK || code == CURLE_WRITE_ERROR || !is_challenge;
}

static prov_status judge_failure(const struct provi_curl_job *job, CURLcode code, const char *where,
                                 struct prov_error *err)
{
    if (code == CURLE_OUT_OF_MEMORY)
        return provi_fail_nomem(err);
    if (provi_curl_is_tls_failure(code))
        return provi_curl_tls_reason(job, code, where, err);
    const struct tftp_row *row = find_tftp(job, code);
    if (row && !job->was_asked_to_send)
        return tell_tftp(row, where, err);
    if (job->was_asked_to_send)
        return tell(err, PROV_E_NETWORK, code, "a read request was taken for a write request by",
                    where);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return tell_timeout(job, where, err);
    if (code == CURLE_COULDNT_CONNECT)
        return tell_connect(job, where, err);
    return tell_other(code, where, err);
}

prov_status provi_curl_judge(const struct provi_curl_job *job, CURLcode code,
                             struct prov_error *err)
{
    char where[WHERE_CAP];
    provi_curl_where(job, where, sizeof where);
    if (job->data_status != PROV_OK)
        return provi_fail(err, job->data_status, "%s", prov_status_text(job->data_status));
    if (job->is_sent)
        return PROV_OK;
    if (is_http_failure(job, code))
        return tell_http(job, where, err);
    return code == CURLE_OK ? PROV_OK : judge_failure(job, code, where, err);
}
