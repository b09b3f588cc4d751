/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Where a round goes. */
#include "curl/curl_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

static prov_status fail(struct prov_error *err, prov_status status, const char *why)
{
    return provi_fail(err, status, "URL: %s", why);
}

/* libcurl cuts a query or a fragment off and takes ";mode=" for itself; a TFTP name is all name. */
static bool is_special_in_tftp(char c)
{
    return c == '?' || c == '#' || c == ';';
}

/*
 * The name in a TFTP URL is what follows the slash after the server (RFC 3617, section 3), so a
 * name that begins with a slash needs two.
 */
static prov_status write_tftp_name(struct provi_buffer *path, const struct prov_alloc *alloc,
                                   const struct prov_request *request)
{
    prov_status status = PROV_OK;
    if (request->keep_slash)
        status = provi_buffer_add(path, alloc, "/", 1);
    for (size_t i = 0; i < request->path.len && status == PROV_OK; i++) {
        char c = request->path.data[i];
        char escaped[4];
        snprintf(escaped, sizeof escaped, "%%%02X", (unsigned)(unsigned char)c);
        if (is_special_in_tftp(c))
            status = provi_buffer_add(path, alloc, escaped, 3);
        else
            status = provi_buffer_add(path, alloc, &c, 1);
    }
    return status;
}

static prov_status write_url(struct provi_curl_job *job, prov_str path, struct prov_error *err)
{
    const struct prov_request *request = job->request;
    const struct provi_url url = {
        /* A datagram goes the way of a TFTP request: see datagram.c. */
        .scheme = job->scheme == PROVI_CURL_SYSLOG ? PROVI_LIT("tftp") : request->scheme,
        .host = request->host,
        .port = request->port,
        .path = path,
    };
    size_t len;
    provi_url_write(&url, NULL, 0, &len);
    prov_status status = provi_buffer_reserve(&job->url, &job->curl->alloc, len);
    if (status != PROV_OK)
        return fail(err, status, prov_status_text(status));
    provi_url_write(&url, job->url.data, len + 1, &job->url.len);

    struct provi_url parts;
    struct provi_url_fault fault;
    if (!provi_url_split(provi_buffer_str(&job->url), false, &parts, &fault))
        return provi_fail(err, PROV_E_SYNTAX, "URL: expected %s", fault.expected);
    return PROV_OK;
}

prov_status provi_curl_first_url(struct provi_curl_job *job, struct prov_error *err)
{
    const struct prov_request *request = job->request;
    if (job->scheme == PROVI_CURL_SYSLOG)
        return write_url(job, PROVI_LIT("/x"), err);
    if (job->scheme != PROVI_CURL_TFTP)
        return write_url(job, request->path, err);
    if (request->path.len > PROVI_CURL_MAX_TFTP_NAME_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "TFTP file name of %zu bytes, at most %d allowed",
                          request->path.len, PROVI_CURL_MAX_TFTP_NAME_BYTES);

    struct provi_buffer path;
    provi_buffer_init(&path, PROVI_CURL_MAX_URL_BYTES, false);
    prov_status status = write_tftp_name(&path, &job->curl->alloc, request);
    if (status == PROV_OK)
        status = write_url(job, provi_buffer_str(&path), err);
    else
        fail(err, status, prov_status_text(status));
    provi_buffer_free(&path, &job->curl->alloc);
    return status;
}

void provi_curl_split_url(const struct provi_curl_job *job, struct provi_url *url)
{
    struct provi_url_fault fault;
    provi_url_split(provi_buffer_str(&job->url), false, url, &fault);
    if (job->scheme == PROVI_CURL_SYSLOG)
        url->scheme = PROVI_LIT("syslog");
    if (url->port == 0)
        url->port = provi_url_default_port(url->scheme);
}

bool provi_curl_is_at_origin(const struct provi_curl_job *job)
{
    const struct prov_request *request = job->request;
    struct provi_url url;
    provi_curl_split_url(job, &url);
    return provi_str_eq_nocase(url.scheme, request->scheme) &&
           provi_str_eq_nocase(url.host, request->host) && url.port == request->port;
}

void provi_curl_where(const struct provi_curl_job *job, char *buf, size_t cap)
{
    struct provi_url url;
    provi_curl_split_url(job, &url);
    bool is_ipv6 = provi_str_find(url.host, ':') < url.host.len;
    snprintf(buf, cap, "%s%.*s%s:%u", is_ipv6 ? "[" : "", PROVI_STR(url.host), is_ipv6 ? "]" : "",
             (unsigned)url.port);
}
