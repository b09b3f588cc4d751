/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The end of a hop: another hop, datagrams, or the end of the job. */
#include "curl/curl_priv.h"

#include "base/error.h"

void provi_curl_hop_leave(struct provi_curl_job *job)
{
    curl_multi_remove_handle(job->curl->multi, job->easy);
    provi_curl_queue_remove(&job->curl->running, job);
}

static void begin_hop(struct provi_curl_job *job)
{
    struct prov_error err = {.size = sizeof err};
    provi_curl_easy_free(job);
    prov_status status = provi_curl_easy_new(job, &err);
    if (status == PROV_OK)
        provi_curl_queue_prepend(&job->curl->waiting, job);
    else
        provi_curl_job_conclude(job, status, &err);
}

static void begin_another_hop(struct provi_curl_job *job)
{
    provi_curl_names_forget(job);
    begin_hop(job);
}

/* The name was looked up. */
static void begin_datagrams(struct provi_curl_job *job)
{
    struct prov_error err = {.size = sizeof err};
    provi_curl_easy_free(job);
    prov_status status = job->scheme == PROVI_CURL_TFTP ? provi_curl_tftp_begin(job, &err)
                                                        : provi_curl_send_datagram(job, &err);
    if (status == PROV_OK && job->tftp)
        provi_curl_queue_append(&job->curl->tftp, job);
    else
        provi_curl_job_conclude(job, status, &err);
}

/* If a connection failed, try the next server of the same service. */
static void finish(struct provi_curl_job *job, prov_status status, const struct prov_error *err)
{
    curl_off_t connect_us = 0;
    curl_easy_getinfo(job->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    bool is_unreachable = connect_us == 0 && (status == PROV_E_DNS || status == PROV_E_CONNECT ||
                                              status == PROV_E_TIMEOUT);
    if (is_unreachable && job->spent_ms < job->request->limits->total_timeout_ms &&
        provi_curl_names_next(job))
        begin_another_hop(job);
    else
        provi_curl_job_conclude(job, status, err);
}

static void finish_hop(struct provi_curl_job *job, CURLcode code)
{
    struct prov_error err = {.size = sizeof err};
    if (code == CURLE_OK && provi_curl_resume_is_short(job))
        code = CURLE_PARTIAL_FILE;
    prov_status status = provi_curl_result(job, code, &err);
    bool is_unknown_name =
        code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY;
    if (code != CURLE_OK && provi_curl_resume_next(job, status))
        begin_another_hop(job);
    else if (status == PROV_E_SERVER && provi_curl_resume_anew(job))
        begin_another_hop(job);
    else if (is_unknown_name && provi_curl_names_diagnose(job))
        provi_curl_queue_append(&job->curl->resolving, job);
    else
        finish(job, status, &err);
}

void provi_curl_hop_asked(struct provi_curl_job *job)
{
    struct prov_error err = {.size = sizeof err};
    provi_curl_queue_remove(&job->curl->resolving, job);
    bool is_diagnosing = provi_curl_names_is_diagnosing(job);
    prov_status status =
        is_diagnosing ? provi_curl_names_explain(job, &err) : provi_curl_names_accept(job, &err);
    if (status == PROV_OK)
        begin_hop(job);
    else
        finish(job, status, &err);
}

/* A redirect is followed even if its body was cut off. */
void provi_curl_hop_end(struct provi_curl_job *job, CURLcode code)
{
    struct prov_error err = {.size = sizeof err};
    curl_off_t us = 0;
    provi_curl_hop_leave(job);
    curl_easy_getinfo(job->easy, CURLINFO_TOTAL_TIME_T, &us);
    job->spent_ms += us / 1000;
    provi_curl_response_settle(job);
    if (!job->transfer) {
        job->curl->n_dropped--;
        provi_curl_job_free(job);
    } else if (provi_curl_is_redirect(job) && job->n_resumes == 0 &&
               !(code == CURLE_OPERATION_TIMEDOUT &&
                 job->spent_ms >= job->request->limits->total_timeout_ms)) {
        prov_status status = provi_curl_follow(job, &err);
        if (status == PROV_OK)
            begin_another_hop(job);
        else
            provi_curl_job_conclude(job, status, &err);
    } else if (job->n_addresses > 0) {
        begin_datagrams(job);
    } else {
        finish_hop(job, code);
    }
}
