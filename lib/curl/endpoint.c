/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Where a round goes, in words. */
#include "curl/curl_priv.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "curl/names.h"

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
    if (len < cap && provi_curl_find_proxy(job, &url))
        write_where(buf + len, cap - len, " by proxy ", &url);
}

void provi_curl_where_host(const struct provi_curl_job *job, const struct sockaddr *address,
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

void provi_curl_where_peer(const struct provi_curl_job *job, char *buf, size_t cap)
{
    struct provi_url url;
    if (provi_curl_find_proxy(job, &url))
        write_where(buf, cap, "proxy ", &url);
    else
        provi_curl_endpoint(job, buf, cap);
}
