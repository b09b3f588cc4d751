/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * libcurl's multi handle, which owns all connections.
 *
 * After a failed call the handle must not be used any more (releases before 8 then divide by zero).
 * So all its hops end with an error, and the next hop creates a new one.
 */
#include "curl/curl_priv.h"

#include "base/error.h"

/* For libcurl, a connection is established once TLS is. It waits for reading only after TCP is
 * connected; before that, it waits for writing. */
static int watch(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
    char *private = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct provi_curl_job *job = (void *)private;
    if (!job) /* GCOV_EXCL_BR_LINE: some releases of libcurl have handles of their own */
        return provi_curl_sockets_watch(easy, fd, what, ctx, unused);
    if (job->hop.is_connecting && (what & CURL_POLL_IN))
        job->hop.is_connected = true;
    if (what == CURL_POLL_REMOVE)
        provi_curl_wire_forget(job, fd);
    else
        provi_curl_wire_watch(job, fd);
    return provi_curl_sockets_watch(easy, fd, what, ctx, unused);
}

/* Since 8.20, freeing the multi handle waits for threads that look up names. */
#if LIBCURL_VERSION_NUM >= 0x081400

static CURLMcode set_quick_exit(CURLM *multi)
{
    return curl_multi_setopt(multi, CURLMOPT_QUICK_EXIT, 1L);
}

#else

static CURLMcode set_quick_exit(CURLM *multi)
{
    (void)multi;
    return CURLM_OK;
}

#endif

prov_status provi_curl_multi_begin(struct prov_curl *curl)
{
    if (curl->multi)
        return PROV_OK;
    CURLM *multi = curl_multi_init();
    if (!multi)
        return PROV_E_NOMEM;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &curl->sockets);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)curl->max_connections);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)curl->max_connections);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    set_quick_exit(multi);
    curl->multi = multi;
    return PROV_OK;
}

void provi_curl_multi_end(struct prov_curl *curl)
{
    if (curl->multi)
        curl_multi_cleanup(curl->multi);
    curl->multi = NULL;
    curl->multi_code = CURLM_OK;
}

prov_status provi_curl_multi_add(struct provi_curl_job *job, struct prov_error *err)
{
    struct prov_curl *curl = job->curl;
    job->hop.start_ms = provi_curl_now_ms(curl) - job->start_ms;
    if (provi_curl_multi_begin(curl) != PROV_OK ||
        curl_multi_add_handle(curl->multi, job->easy) != CURLM_OK)
        return provi_fail_nomem(err);
    return PROV_OK;
}

void provi_curl_multi_act(struct prov_curl *curl, curl_socket_t fd, int events)
{
    int n_running;
    curl->n_acts++;
    curl->act_ms = provi_curl_now_ms(curl);
    provi_curl_wire_inspect(curl, fd);
    provi_tls_begin_turn(curl->tls);
    if (curl->multi && curl->multi_code == CURLM_OK)
        curl->multi_code = curl_multi_socket_action(curl->multi, fd, events, &n_running);
}

static prov_status report_broken(CURLMcode code, struct prov_error *err)
{
    if (code == CURLM_OUT_OF_MEMORY)
        return provi_fail_nomem(err);
    provi_fail(err, PROV_E_NETWORK, "libcurl's event loop failed with %d (%s)", (int)code,
               curl_multi_strerror(code));
    provi_error_native(err, PROV_ORIGIN_CURL, code);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return PROV_E_NETWORK;
}

void provi_curl_multi_mend(struct prov_curl *curl)
{
    if (curl->multi_code == CURLM_OK)
        return;
    struct prov_error err = {.size = sizeof err};
    prov_status status = report_broken(curl->multi_code, &err);
    while (curl->running.first) {
        struct provi_curl_job *job = curl->running.first;
        provi_curl_hop_leave(job);
        if (job->transfer) {
            provi_curl_job_conclude(job, status, &err);
        } else {
            curl->n_dropped--;
            provi_curl_job_free(job);
        }
    }
    provi_curl_multi_end(curl);
}

int64_t provi_curl_multi_timeout_ms(const struct prov_curl *curl)
{
    long wait_ms = -1;
    if (curl->multi)
        curl_multi_timeout(curl->multi, &wait_ms);
    return wait_ms;
}
