/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A job from its request to its first hop, and its end. */
#include "curl/curl_priv.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "tftp/tftp.h"
#include "transfer/transfer.h"

static const struct {
    char name[7];
    enum provi_curl_scheme scheme;
    unsigned methods;  /* bits by enum prov_method */
    bool has_services; /* DNS SRV can find its servers */
} schemes[] = {
    {"tftp", PROVI_CURL_TFTP, 1u << PROV_METHOD_GET | 1u << PROV_METHOD_PUT, false},
    {"http", PROVI_CURL_HTTP,
     1u << PROV_METHOD_GET | 1u << PROV_METHOD_POST | 1u << PROV_METHOD_PUT, true},
    {"https", PROVI_CURL_HTTPS,
     1u << PROV_METHOD_GET | 1u << PROV_METHOD_POST | 1u << PROV_METHOD_PUT, true},
    {"syslog", PROVI_CURL_SYSLOG, 1u << PROV_METHOD_SEND, false},
};

static const char *method_name(uint8_t method)
{
    static const char names[][5] = {
        [PROV_METHOD_GET] = "GET",
        [PROV_METHOD_POST] = "POST",
        [PROV_METHOD_PUT] = "PUT",
        [PROV_METHOD_SEND] = "SEND",
    };
    return method < PROVI_LEN(names) ? names[method] : "a method of an unknown number";
}

static prov_status choose_scheme(struct provi_curl_job *job, struct prov_error *err)
{
    const struct prov_request *request = job->request;
    for (size_t i = 0; i < PROVI_LEN(schemes); i++) {
        if (!provi_str_eq_nocase(request->scheme, prov_str_from(schemes[i].name)))
            continue;
        job->scheme = schemes[i].scheme;
        job->method = request->method;
        if (request->srv && !schemes[i].has_services)
            return provi_fail(err, PROV_E_UNSUPPORTED, "SRV lookups are for http and https");
        if (request->method < 8 && (schemes[i].methods >> request->method & 1u))
            return PROV_OK;
        return provi_fail(err, PROV_E_UNSUPPORTED, "%s is not supported by %s",
                          method_name(request->method), schemes[i].name);
    }
    return provi_fail(err, PROV_E_UNSUPPORTED,
                      "expected tftp, http, https or syslog, found the scheme %.*s",
                      PROVI_STR(request->scheme));
}

/* Refuse a NUL in a name: it would end the name, and another file would be requested. */
static prov_status check_name(const struct provi_curl_job *job, struct prov_error *err)
{
    prov_str path = job->request->path;
    if (job->scheme != PROVI_CURL_TFTP)
        return PROV_OK;
    if (path.len > PROVI_TFTP_MAX_NAME_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "TFTP file name of %zu bytes, at most %d allowed",
                          path.len, PROVI_TFTP_MAX_NAME_BYTES);
    if (provi_str_find(path, '\0') < path.len)
        return provi_fail(err, PROV_E_SYNTAX, "NUL in a TFTP file name");
    return PROV_OK;
}

static prov_status prepare(struct provi_curl_job *job, struct prov_error *err)
{
    prov_status status = choose_scheme(job, err);
    if (status == PROV_OK)
        status = check_name(job, err);
    if (status == PROV_OK)
        provi_curl_resume_begin(job);
    if (status == PROV_OK)
        status = provi_curl_upload_check(job, err);
    if (status == PROV_OK)
        status = provi_curl_find_proxy(job, err);
    if (status == PROV_OK && job->request->source_ip.len &&
        !provi_curl_is_numeric(job->request->source_ip))
        status = provi_fail(err, PROV_E_INVALID, "source_ip: expected a numeric address");
    if (status == PROV_OK)
        status = provi_headers_check(job->request->headers, job->request->n_headers, err);
    if (status == PROV_OK)
        status = provi_curl_first_url(job, err);
    if (status == PROV_OK)
        status = provi_curl_load_roots(job, err);
    if (status == PROV_OK)
        status = provi_curl_names_new(job, err);
    return status;
}

prov_status provi_curl_job_new(struct provi_curl_job **out, struct prov_curl *curl,
                               prov_transfer *transfer, const struct prov_request *request,
                               struct prov_error *err)
{
    struct provi_curl_job *job = provi_alloc_zero(&curl->alloc, sizeof *job);
    if (!job)
        return provi_fail_nomem(err);
    job->curl = curl;
    job->transfer = transfer;
    job->request = request;
    job->start_ms = provi_curl_now_ms(curl);
    job->identity = request->identity ? request->identity : curl->tls->identity;
    provi_share(job->identity);
    provi_buffer_init(&job->url, PROVI_CURL_MAX_URL_BYTES, false);
    prov_status status = prepare(job, err);
    if (status == PROV_OK)
        *out = job;
    else
        provi_curl_job_free(job);
    return status;
}

void provi_curl_job_free(struct provi_curl_job *job)
{
    struct prov_curl *curl = job->curl;
    curl->n_admitted -= job->is_admitted;
    provi_curl_tftp_free(job);
    provi_curl_easy_free(job);
    provi_curl_names_free(job);
    provi_buffer_free(&job->url, &curl->alloc);
    provi_unshare(job->identity);
    provi_free(&curl->alloc, job, sizeof *job);
}

void provi_curl_job_conclude(struct provi_curl_job *job, prov_status status,
                             const struct prov_error *err)
{
    if (job->easy && (status == PROV_OK || job->hop.http_code))
        provi_curl_report_head(job);
    prov_transfer_done(job->transfer, status, err);
    provi_curl_job_free(job);
}

void provi_curl_queue_append(struct provi_curl_queue *queue, struct provi_curl_job *job)
{
    job->next = NULL;
    job->before = queue->last;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
}

void provi_curl_queue_prepend(struct provi_curl_queue *queue, struct provi_curl_job *job)
{
    job->next = queue->first;
    job->before = NULL;
    if (queue->first)
        queue->first->before = job;
    else
        queue->last = job;
    queue->first = job;
}

void provi_curl_queue_remove(struct provi_curl_queue *queue, struct provi_curl_job *job)
{
    if (job->before)
        job->before->next = job->next;
    else
        queue->first = job->next;
    if (job->next)
        job->next->before = job->before;
    else
        queue->last = job->before;
}

struct provi_curl_job *provi_curl_queue_find(const struct provi_curl_queue *queue,
                                             const prov_transfer *transfer)
{
    struct provi_curl_job *job = queue->first;
    while (job && job->transfer != transfer)
        job = job->next;
    return job;
}
