/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * A lookup of a name that does not block.
 *
 * The only available resolver that does not block is libcurl's, which needs a transfer. So the
 * lookup is an HTTP request to the server, which proceeds until it opens sockets. libcurl reports
 * the addresses one by one; they are recorded, and no socket is opened, so nothing of HTTP is ever
 * sent. Cached HTTP connections are not used either.
 */
#include "curl/curl_priv.h"

#include <string.h>

/*
 * libcurl 7.88 tries the third address, and each later one, after half of the time that is left for
 * the connection. So with each address little is left.
 */
#define LEFT_MS 1000

static void hurry(const struct provi_curl_job *job)
{
    int64_t spent_ms = provi_curl_now_ms(job->curl) - job->start_ms - job->hop.start_ms;
    curl_easy_setopt(job->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(spent_ms + LEFT_MS));
}

static curl_socket_t record_address(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct provi_curl_job *job = ctx;
    size_t len = address->family == AF_INET    ? sizeof(struct sockaddr_in)
                 : address->family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                               : 0;
    hurry(job);
    if (len && job->n_addresses < PROVI_CURL_MAX_ADDRESSES)
        memcpy(&job->addresses[job->n_addresses++], &address->addr, len);
    return CURL_SOCKET_BAD;
}

CURLcode provi_curl_set_lookup(struct provi_curl_job *job)
{
    CURLcode code = curl_easy_setopt(job->easy, CURLOPT_FRESH_CONNECT, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_CONNECT_ONLY, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_OPENSOCKETFUNCTION, record_address);
    return code;
}
