/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The easy handle of a hop, with the options for all protocols. Each option prevents an unwanted
 * default of libcurl. */
#include "curl/curl_priv.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"

#define MIN_BUFFER_BYTES 16384
#define MAX_BUFFER_BYTES 102400
#define PIECES 256 /* number of pieces in which a file of the largest size is received */

/* The protocols of libcurl that a hop may use; a lookup uses HTTP's. */
static const char protocols[][6] = {
    [PROVI_CURL_TFTP] = "http",
    [PROVI_CURL_HTTP] = "http",
    [PROVI_CURL_HTTPS] = "https",
    [PROVI_CURL_SYSLOG] = "http",
};

/*
 * Do not use the process's environment: no signals, no variables, no files of its user. Do not
 * wait: without QUICK_EXIT, ending a handle waits for the thread of its name lookup, which a dead
 * name server delays for minutes.
 */
static const struct provi_curl_number fixed[] = {
    {CURLOPT_PATH_AS_IS, 1},      {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_FOLLOWLOCATION, 0},  {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_QUICK_EXIT, 1},      {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_LOW_SPEED_LIMIT, 1}, {CURLOPT_NOPROGRESS, 0},
};

CURLcode provi_curl_set_numbers(struct provi_curl_job *job, const struct provi_curl_number *numbers,
                                size_t n)
{
    CURLcode code = CURLE_OK;
    for (size_t i = 0; i < n && code == CURLE_OK; i++)
        code = curl_easy_setopt(job->easy, (CURLoption)numbers[i].option, (long)numbers[i].value);
    return code;
}

/* redirect.c follows redirects, with a new handle each. If libcurl ever followed one, it must not
 * leave this hop's protocol. */
static CURLcode set_reach(struct provi_curl_job *job)
{
    CURLcode code = provi_curl_set_numbers(job, fixed, PROVI_LEN(fixed));
    const char *protocol = protocols[job->scheme];
    PROVI_CURL_SET(code, job->easy, CURLOPT_URL, job->url.data);
    PROVI_CURL_SET(code, job->easy, CURLOPT_PROTOCOLS_STR, protocol);
    PROVI_CURL_SET(code, job->easy, CURLOPT_REDIR_PROTOCOLS_STR, protocol);
    PROVI_CURL_SET(code, job->easy, CURLOPT_PROXY, "");
    PROVI_CURL_SET(code, job->easy, CURLOPT_NOPROXY, "");
    return code;
}

static long at_least_1(int64_t value)
{
    return value < 1 ? 1 : (long)value;
}

/* Firmware is received in larger pieces than profiles: each transfer under way needs that much
 * memory. */
static long buffer_bytes(uint64_t max_fetch_bytes)
{
    uint64_t wanted = max_fetch_bytes / PIECES;
    if (wanted < MIN_BUFFER_BYTES)
        return MIN_BUFFER_BYTES;
    return wanted > MAX_BUFFER_BYTES ? MAX_BUFFER_BYTES : (long)wanted;
}

static CURLcode set_limits(struct provi_curl_job *job)
{
    const struct prov_limits *limits = job->request->limits;
    int64_t left_ms = (int64_t)limits->total_timeout_ms - job->spent_ms;
    CURLcode code = CURLE_OK;
    PROVI_CURL_SET(code, job->easy, CURLOPT_CONNECTTIMEOUT_MS,
                   at_least_1(limits->connect_timeout_ms));
    PROVI_CURL_SET(code, job->easy, CURLOPT_TIMEOUT_MS, at_least_1(left_ms));
    PROVI_CURL_SET(code, job->easy, CURLOPT_BUFFERSIZE, buffer_bytes(limits->max_fetch_bytes));
    PROVI_CURL_SET(code, job->easy, CURLOPT_LOW_SPEED_TIME,
                   at_least_1(((int64_t)limits->idle_timeout_ms + 999) / 1000));
    return code;
}

static CURLcode set_options(struct provi_curl_job *job)
{
    CURLcode code = set_reach(job);
    if (code == CURLE_OK)
        code = set_limits(job);
    if (code == CURLE_OK)
        code = provi_curl_names_set(job);
    if (code != CURLE_OK)
        return code;
    provi_curl_set_flow(job);
    switch (job->scheme) {
    case PROVI_CURL_TFTP:
    case PROVI_CURL_SYSLOG: return provi_curl_set_lookup(job);
    default: return provi_curl_set_http(job);
    }
}

prov_status provi_curl_load_roots(const struct provi_curl_job *job, struct prov_error *err)
{
    return job->scheme == PROVI_CURL_HTTPS
               ? provi_tls_load_system(job->curl->tls, job->identity, err)
               : PROV_OK;
}

prov_status provi_curl_easy_new(struct provi_curl_job *job, struct prov_error *err)
{
    job->hop = (struct provi_curl_hop){.http_code = 0};
    prov_status status = provi_curl_load_roots(job, err);
    if (status == PROV_OK && job->method != PROV_METHOD_GET) {
        status = provi_curl_upload_rewind(job);
        provi_error_copy(err, &job->upload_err);
    }
    if (status != PROV_OK)
        return status;
    job->easy = curl_easy_init();
    if (!job->easy)
        return provi_fail_nomem(err);
    CURLcode code = set_options(job);
    if (code == CURLE_OK)
        return PROV_OK;
    provi_curl_easy_free(job);
    if (code == CURLE_OUT_OF_MEMORY)
        return provi_fail_nomem(err);
    provi_fail(err, PROV_E_UNSUPPORTED, "this libcurl cannot do that: %s",
               curl_easy_strerror(code));
    provi_error_native(err, PROV_ORIGIN_CURL, code);
    return PROV_E_UNSUPPORTED;
}

void provi_curl_easy_free(struct provi_curl_job *job)
{
    provi_https_leave(job);
    curl_easy_cleanup(job->easy);
    curl_slist_free_all(job->headers);
    job->easy = NULL;
    job->headers = NULL;
}
