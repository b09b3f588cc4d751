/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The URL of a hop, its server and its proxy. */
#include "curl/curl_priv.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

static bool is_lookup(const struct provi_curl_job *job)
{
    return job->scheme == PROVI_CURL_TFTP || job->scheme == PROVI_CURL_SYSLOG;
}

bool provi_curl_is_http(const struct provi_curl_job *job)
{
    return job->scheme == PROVI_CURL_HTTP || job->scheme == PROVI_CURL_HTTPS;
}

/* In the path of a rule, '#' is an ordinary character; libcurl would treat it as the start of a
 * fragment, and not send the text after it. */
static prov_status keep_hashes(struct provi_curl_job *job)
{
    struct provi_buffer *url = &job->url;
    size_t from = url->len, n = 0;
    for (size_t i = 0; i < url->len; i++)
        n += url->data[i] == '#';
    prov_status status = provi_buffer_reserve(url, &job->curl->alloc, 2 * n);
    if (status != PROV_OK || n == 0)
        return status;
    url->len += 2 * n;
    url->data[url->len] = '\0';
    for (size_t to = url->len; from-- > 0;) {
        if (url->data[from] == '#')
            memcpy(&url->data[to -= 3], "%23", 3);
        else
            url->data[--to] = url->data[from];
    }
    return PROV_OK;
}

uint16_t provi_curl_port_of(const struct sockaddr *address)
{
    union provi_curl_address copy = {0};
    if (address->sa_family == AF_INET6)
        memcpy(&copy.v6, address, sizeof copy.v6);
    else
        memcpy(&copy.v4, address, sizeof copy.v4);
    return ntohs(address->sa_family == AF_INET6 ? copy.v6.sin6_port : copy.v4.sin_port);
}

/* A lookup is an HTTP request for the server without a path: see lookup.c. */
prov_status provi_curl_first_url(struct provi_curl_job *job, struct prov_error *err)
{
    const struct prov_request *request = job->request;
    const struct provi_url url = {
        .scheme = is_lookup(job) ? PROVI_LIT("http") : request->scheme,
        .host = request->host,
        .port = request->port,
        .path = is_lookup(job) ? PROVI_LIT("/") : request->path,
    };
    struct provi_url_fault fault;
    prov_status status = provi_curl_set_url(job, &url);
    if (status == PROV_OK)
        status = keep_hashes(job);
    if (status != PROV_OK)
        return provi_fail(err, status, "URL: %s", prov_status_text(status));
    if (!provi_curl_split_url(job, &fault))
        return provi_fail(err, PROV_E_SYNTAX, "URL: expected %s", fault.expected);
    return PROV_OK;
}

/* On failure the URL stays, for `target` is a part of it. */
prov_status provi_curl_set_url(struct provi_curl_job *job, const struct provi_url *url)
{
    const struct prov_alloc *alloc = &job->curl->alloc;
    struct provi_buffer whole;
    provi_buffer_init(&whole, job->url.max, false);
    struct provi_text out = {.buffer = &whole, .alloc = alloc};
    provi_url_write(&out, url);
    prov_status status = provi_text_end(&out, NULL);
    provi_buffer_free(status == PROV_OK ? &job->url : &whole, alloc);
    if (status == PROV_OK)
        job->url = whole;
    return status;
}

bool provi_curl_split_url(struct provi_curl_job *job, struct provi_url_fault *fault)
{
    bool is_valid = provi_url_split(provi_buffer_str(&job->url), false, &job->target, fault);
    if (job->target.port == 0)
        job->target.port = provi_url_default_port(job->target.scheme);
    return is_valid;
}

void provi_curl_write_ip(const struct sockaddr *address, char *buf, size_t cap)
{
    const void *ip =
        address->sa_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
            : &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    if (!inet_ntop(address->sa_family, ip, buf, (socklen_t)cap)) /* neither IPv4 nor IPv6 */
        buf[0] = '\0';
}

bool provi_curl_is_at_origin(const struct provi_curl_job *job)
{
    const struct prov_request *request = job->request;
    return provi_str_eq_nocase(job->target.scheme, request->scheme) &&
           provi_str_eq_nocase(job->target.host, request->host) &&
           job->target.port == request->port;
}

prov_status provi_curl_find_proxy(struct provi_curl_job *job, struct prov_error *err)
{
    struct provi_url proxy;
    struct provi_url_fault fault;
    if (is_lookup(job) || job->request->proxy.len == 0)
        return PROV_OK;
    if (!provi_url_split(job->request->proxy, false, &proxy, &fault) || proxy.scheme.len ||
        proxy.has_user || proxy.path.len || proxy.port == 0)
        return provi_fail(err, PROV_E_SYNTAX, "proxy: expected host:port");
    job->proxy = proxy;
    return PROV_OK;
}

bool provi_curl_read_ip(prov_str text, uint16_t port, union provi_curl_address *to)
{
    char ip[PROVI_CURL_IP_CAP];
    if (text.len >= sizeof ip)
        return false;
    snprintf(ip, sizeof ip, "%.*s", PROVI_STR(text));
    *to = (union provi_curl_address){0};
    if (inet_pton(AF_INET, ip, &to->v4.sin_addr) == 1) {
        to->v4.sin_family = AF_INET;
        to->v4.sin_port = htons(port);
        return true;
    }
    to->v6.sin6_family = AF_INET6;
    to->v6.sin6_port = htons(port);
    return inet_pton(AF_INET6, ip, &to->v6.sin6_addr) == 1;
}

bool provi_curl_is_same_host(const union provi_curl_address *a, const union provi_curl_address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

bool provi_curl_is_numeric(prov_str host)
{
    union provi_curl_address address;
    return provi_curl_read_ip(host, 0, &address);
}

static int write_where(char *buf, size_t cap, const char *what, const struct provi_url *url)
{
    bool is_ipv6 = provi_str_find(url->host, ':') < url->host.len;
    return snprintf(buf, cap, "%s%s%.*s%s:%u", what, is_ipv6 ? "[" : "", PROVI_STR(url->host),
                    is_ipv6 ? "]" : "", (unsigned)url->port);
}

void provi_curl_endpoint(const struct provi_curl_job *job, char *buf, size_t cap)
{
    struct provi_url url;
    provi_curl_names_server(job, &url);
    size_t len = (size_t)write_where(buf, cap, "", &url);
    if (len < cap && job->proxy.port)
        write_where(buf + len, cap - len, " by proxy ", &job->proxy);
}

void provi_curl_endpoint_host(const struct provi_curl_job *job, const struct sockaddr *address,
                              char *buf, size_t cap)
{
    char ip[PROVI_CURL_IP_CAP];
    prov_str host = job->request->host;
    provi_curl_write_ip(address, ip, sizeof ip);
    if (provi_curl_is_numeric(host))
        snprintf(buf, cap, "%s", ip);
    else
        snprintf(buf, cap, "%.*s (%s)", PROVI_STR(host), ip);
}

void provi_curl_endpoint_peer(const struct provi_curl_job *job, char *buf, size_t cap)
{
    if (job->proxy.port)
        write_where(buf, cap, "proxy ", &job->proxy);
    else
        provi_curl_endpoint(job, buf, cap);
}
