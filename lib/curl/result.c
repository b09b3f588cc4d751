/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Status and message of a finished hop. */
#include "curl/curl_priv.h"

#include <errno.h>
#include <stdio.h>

#include "base/array.h"
#include "base/error.h"

static uint64_t n_bytes(const struct provi_curl_job *job)
{
    return prov_transfer_n_bytes(job->transfer);
}

static prov_status report(struct prov_error *err, prov_status status, CURLcode code,
                          const char *text, const char *where)
{
    provi_fail(err, status, "%s %s", text, where);
    provi_error_native(err, PROV_ORIGIN_CURL, code);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

/* 401 requires credentials, 404 means that there is no such file, others are failures of the
 * server. */
static prov_status report_http(const struct provi_curl_job *job, const char *where,
                               struct prov_error *err)
{
    prov_status status = PROV_E_SERVER;
    const char *detail = "";
    if (job->hop.http_code == 206)
        detail = ": a part of the file, which was not requested";
    if (job->hop.http_code == 411 && provi_curl_upload_bytes(job) < 0)
        detail = ": it takes no body of unknown length";
    if (job->hop.http_code == 404)
        status = provi_fail(err, PROV_E_NOT_FOUND, "no such file at %s (HTTP 404)", where);
    else if (job->hop.http_code != 401)
        provi_fail(err, status, "HTTP %ld from %s%s", job->hop.http_code, where, detail);
    else if (job->request->uid.len == 0 || provi_curl_is_at_origin(job))
        status = provi_curl_fail_challenge(job, where, job->hop.http_code, err);
    else
        status = provi_fail(err, PROV_E_AUTH,
                            "%s requires a password, but a redirect led there (HTTP 401)", where);
    provi_error_native(err, PROV_ORIGIN_HTTP, job->hop.http_code);
    if (job->hop.http_code >= 500)
        provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

/* Report the proxy's own response; servers send 407 too, by mistake (RFC 9110, 15.5.8). */
static prov_status report_proxy(const struct provi_curl_job *job, long http_code, const char *where,
                                struct prov_error *err)
{
    char peer[PROVI_CURL_ENDPOINT_CAP];
    provi_curl_endpoint_peer(job, peer, sizeof peer);
    prov_status status = PROV_E_SERVER;
    if (http_code == 407)
        status = provi_curl_fail_challenge(job, peer, http_code, err);
    else
        provi_fail(err, status, "HTTP %ld in place of a connection to %s", http_code, where);
    provi_error_native(err, PROV_ORIGIN_HTTP, http_code);
    if (http_code >= 500)
        provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

static int64_t info_us(const struct provi_curl_job *job, CURLINFO info)
{
    curl_off_t us = 0;
    curl_easy_getinfo(job->easy, info, &us);
    return us;
}

/* A timeout before the request: report the first stage that was not completed. */
static prov_status report_slow_connection(const struct provi_curl_job *job, const char *where,
                                          struct prov_error *err)
{
    char peer[PROVI_CURL_ENDPOINT_CAP];
    provi_curl_endpoint_peer(job, peer, sizeof peer);
    if (info_us(job, CURLINFO_NAMELOOKUP_TIME_T) == 0) {
        char who[PROVI_CURL_ENDPOINT_CAP];
        provi_curl_names_who(job->curl, who, sizeof who);
        return provi_fail(err, PROV_E_DNS, "no answer from %s (query: %s)", who, peer);
    }
    if (!job->hop.is_connected && info_us(job, CURLINFO_CONNECT_TIME_T) == 0)
        return provi_fail(err, PROV_E_TIMEOUT, "no answer to connecting to %s", peer);
    if (job->scheme == PROVI_CURL_HTTPS && info_us(job, CURLINFO_APPCONNECT_TIME_T) == 0)
        return provi_fail(err, PROV_E_TIMEOUT, "TLS handshake not answered by %s", where);
    return provi_fail(err, PROV_E_TIMEOUT, "connected, but no answer from %s", where);
}

/* A timeout after the request: silence, or too few bytes in a time. libcurl reports both as too
 * slow. */
static prov_status report_slow_answer(const struct provi_curl_job *job, const char *where,
                                      struct prov_error *err)
{
    const struct prov_limits *limits = job->request->limits;
    unsigned long long n = (unsigned long long)n_bytes(job);
    int64_t now_ms = provi_curl_now_ms(job->curl);
    int64_t silent_ms = job->hop.heard_ms ? now_ms - job->hop.heard_ms : limits->idle_timeout_ms;
    if (job->hop.heard_ms && job->spent_ms >= limits->total_timeout_ms)
        return provi_fail(err, PROV_E_TIMEOUT, "not finished after %u s, at byte %llu, from %s",
                          limits->total_timeout_ms / 1000, n, where);
    if (job->hop.heard_ms && silent_ms < limits->idle_timeout_ms / 2)
        return provi_fail(err, PROV_E_TIMEOUT, "slower than 1 byte a second, at byte %llu, from %s",
                          n, where);
    if (n > 0)
        return provi_fail(err, PROV_E_TIMEOUT,
                          "answers stopped after %llu bytes from %s: silent for %lld s", n, where,
                          (long long)(silent_ms / 1000));
    return provi_fail(err, PROV_E_TIMEOUT, "connected, but no answer from %s: silent for %lld s",
                      where, (long long)(silent_ms / 1000));
}

static prov_status report_timeout(const struct provi_curl_job *job, const char *where,
                                  struct prov_error *err)
{
    long n_sent = 0; /* bytes of the request, over a new or a reused connection */
    curl_easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &n_sent);
    prov_status status = n_sent > 0 || n_bytes(job) > 0 ? report_slow_answer(job, where, err)
                                                        : report_slow_connection(job, where, err);
    provi_error_native(err, PROV_ORIGIN_CURL, CURLE_OPERATION_TIMEDOUT);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

/* Why a server is unreachable, by errno. */
static const char *why_no_way(long error)
{
    switch (error) {
    case EACCES:
    case EPERM: return ": this device does not permit it";
    case EADDRNOTAVAIL: return ": no address or port of this device is free for it";
    case EAFNOSUPPORT: return ": this device does not support that kind of address";
    case EHOSTUNREACH: return ": the host does not answer on its network, or there is no route";
    case EMFILE:
    case ENFILE: return ": no descriptor is free";
    case ENETDOWN: return ": the network is down";
    case ENETUNREACH: return ": no route leads to its network";
    case ETIMEDOUT: return ": no answer to connecting";
    default: return "";
    }
}

static prov_status fail_connect(long error, const char *listener, const char *where,
                                struct prov_error *err)
{
    if (error == ECONNREFUSED)
        provi_fail(err, PROV_E_CONNECT, "nothing listens %s", listener);
    else
        provi_fail(err, PROV_E_CONNECT, "cannot connect to %s%s", where, why_no_way(error));
    provi_error_native(err, PROV_ORIGIN_OS, error);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return PROV_E_CONNECT;
}

/* The transfer has the error record. */
static prov_status fail_refused(prov_status status, struct prov_error *err)
{
    return provi_fail(err, status, "%s", prov_status_text(status));
}

static prov_status report_connect(const struct provi_curl_job *job, struct prov_error *err)
{
    char peer[PROVI_CURL_ENDPOINT_CAP], listener[PROVI_CURL_ENDPOINT_CAP + 8];
    long error = 0;
    provi_curl_endpoint_peer(job, peer, sizeof peer);
    snprintf(listener, sizeof listener, "at %s", peer);
    curl_easy_getinfo(job->easy, CURLINFO_OS_ERRNO, &error);
    if (error == 0)
        error = job->hop.socket_error;
    return fail_connect(error, listener, peer, err);
}

prov_status provi_curl_fail_datagram(const struct provi_curl_job *job,
                                     const union provi_curl_address *last, int error,
                                     struct prov_error *err)
{
    char where[PROVI_CURL_ENDPOINT_CAP], host[PROVI_CURL_ENDPOINT_CAP];
    char listener[PROVI_CURL_ENDPOINT_CAP + 24];
    if (job->hop.refused != PROV_OK)
        return fail_refused(job->hop.refused, err);
    provi_curl_endpoint(job, where, sizeof where);
    provi_curl_endpoint_host(job, &last->any, host, sizeof host);
    snprintf(listener, sizeof listener, "on UDP port %u of %s", (unsigned)job->request->port, host);
    return fail_connect(error, listener, where, err);
}

static const struct {
    CURLcode code;
    prov_status status;
    const char *text;
} rows[] = {
    {CURLE_COULDNT_RESOLVE_HOST, PROV_E_DNS, "no such name, or no answer from a name server, for"},
    {CURLE_COULDNT_RESOLVE_PROXY, PROV_E_DNS, "no such name, or no answer from a name server, for"},
    {CURLE_INTERFACE_FAILED, PROV_E_CONNECT, "source_ip is not an address of this device:"},
    {CURLE_GOT_NOTHING, PROV_E_NETWORK, "connection closed without a response by"},
    {CURLE_RECV_ERROR, PROV_E_NETWORK, "connection broken off by"},
    {CURLE_SEND_ERROR, PROV_E_NETWORK, "connection broken off by"},
    {CURLE_PARTIAL_FILE, PROV_E_TRUNCATED, "connection closed before the announced end by"},
    {CURLE_UNSUPPORTED_PROTOCOL, PROV_E_NETWORK, "response is not HTTP from"},
    {CURLE_WEIRD_SERVER_REPLY, PROV_E_NETWORK, "response is not HTTP from"},
    {CURLE_BAD_FUNCTION_ARGUMENT, PROV_E_NETWORK, "response is not HTTP from"},
    {CURLE_BAD_CONTENT_ENCODING, PROV_E_NETWORK, "broken encoding of the response from"},
};

/* Up to release 8.5, libcurl accepts no longer trailer, and reports it in another way. */
#define MAX_TRAILER_BYTES 4096

static bool is_long_trailer(const struct provi_curl_job *job)
{
    return job->hop.chunks.state == PROVI_CURL_CHUNK_TRAILER &&
           job->hop.chunks.n_beside > MAX_TRAILER_BYTES;
}

static prov_status report_excess(const struct provi_curl_job *job, CURLcode code, const char *where,
                                 struct prov_error *err)
{
    if (job->hop.excess == PROVI_CURL_EXCESS_FILE)
        provi_fail(err, PROV_E_LIMIT, "larger than the %llu bytes allowed: the file at %s",
                   (unsigned long long)job->request->limits->max_fetch_bytes, where);
    else if (job->hop.excess == PROVI_CURL_EXCESS_WIRE)
        provi_fail(err, PROV_E_LIMIT,
                   "%llu bytes received from %s, only %llu of them of the file: too many others",
                   (unsigned long long)provi_curl_wire_bytes(job), where,
                   (unsigned long long)n_bytes(job));
    else
        provi_fail(err, PROV_E_LIMIT, "%s too large from %s",
                   job->hop.excess == PROVI_CURL_EXCESS_CHUNKS || is_long_trailer(job)
                       ? "chunk extensions or trailers"
                       : "headers",
                   where);
    provi_error_native(err, PROV_ORIGIN_CURL,
                       job->hop.excess == PROVI_CURL_EXCESS_FILE ? CURLE_FILESIZE_EXCEEDED : code);
    return PROV_E_LIMIT;
}

/* An HTTPS server closes a plain HTTP connection, often without a response. */
static void suspect_https(const struct provi_curl_job *job, struct prov_error *err)
{
    if (job->scheme == PROVI_CURL_HTTP && job->hop.http_code == 0 && !job->hop.is_in_header &&
        job->proxy.port == 0)
        provi_error_append(err, ": does this port speak https?");
}

/* The connection ended before a response was complete. */
static prov_status report_no_answer(const struct provi_curl_job *job, CURLcode code,
                                    const char *where, struct prov_error *err)
{
    bool is_interim = job->hop.http_code > 0 && !job->hop.is_in_header;
    const char *text = job->hop.is_in_header
                           ? "connection closed within the header of the response from"
                       : is_interim ? "response is not HTTP from"
                                    : "connection closed without a response by";
    report(err, PROV_E_NETWORK, code, text, where);
    if (is_interim)
        provi_error_append(err, ": nothing came after HTTP %ld", job->hop.http_code);
    suspect_https(job, err);
    return PROV_E_NETWORK;
}

static prov_status report_other(const struct provi_curl_job *job, CURLcode code, const char *where,
                                struct prov_error *err)
{
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        if (rows[i].code != code)
            continue;
        report(err, rows[i].status, code, rows[i].text, where);
        if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR)
            suspect_https(job, err);
        if (rows[i].status == PROV_E_TRUNCATED && provi_curl_response_bytes(job) > 0)
            provi_error_append(err, ": %llu of %lld bytes", (unsigned long long)n_bytes(job),
                               (long long)provi_curl_response_bytes(job));
        if (rows[i].status == PROV_E_NETWORK && job->hop.first[0])
            provi_error_append(err, ": it starts with '%s'", job->hop.first);
        return rows[i].status;
    }
    provi_fail(err, PROV_E_NETWORK, "libcurl failed with %d (%s) at %s", (int)code,
               curl_easy_strerror(code), where);
    provi_error_native(err, PROV_ORIGIN_CURL, code);
    return PROV_E_NETWORK;
}

/* The server's status counts even if the body was cut off; but a challenge may be followed by a
 * failure of the second attempt. */
static bool is_http_failure(const struct provi_curl_job *job, CURLcode code)
{
    long n_requested = 0;
    if (job->hop.http_code < 200 || provi_curl_response_is_file(job) ||
        (code == CURLE_OPERATION_TIMEDOUT && provi_curl_is_redirect(job)))
        return false;
    curl_easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &n_requested);
    return code == CURLE_OK || code == CURLE_WRITE_ERROR || n_requested == job->hop.n_requested;
}

/* CURLE_TOO_LARGE, since libcurl 8.6; earlier releases report a line without end as lack of
 * memory, and all do as a failure to receive where a proxy sends it before a tunnel. */
#define TOO_LARGE 100

static bool is_excess(const struct provi_curl_job *job, CURLcode code)
{
    return job->hop.excess != PROVI_CURL_EXCESS_NONE ||
           (int)code == TOO_LARGE || /* GCOV_EXCL_BR_LINE: a matter of the release */
           (code == CURLE_OUT_OF_MEMORY && provi_curl_wire_is_long_line(job)) ||
           (code == CURLE_RECV_ERROR &&
            (is_long_trailer(job) || provi_curl_wire_is_long_line(job)));
}

static prov_status describe_failure(const struct provi_curl_job *job, CURLcode code,
                                    const char *where, struct prov_error *err)
{
    if (is_excess(job, code))
        return report_excess(job, code, where, err);
    if (code == CURLE_OUT_OF_MEMORY)
        return provi_fail_nomem(err);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return report_timeout(job, where, err);
    if (code == CURLE_COULDNT_CONNECT)
        return report_connect(job, err);
    bool is_unanswered =
        job->hop.is_in_header || (job->hop.http_code > 0 && job->hop.http_code < 200);
    bool is_ended_by_peer =
        code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR;
    if (code == CURLE_OK || (is_unanswered && is_ended_by_peer))
        return report_no_answer(job, code, where, err);
    if (job->hop.chunks.is_malformed)
        return report(err, PROV_E_NETWORK, code,
                      "response is not HTTP, its chunks are broken, from", where);
    if (code == CURLE_WRITE_ERROR) /* ignore_body() found no header */
        code = CURLE_UNSUPPORTED_PROTOCOL;
    char peer[PROVI_CURL_ENDPOINT_CAP];
    provi_curl_endpoint_peer(job, peer, sizeof peer);
    bool is_of_peer = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY;
    return report_other(job, code, is_of_peer ? peer : where, err);
}

prov_status provi_curl_result(const struct provi_curl_job *job, CURLcode code,
                              struct prov_error *err)
{
    char where[PROVI_CURL_ENDPOINT_CAP];
    bool is_success = code == CURLE_OK && job->hop.http_code / 100 == 2;
    if (job->data_status != PROV_OK) /* the request may be gone */
        return fail_refused(job->data_status, err);
    if (job->hop.refused != PROV_OK &&
        (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK))
        return fail_refused(job->hop.refused, err);
    if (job->upload_err.status != PROV_OK &&
        (code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_SEND_FAIL_REWIND)) {
        provi_error_copy(err, &job->upload_err);
        return job->upload_err.status;
    }
    if (is_success && !is_http_failure(job, code) && job->scheme == PROVI_CURL_HTTP &&
        job->n_resumes == 0)
        return PROV_OK; /* the common case needs no words */
    provi_curl_endpoint(job, where, sizeof where);
    /* 304 (RFC 9110, section 15.4.5) is a success only if the request was conditional. */
    if (code == CURLE_OK && job->hop.http_code == 304 && job->request->if_none_match.len > 0 &&
        job->n_redirects == 0)
        return PROV_OK;
    if (job->hop.is_whole)
        return PROV_OK;
    prov_status status = provi_https_result(job, code, where, err);
    if (status != PROV_OK)
        return status;
    long proxy_code = provi_curl_response_proxy_code(job);
    if (proxy_code >= 300 && (job->hop.http_code == 0 || is_http_failure(job, code)))
        return report_proxy(job, proxy_code, where, err);
    status = provi_curl_resume_result(job, code, where, err);
    if (status != PROV_OK)
        return status;
    if (is_http_failure(job, code))
        return report_http(job, where, err);
    return is_success ? PROV_OK : describe_failure(job, code, where, err);
}

/* Most header fields of one name that are read; libcurl searches from the first for each. */
enum { MAX_FIELDS = 16 };

bool provi_curl_response_field(const struct provi_curl_job *job, const char *name, unsigned origins,
                               size_t index, prov_str *value)
{
    struct curl_header *header;
    if (index >= MAX_FIELDS ||
        curl_easy_header(job->easy, name, index, origins, -1, &header) != CURLHE_OK)
        return false;
    *value = prov_str_from(header->value);
    return true;
}

prov_str provi_curl_response_header(const struct provi_curl_job *job, const char *name)
{
    prov_str value = {NULL, 0};
    provi_curl_response_field(job, name, CURLH_HEADER, 0, &value);
    return value;
}

int64_t provi_curl_response_retry_after_s(const struct provi_curl_job *job)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(job->easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? seconds : -1;
}

int64_t provi_curl_response_bytes(const struct provi_curl_job *job)
{
    curl_off_t length = -1;
    curl_easy_getinfo(job->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length;
}

prov_str provi_curl_response_ip(const struct provi_curl_job *job)
{
    char *ip = NULL;
    curl_easy_getinfo(job->easy, CURLINFO_PRIMARY_IP, &ip);
    return prov_str_from(ip);
}

long provi_curl_response_proxy_code(const struct provi_curl_job *job)
{
    long code = 0;
    if (job->hop.http_code == 407 || job->proxy.port == 0)
        return job->hop.http_code == 407 ? 407 : 0;
    curl_easy_getinfo(job->easy, CURLINFO_HTTP_CONNECTCODE, &code);
    return job->hop.http_code ? 0 : code;
}

/* A success with an incomplete header does not count. */
void provi_curl_response_settle(struct provi_curl_job *job)
{
    long code = 0;
    if (!job->hop.is_in_header)
        return;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &code);
    job->hop.http_code = code >= 300 ? code : 0;
}

/* A range that was not requested does not count. */
bool provi_curl_response_is_file(const struct provi_curl_job *job)
{
    bool is_part = job->n_resumes > 0 || job->hop.http_code == 206;
    return job->hop.http_code / 100 == 2 && (!is_part || job->hop.is_rest);
}
