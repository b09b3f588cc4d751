/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What TFTP adds to a round's handle. */
#include "curl/curl_priv.h"

/* The largest block that fits an Ethernet frame also through a tunnel. */
#define BLOCK_BYTES 1428
/*
 * libcurl derives its resend interval from the connect time-out, and offers that interval to the
 * server as the one for its resends: 3 s give one second each way. A silent server is tried
 * again, in rounds of this length, until the request's own connect time-out is used up.
 */
#define TRY_MS 3000

CURLcode provi_curl_set_tftp(struct provi_curl_job *job)
{
    const struct prov_request *request = job->request;
    long try_ms = request->limits->connect_timeout_ms < TRY_MS
                      ? (long)request->limits->connect_timeout_ms
                      : TRY_MS;
    CURLcode code = curl_easy_setopt(job->easy, CURLOPT_CONNECTTIMEOUT_MS, try_ms);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_TFTP_BLKSIZE, (long)BLOCK_BYTES);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_TFTP_NO_OPTIONS, (long)job->is_bare);
    if (code != CURLE_OK || job->method != PROV_METHOD_PUT)
        return code;
    code = curl_easy_setopt(job->easy, CURLOPT_UPLOAD, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body.len);
    return code;
}
