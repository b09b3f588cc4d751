/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Jobs, first in, first out. */
#include "curl/curl_priv.h"

void provi_curl_queue_append(struct provi_curl_queue *queue, struct provi_curl_job *job)
{
    job->next = NULL;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
}

void provi_curl_queue_prepend(struct provi_curl_queue *queue, struct provi_curl_job *job)
{
    job->next = queue->first;
    queue->first = job;
    if (!queue->last)
        queue->last = job;
}

void provi_curl_queue_remove(struct provi_curl_queue *queue, struct provi_curl_job *job)
{
    struct provi_curl_job *before = NULL;
    for (struct provi_curl_job *at = queue->first; at != job; at = at->next)
        before = at;
    if (before)
        before->next = job->next;
    else
        queue->first = job->next;
    if (queue->last == job)
        queue->last = before;
}

struct provi_curl_job *provi_curl_queue_find(const struct provi_curl_queue *queue,
                                             const prov_transfer *transfer)
{
    struct provi_curl_job *job = queue->first;
    while (job && job->transfer != transfer)
        job = job->next;
    return job;
}
