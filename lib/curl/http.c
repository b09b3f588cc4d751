/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Options of HTTP and HTTPS for a hop's handle. */
#include "curl/curl_priv.h"

#include <stdio.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "transfer/transfer.h"

/* The texts were checked when the request started; name and ': ' precede them. */
#define MAX_LINE_BYTES (PROVI_MAX_HEADER_BYTES + sizeof "Content-Encoding: ")

/* Set an option from a text that is not NUL-terminated. */
static CURLcode set_text(struct provi_curl_job *job, CURLoption option, prov_str text)
{
    const struct prov_alloc *alloc = &job->curl->alloc;
    struct provi_buffer copy;
    provi_buffer_init(&copy, PROVI_MAX_HEADER_BYTES, true);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (provi_buffer_add(&copy, alloc, text.data, text.len) == PROV_OK)
        code = curl_easy_setopt(job->easy, option, copy.data);
    provi_buffer_free(&copy, alloc);
    return code;
}

/* An empty value removes libcurl's own header field. */
static CURLcode add_header(struct provi_curl_job *job, prov_str name, prov_str value)
{
    const struct prov_alloc *alloc = &job->curl->alloc;
    struct provi_buffer line;
    provi_buffer_init(&line, MAX_LINE_BYTES, true);
    prov_status status = provi_buffer_add(&line, alloc, name.data, name.len);
    if (status == PROV_OK)
        status = provi_buffer_add(&line, alloc, ": ", value.len ? 2 : 1);
    if (status == PROV_OK && value.len)
        status = provi_buffer_add(&line, alloc, value.data, value.len);
    struct curl_slist *longer =
        status == PROV_OK ? curl_slist_append(job->headers, line.data) : NULL;
    if (longer)
        job->headers = longer;
    provi_buffer_free(&line, alloc);
    return longer ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/* If the length is unknown, HTTP/1.1 sends chunks. A body that can be sent only once waits for the
 * server's consent; for a long one libcurl decides so; any other is sent at once. */
static CURLcode set_upload(struct provi_curl_job *job)
{
    const struct prov_upload *upload = job->request->upload;
    CURLcode code = CURLE_OK;
    if (provi_curl_upload_bytes(job) < 0)
        code = add_header(job, PROVI_LIT("Transfer-Encoding"), PROVI_LIT("chunked"));
    if (code == CURLE_OK && !upload)
        code = add_header(job, PROVI_LIT("Expect"), (prov_str){NULL, 0});
    if (code == CURLE_OK && upload && !upload->rewind)
        code = add_header(job, PROVI_LIT("Expect"), PROVI_LIT("100-continue"));
    return code;
}

/*
 * The body is passed by the read function here too: libcurl might read a pointer to it after a
 * cancelled request is gone. PUT is set as a POST with another name, so that no handle is ever in
 * upload mode.
 */
static CURLcode set_body(struct provi_curl_job *job)
{
    if (job->method == PROV_METHOD_GET)
        return curl_easy_setopt(job->easy, CURLOPT_HTTPGET, 1L);
    CURLcode code = curl_easy_setopt(job->easy, CURLOPT_POST, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t)provi_curl_upload_bytes(job));
    if (code == CURLE_OK && job->method == PROV_METHOD_PUT)
        code = curl_easy_setopt(job->easy, CURLOPT_CUSTOMREQUEST, "PUT");
    if (code == CURLE_OK)
        code = add_header(job, PROVI_LIT("Content-Type"), job->request->content_type);
    if (code == CURLE_OK && job->request->content_encoding.len)
        code = add_header(job, PROVI_LIT("Content-Encoding"), job->request->content_encoding);
    return code == CURLE_OK ? set_upload(job) : code;
}

/*
 * From 8.9 on, libcurl does not compare the source addresses of connections that it keeps. Once
 * there are two, also that of the system's choice, each request with a source address makes a new
 * connection.
 */
static CURLcode set_source(struct provi_curl_job *job)
{
    char source[sizeof "host!" + PROVI_CURL_IP_CAP];
    struct prov_curl *curl = job->curl;
    prov_str ip = job->request->source_ip;
    if (!curl->has_source)
        snprintf(curl->source_ip, sizeof curl->source_ip, "%.*s", PROVI_STR(ip));
    curl->has_source = true;
    curl->has_sources |= !provi_str_is(ip, curl->source_ip);
    if (ip.len == 0)
        return CURLE_OK;
    snprintf(source, sizeof source, "host!%.*s", PROVI_STR(ip));
    CURLcode code = curl_easy_setopt(job->easy, CURLOPT_INTERFACE, source);
    return code == CURLE_OK && curl->has_sources
               ? curl_easy_setopt(job->easy, CURLOPT_FRESH_CONNECT, 1L)
               : code;
}

static CURLcode set_headers(struct provi_curl_job *job)
{
    const struct prov_request *request = job->request;
    bool is_at_origin = provi_curl_is_at_origin(job);
    char range[48];
    CURLcode code = CURLE_OK;
    /* CONNECT needs it as an option, which libcurl formats twice, character by character. */
    if (request->user_agent.len && job->proxy.port)
        code = set_text(job, CURLOPT_USERAGENT, request->user_agent);
    else if (request->user_agent.len)
        code = add_header(job, PROVI_LIT("User-Agent"), request->user_agent);
    /* Set as a plain header field: with CURLOPT_ACCEPT_ENCODING libcurl would decompress without
     * limits. */
    if (code == CURLE_OK && request->accept_encoding.len)
        code = add_header(job, PROVI_LIT("Accept-Encoding"), request->accept_encoding);
    if (code == CURLE_OK && request->if_none_match.len && job->n_redirects == 0 &&
        job->n_resumes == 0)
        code = add_header(job, PROVI_LIT("If-None-Match"), request->if_none_match);
    if (code == CURLE_OK && (job->n_resumes > 0 || (job->offset > 0 && !job->is_anew))) {
        provi_curl_resume_range(job, range, sizeof range);
        code = add_header(job, PROVI_LIT("Range"), prov_str_from(range));
        if (code == CURLE_OK)
            code = add_header(job, PROVI_LIT("If-Range"), prov_str_from(job->validator));
    }
    for (size_t i = 0; i < request->n_headers && code == CURLE_OK && is_at_origin; i++)
        code = add_header(job, request->headers[i].name, request->headers[i].value);
    if (code == CURLE_OK && job->headers)
        code = curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, job->headers);
    return code;
}

/* With two schemes, libcurl waits for a challenge before it sends credentials. */
#define SCHEMES ((long)(CURLAUTH_BASIC | CURLAUTH_DIGEST))

/* Options of an account: schemes, user and password. */
static const uint16_t of_server[] = {CURLOPT_HTTPAUTH, CURLOPT_USERNAME, CURLOPT_PASSWORD};
static const uint16_t of_proxy[] = {CURLOPT_PROXYAUTH, CURLOPT_PROXYUSERNAME,
                                    CURLOPT_PROXYPASSWORD};

static CURLcode set_account(struct provi_curl_job *job, const uint16_t options[3], prov_str uid,
                            prov_str pwd)
{
    if (uid.len == 0)
        return CURLE_OK;
    CURLcode code = curl_easy_setopt(job->easy, (CURLoption)options[0], SCHEMES);
    if (code == CURLE_OK)
        code = set_text(job, (CURLoption)options[1], uid);
    if (code == CURLE_OK)
        code = set_text(job, (CURLoption)options[2], pwd);
    return code;
}

static CURLcode set_proxy(struct provi_curl_job *job)
{
    const struct prov_request *request = job->request;
    if (job->proxy.port == 0)
        return CURLE_OK;
    CURLcode code = set_text(job, CURLOPT_PROXY, request->proxy);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP);
    return code == CURLE_OK ? set_account(job, of_proxy, request->proxy_uid, request->proxy_pwd)
                            : code;
}

/* libcurl compares whole seconds, and 0 means no limit. */
static CURLcode set_most_age(struct provi_curl_job *job, uint32_t network_age_s)
{
    long age_s = network_age_s > 2 ? (long)network_age_s - 2 : 1;
    return network_age_s ? curl_easy_setopt(job->easy, CURLOPT_MAXLIFETIME_CONN, age_s) : CURLE_OK;
}

static const struct provi_curl_number fixed[] = {
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 1},         /* a response without a header is inspected and refused */
    {CURLOPT_HTTP_TRANSFER_DECODING, 0}, /* chunks.c decodes chunks */
    {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE}, /* the proxy does not receive these with CONNECT */
};

CURLcode provi_curl_set_http(struct provi_curl_job *job)
{
    CURLcode code = provi_curl_set_numbers(job, fixed, PROVI_LEN(fixed));
    if (code == CURLE_OK)
        code = set_most_age(job, job->request->network_age_s);
    if (code == CURLE_OK)
        code = set_source(job);
    if (code == CURLE_OK && job->scheme == PROVI_CURL_HTTPS)
        code = provi_https_set(job);
    if (code == CURLE_OK)
        code = set_body(job);
    if (code == CURLE_OK)
        code = set_headers(job);
    if (code == CURLE_OK && job->request->uid.len && provi_curl_is_at_origin(job))
        code = set_account(job, of_server, job->request->uid, job->request->pwd);
    if (code == CURLE_OK)
        code = set_proxy(job);
    return code;
}
