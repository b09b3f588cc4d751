/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The clock, and the rate limit of downloads.
 *
 * The limit of libcurl lets seconds' worth of a file pass when its loop is driven by sockets. So a
 * transfer that is too fast is paused: its socket is not read, and the server waits.
 */
#include "curl/curl_priv.h"

#include <time.h>

int64_t provi_curl_now_ms(const struct prov_curl *curl)
{
    struct timespec now;
    if (curl->clock.mono_ms)
        return curl->clock.mono_ms(curl->clock.ctx);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool provi_curl_rate_hold(struct provi_curl_job *job, int64_t now_ms)
{
    uint32_t rate = job->curl->max_bytes_per_s;
    if (rate == 0 || !job->transfer)
        return false;
    if (job->flow_ms == 0)
        job->flow_ms = now_ms;
    int64_t due_ms = job->flow_ms + (int64_t)(prov_transfer_n_bytes(job->transfer) * 1000 / rate);
    job->hop.pause_ms = due_ms > now_ms ? due_ms : 0;
    return job->hop.pause_ms > 0;
}

static struct provi_curl_job *find_rested(const struct prov_curl *curl, int64_t now_ms)
{
    struct provi_curl_job *job = curl->running.first;
    while (job && (job->hop.pause_ms == 0 || job->hop.pause_ms > now_ms))
        job = job->next;
    return job;
}

void provi_curl_rate_resume(struct prov_curl *curl)
{
    if (curl->max_bytes_per_s == 0)
        return;
    struct provi_curl_job *job;
    int64_t now_ms = curl->act_ms = provi_curl_now_ms(curl);
    while ((job = find_rested(curl, now_ms))) {
        job->hop.pause_ms = 0;
        CURLcode code = curl_easy_pause(job->easy, CURLPAUSE_CONT);
        if (code != CURLE_OK) /* libcurl would not report it */
            provi_curl_hop_end(job, code);
    }
}

int64_t provi_curl_rate_timeout_ms(const struct prov_curl *curl)
{
    int64_t next_ms = 0;
    if (curl->max_bytes_per_s == 0)
        return -1;
    for (const struct provi_curl_job *job = curl->running.first; job; job = job->next)
        if (job->hop.pause_ms && (next_ms == 0 || job->hop.pause_ms < next_ms))
            next_ms = job->hop.pause_ms;
    if (next_ms == 0)
        return -1;
    int64_t now_ms = provi_curl_now_ms(curl);
    return next_ms > now_ms ? next_ms - now_ms : 0;
}
