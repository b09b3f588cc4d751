/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The transport: waiting, running and finished jobs on one multi handle. */
#include "curl/curl_priv.h"

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#define DEFAULT_MAX_CONNECTIONS 64
#define MOST_MAX_CONNECTIONS 65536

static prov_status start(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                         struct prov_error *err)
{
    struct prov_curl *curl = ctx;
    if (curl->is_freed)
        return provi_fail(err, PROV_E_CANCELLED, "the transport is being freed");
    struct provi_curl_job *job;
    prov_status status = provi_curl_job_new(&job, curl, transfer, request, err);
    if (status == PROV_OK) /* libcurl may be the caller, so the next process starts the job */
        provi_curl_queue_append(&curl->waiting, job);
    return status;
}

/* Cancel a job that neither libcurl nor TFTP runs. */
static bool cancel_quiet(struct provi_curl_queue *queue, const prov_transfer *transfer)
{
    struct provi_curl_job *job = provi_curl_queue_find(queue, transfer);
    if (!job)
        return false;
    provi_curl_queue_remove(queue, job);
    provi_curl_job_free(job);
    return true;
}

static void cancel(void *ctx, prov_transfer *transfer)
{
    struct prov_curl *curl = ctx;
    if (cancel_quiet(&curl->waiting, transfer) || cancel_quiet(&curl->resolving, transfer))
        return;
    struct provi_curl_job *job = provi_curl_queue_find(&curl->running, transfer);
    bool is_libcurls = job != NULL;
    if (!job)
        job = provi_curl_queue_find(&curl->tftp, transfer);
    job->transfer = NULL;
    job->request = NULL;
    if (!is_libcurls)
        provi_curl_tftp_abandon(job);
    if (curl->is_processing) { /* libcurl may be using this very handle */
        curl->n_dropped += is_libcurls;
        return; /* sweep() or sweep_tftp() frees it */
    }
    if (is_libcurls)
        provi_curl_hop_leave(job);
    else
        provi_curl_queue_remove(&curl->tftp, job);
    provi_curl_job_free(job);
}

static struct provi_curl_job *find_dallying(const struct prov_curl *curl)
{
    struct provi_curl_job *job = curl->tftp.first;
    while (job && !provi_curl_tftp_is_dallying(job))
        job = job->next;
    return job;
}

/* Jobs wait here for a connection, not in libcurl, where the wait would count as connecting.
 * Further hops of a job need no new admission. */
static struct provi_curl_job *find_admissible(const struct prov_curl *curl)
{
    struct provi_curl_job *job = curl->waiting.first;
    bool is_free = (job && job->is_admitted) || curl->n_admitted < curl->max_connections ||
                   find_dallying(curl);
    return is_free ? job : NULL;
}

/* Count a job as admitted; a dallying one may have to end for it. */
static void count(struct provi_curl_job *job)
{
    struct prov_curl *curl = job->curl;
    if (job->is_admitted)
        return;
    if (curl->n_admitted == curl->max_connections) {
        struct provi_curl_job *idle = find_dallying(curl);
        provi_curl_queue_remove(&curl->tftp, idle);
        provi_curl_job_free(idle);
    }
    job->is_admitted = true;
    curl->n_admitted++;
}

static prov_status admit_one(struct provi_curl_job *job, struct prov_error *err)
{
    struct prov_curl *curl = job->curl;
    count(job);
    bool needs_names = provi_curl_names_are_needed(job);
    prov_status status = PROV_OK;
    if (!job->easy)
        status = provi_curl_easy_new(job, err);
    if (status == PROV_OK)
        status = needs_names ? provi_curl_names_start(job, err) : provi_curl_multi_add(job, err);
    if (status == PROV_OK)
        provi_curl_queue_append(needs_names ? &curl->resolving : &curl->running, job);
    return status;
}

static void admit(struct prov_curl *curl)
{
    struct provi_curl_job *job;
    while ((job = find_admissible(curl))) {
        struct prov_error err = {.size = sizeof err};
        provi_curl_queue_remove(&curl->waiting, job);
        prov_status status = admit_one(job, &err);
        if (status != PROV_OK)
            provi_curl_job_conclude(job, status, &err);
    }
}

static void turn(struct prov_curl *curl)
{
    size_t n_ready = provi_curl_sockets_poll(&curl->sockets);
    for (size_t i = 0; i < n_ready; i++) {
        const struct provi_curl_ready *ready = &curl->sockets.ready[i];
        struct provi_curl_job *job = curl->tftp.first;
        while (job && !provi_curl_tftp_receive(job, ready->fd))
            job = job->next;
        if (!job)
            provi_curl_multi_act(curl, ready->fd, ready->events);
    }
    provi_curl_multi_act(curl, CURL_SOCKET_TIMEOUT, 0);
    for (struct provi_curl_job *job = curl->resolving.first; job; job = job->next)
        provi_curl_names_turn(job, n_ready);
}

static struct provi_curl_job *find_answered(const struct prov_curl *curl)
{
    struct provi_curl_job *job = curl->resolving.first;
    while (job && !provi_curl_names_is_over(job))
        job = job->next;
    return job;
}

static void wake_tftp(struct prov_curl *curl)
{
    if (!curl->tftp.first)
        return;
    int64_t now_ms = provi_curl_now_ms(curl);
    for (struct provi_curl_job *job = curl->tftp.first; job; job = job->next)
        provi_curl_tftp_wake(job, now_ms);
}

static void collect(struct prov_curl *curl)
{
    int n_left;
    while (curl->multi) {
        const CURLMsg *message = curl_multi_info_read(curl->multi, &n_left);
        if (!message)
            return;
        CURLcode code = message->data.result;
        char *job = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        provi_curl_hop_end((struct provi_curl_job *)(void *)job, code);
    }
}

static void sweep_tftp(struct prov_curl *curl)
{
    struct provi_curl_job *next;
    for (struct provi_curl_job *job = curl->tftp.first; job; job = next) {
        next = job->next;
        if (!provi_curl_tftp_is_gone(job))
            continue;
        provi_curl_queue_remove(&curl->tftp, job);
        provi_curl_job_free(job);
    }
}

static void sweep(struct prov_curl *curl)
{
    struct provi_curl_job *next;
    for (struct provi_curl_job *job = curl->running.first; job && curl->n_dropped > 0; job = next) {
        next = job->next;
        if (job->transfer)
            continue;
        curl->n_dropped--;
        provi_curl_hop_leave(job);
        provi_curl_job_free(job);
    }
}

static prov_status process(void *ctx, struct prov_error *err)
{
    struct prov_curl *curl = ctx;
    if (curl->is_processing)
        return provi_fail(err, PROV_E_STATE, "process called from a callback of the transport");
    curl->is_processing = true;
    admit(curl);
    provi_curl_rate_resume(curl);
    turn(curl);
    collect(curl);
    provi_curl_multi_mend(curl);
    for (struct provi_curl_job *job; (job = find_answered(curl));)
        provi_curl_hop_asked(job);
    wake_tftp(curl);
    sweep(curl);
    sweep_tftp(curl);
    curl->is_processing = false;
    if (curl->is_freed) {
        curl->is_freed = false;
        prov_curl_free(curl);
    }
    return PROV_OK;
}

static size_t pollfds(void *ctx, struct prov_pollfd *fds, size_t cap)
{
    const struct prov_curl *curl = ctx;
    return provi_curl_sockets_list(&curl->sockets, fds, cap);
}

static int64_t tftp_timeout_ms(const struct prov_curl *curl)
{
    int64_t due_ms = INT64_MAX;
    for (const struct provi_curl_job *job = curl->tftp.first; job; job = job->next)
        if (provi_curl_tftp_due_ms(job) < due_ms)
            due_ms = provi_curl_tftp_due_ms(job);
    if (due_ms == INT64_MAX)
        return -1;
    int64_t now_ms = provi_curl_now_ms(curl);
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

/* -1 is never. */
static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int64_t timeout_ms(void *ctx)
{
    const struct prov_curl *curl = ctx;
    if (find_admissible(curl))
        return 0;
    int64_t wait_ms = sooner(provi_curl_multi_timeout_ms(curl), tftp_timeout_ms(curl));
    wait_ms = sooner(wait_ms, provi_curl_rate_timeout_ms(curl));
    for (const struct provi_curl_job *job = curl->resolving.first; job; job = job->next)
        wait_ms = sooner(wait_ms, provi_curl_names_timeout_ms(job));
    return wait_ms;
}

static prov_status set_up(struct prov_curl *curl, const struct prov_curl_options *opt,
                          struct prov_error *err)
{
    curl->transport = (struct prov_transport){
        .size = sizeof curl->transport,
        .name = "curl",
        .schemes = "tftp,http,https,syslog",
        .ctx = curl,
        .start = start,
        .cancel = cancel,
        .pollfds = pollfds,
        .timeout_ms = timeout_ms,
        .process = process,
        .queues = 1,
    };
    prov_status status = provi_tls_use_first(err); /* libcurl does not report why it fails */
    if (status != PROV_OK)
        return status;
    curl->has_global = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!curl->has_global)
        return provi_fail_nomem(err);
    uint32_t max = opt->max_connections ? opt->max_connections : DEFAULT_MAX_CONNECTIONS;
    curl->max_connections = max;
    curl->max_bytes_per_s = opt->max_bytes_per_s;
    if (opt->clock)
        curl->clock = *opt->clock;
    if (provi_curl_sockets_init(&curl->sockets, &curl->alloc, max) != PROV_OK ||
        provi_curl_multi_begin(curl) != PROV_OK)
        return provi_fail_nomem(err);
    curl->sockets.on_poll = opt->on_poll;
    curl->sockets.poll_ctx = opt->poll_ctx;
    status = provi_curl_names_set_up(curl, opt->dns_servers, err);
    if (status != PROV_OK)
        return status;
    return provi_https_new(&curl->tls, &curl->alloc, opt, err);
}

prov_status prov_curl_new(prov_curl **out, const struct prov_curl_options *opt,
                          struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    struct prov_curl_options known;
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status != PROV_OK)
        return status;
    if (known.max_connections > MOST_MAX_CONNECTIONS)
        return provi_fail(err, PROV_E_INVALID, "max_connections: expected at most %d, found %u",
                          MOST_MAX_CONNECTIONS, known.max_connections);
    if (!provi_str_is_sound(known.ca_pem) || !provi_str_is_sound(known.crl_pem))
        return provi_fail_invalid(err, "ca_pem or crl_pem: a length without data");

    struct prov_alloc alloc = provi_alloc_or_default(known.alloc);
    struct prov_curl *curl = provi_alloc_zero(&alloc, sizeof *curl);
    if (!curl)
        return provi_fail_nomem(err);
    curl->alloc = alloc;
    status = set_up(curl, &known, err);
    if (status != PROV_OK) {
        prov_curl_free(curl);
        return status;
    }
    *out = curl;
    return PROV_OK;
}

const struct prov_transport *prov_curl_transport(prov_curl *curl)
{
    return curl ? &curl->transport : NULL;
}

static void drop_jobs(struct provi_curl_queue *queue)
{
    while (queue->first) {
        struct provi_curl_job *job = queue->first;
        provi_curl_queue_remove(queue, job);
        if (job->transfer)
            prov_transfer_done(job->transfer, PROV_E_CANCELLED, NULL);
        provi_curl_job_free(job);
    }
}

/* End all jobs. Their transfers are reported as cancelled, so that their owners can free them. */
static void drop_all(struct prov_curl *curl)
{
    while (curl->running.first) {
        struct provi_curl_job *job = curl->running.first;
        provi_curl_hop_leave(job);
        provi_curl_queue_append(&curl->waiting, job);
    }
    while (curl->tftp.first) {
        struct provi_curl_job *job = curl->tftp.first;
        if (job->transfer)
            provi_curl_tftp_abandon(job);
        provi_curl_queue_remove(&curl->tftp, job);
        provi_curl_queue_append(&curl->waiting, job);
    }
    drop_jobs(&curl->resolving);
    drop_jobs(&curl->waiting);
}

void prov_curl_free(prov_curl *curl)
{
    if (!curl || curl->is_freed)
        return;
    curl->is_freed = true;
    if (curl->is_processing)
        return;
    drop_all(curl);
    provi_curl_multi_end(curl);
    provi_curl_sockets_free(&curl->sockets, &curl->alloc);
    provi_curl_datagrams_free(curl);
    provi_tls_free(curl->tls);
    if (curl->has_global)
        curl_global_cleanup();
    struct prov_alloc alloc = curl->alloc;
    provi_free(&alloc, curl, sizeof *curl);
}
