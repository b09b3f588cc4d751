/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * TFTP sockets: carries out the actions of lib/tftp.
 *
 * A socket is not connected, since a server answers from another port than that of the request, and
 * a datagram from a wrong port gets an error in response. Other addresses are ignored.
 */
#include "curl/curl_priv.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "tftp/tftp.h"

/* Longest wait for a response: a dead server fails within 30 s; the rest is for the name lookup. */
#define MAX_SILENCE_MS 27000
/* Longest wait for an address, if others follow. */
#define MAX_SHARE_MS 5000
/* Most datagrams processed at once, so that a busy server does not delay the others. */
#define MAX_AT_ONCE 16
/* Longest pause of a slowed-down transfer: servers end a transfer after a long silence. */
#define MAX_PAUSE_MS 1000

struct provi_curl_tftp {
    struct provi_tftp machine;
    int fd;         /* -1: closed */
    size_t n_tried; /* number of tried addresses; the last of them is used */
    int64_t start_ms;
    uint8_t in[PROVI_TFTP_MAX_DATAGRAM_BYTES + 1]; /* one more byte, to detect longer datagrams */
};

static const union provi_curl_address *server_of(const struct provi_curl_job *job)
{
    return &job->addresses[job->tftp->n_tried - 1];
}

static void close_socket(struct provi_curl_job *job)
{
    if (job->tftp->fd < 0)
        return;
    provi_curl_sockets_remove(&job->curl->sockets, job->tftp->fd);
    close(job->tftp->fd);
    job->tftp->fd = -1;
}

/* False with errno; for the machine, the datagram is lost. */
static bool transmit(struct provi_curl_job *job, const struct provi_tftp_action *action)
{
    union provi_curl_address to = *server_of(job);
    if (to.any.sa_family == AF_INET6)
        to.v6.sin6_port = htons(action->port);
    else
        to.v4.sin_port = htons(action->port);
    return provi_curl_udp_send(job->tftp->fd, &to, action->send);
}

/* The agent may start another transfer in the callback, so the job is removed before it. */
static void conclude(struct provi_curl_job *job, prov_status status, const struct prov_error *err)
{
    prov_transfer *transfer = job->transfer;
    job->transfer = NULL;
    job->request = NULL;
    prov_transfer_done(transfer, status, err);
}

static void conclude_decided(struct provi_curl_job *job)
{
    struct prov_error err = {.size = sizeof err};
    char where[PROVI_CURL_ENDPOINT_CAP], host[PROVI_CURL_ENDPOINT_CAP];
    provi_curl_endpoint(job, where, sizeof where);
    provi_curl_endpoint_host(job, &server_of(job)->any, host, sizeof host);
    prov_status status = provi_tftp_report(&job->tftp->machine, where, host, &err);
    if (status == PROV_E_CONNECT)
        provi_error_native(&err, PROV_ORIGIN_OS, ECONNREFUSED);
    if (job->tftp->machine.outcome == PROVI_TFTP_UNREADABLE)
        conclude(job, job->upload_err.status, &job->upload_err);
    else
        conclude(job, status, &err);
}

/* The address's share of the remaining time, so that later addresses are tried too. Five seconds
 * are enough for four requests; an unreachable IPv6 address must not cost half a minute. */
static int64_t answer_ms(const struct provi_curl_job *job, int64_t now_ms)
{
    int64_t patience_ms = (int64_t)job->request->limits->connect_timeout_ms - job->spent_ms;
    if (patience_ms > MAX_SILENCE_MS)
        patience_ms = MAX_SILENCE_MS;
    int64_t left_ms = patience_ms - (now_ms - job->tftp->start_ms);
    size_t n_after = job->n_addresses - job->tftp->n_tried;
    int64_t share_ms = left_ms / (int64_t)(n_after + 1);
    return n_after > 0 && share_ms > MAX_SHARE_MS ? MAX_SHARE_MS : share_ms;
}

static bool read_upload(void *ctx, char *buf, size_t cap, size_t *len)
{
    return provi_curl_upload_read(ctx, buf, cap, len) == PROV_OK;
}

static struct provi_tftp_request make_request(struct provi_curl_job *job, int64_t now_ms)
{
    const struct prov_request *request = job->request;
    const struct prov_limits *limits = request->limits;
    int64_t spent_ms = job->spent_ms + now_ms - job->tftp->start_ms;
    return (struct provi_tftp_request){
        .name = provi_str_from_offset(request->path, request->keep_slash ? 0 : 1),
        .body = request->body,
        .read = request->upload ? read_upload : NULL,
        .read_ctx = job,
        .read_bytes = provi_curl_upload_bytes(job),
        .max_bytes = limits->max_fetch_bytes,
        .answer_ms = answer_ms(job, now_ms),
        .idle_ms =
            limits->idle_timeout_ms < MAX_SILENCE_MS ? limits->idle_timeout_ms : MAX_SILENCE_MS,
        .total_ms = (int64_t)limits->total_timeout_ms - spent_ms,
        .port = request->port,
        .is_write = job->method == PROV_METHOD_PUT,
    };
}

/* Send the request to the next reachable address. */
static prov_status request_from_next(struct provi_curl_job *job, struct prov_error *err)
{
    struct provi_curl_tftp *tftp = job->tftp;
    int error = 0;
    while (tftp->n_tried < job->n_addresses) {
        int64_t now_ms = provi_curl_now_ms(job->curl);
        tftp->n_tried++;
        if (!provi_curl_report_address(job, &server_of(job)->any))
            continue;
        struct provi_tftp_request request = make_request(job, now_ms);
        struct provi_tftp_action action;
        provi_tftp_start(&tftp->machine, &request, now_ms, &action);
        close_socket(job);
        tftp->fd = provi_curl_udp_socket(server_of(job));
        bool is_open = tftp->fd >= 0 && provi_curl_sockets_add(&job->curl->sockets, tftp->fd);
        if (is_open && transmit(job, &action))
            return PROV_OK;
        error = errno;
    }
    return provi_curl_fail_datagram(job, server_of(job), error, err);
}

static void continue_with_next(struct provi_curl_job *job)
{
    struct prov_error err = {.size = sizeof err};
    prov_status status = request_from_next(job, &err);
    if (status == PROV_OK)
        return;
    provi_curl_tftp_abandon(job);
    conclude(job, status, &err);
}

prov_status provi_curl_tftp_begin(struct provi_curl_job *job, struct prov_error *err)
{
    job->tftp = provi_alloc_zero(&job->curl->alloc, sizeof *job->tftp);
    if (!job->tftp)
        return provi_fail_nomem(err);
    job->tftp->fd = -1;
    job->tftp->start_ms = provi_curl_now_ms(job->curl);
    return request_from_next(job, err);
}

/* A transfer is not over before another step than the first answer. */
static bool is_answered(const struct provi_tftp *machine)
{
    return machine->phase != PROVI_TFTP_ASKING && machine->phase != PROVI_TFTP_GONE;
}

static void report_head(struct provi_curl_job *job)
{
    char ip[PROVI_CURL_IP_CAP];
    if (job->has_head || !is_answered(&job->tftp->machine))
        return;
    job->has_head = true;
    provi_curl_write_ip(&server_of(job)->any, ip, sizeof ip);
    const struct prov_response response = {
        .size = sizeof response,
        .length = job->tftp->machine.file_bytes,
        .server_ip = prov_str_from(ip),
        .retry_after_s = -1,
    };
    prov_transfer_head(job->transfer, &response);
}

/* A block that the transfer refuses is not acknowledged. */
static void carry_out(struct provi_curl_job *job, const struct provi_tftp_action *action)
{
    prov_status status = PROV_OK;
    if (job->transfer) {
        report_head(job);
        if (action->bytes.len)
            status = prov_transfer_data(job->transfer, action->bytes.data, action->bytes.len);
    }
    if (status != PROV_OK) {
        provi_curl_tftp_abandon(job);
        conclude(job, status, NULL);
        return;
    }
    if (action->send.len)
        transmit(job, action);
    if (!action->is_decided)
        return;
    bool is_silent = job->tftp->machine.outcome == PROVI_TFTP_NO_ANSWER;
    if (is_silent && job->tftp->n_tried < job->n_addresses)
        continue_with_next(job);
    else
        conclude_decided(job);
}

/* To slow a server down, stop reading for a while: its next block waits in the socket, and the
 * server waits for its ACK. A block that is repeated meanwhile is recognised as a copy. */
static void slow_down(struct provi_curl_job *job, int64_t now_ms)
{
    if (!provi_curl_rate_hold(job, now_ms))
        return;
    if (job->hop.pause_ms > now_ms + MAX_PAUSE_MS)
        job->hop.pause_ms = now_ms + MAX_PAUSE_MS;
    provi_curl_sockets_remove(&job->curl->sockets, job->tftp->fd);
}

/* A refusal is easily forged, so it only advances to the next address, or is counted. */
static void on_refusal(struct provi_curl_job *job, int error, int64_t now_ms)
{
    if (!provi_curl_udp_is_refused(job->tftp->fd, error))
        return;
    if (!is_answered(&job->tftp->machine) && job->tftp->n_tried < job->n_addresses) {
        continue_with_next(job);
        return;
    }
    const struct provi_tftp_event event = {.now_ms = now_ms, .is_refused = true};
    struct provi_tftp_action action;
    provi_tftp_step(&job->tftp->machine, &event, &action);
    carry_out(job, &action);
}

static bool receive_one(struct provi_curl_job *job, int64_t now_ms)
{
    struct provi_curl_tftp *tftp = job->tftp;
    union provi_curl_address from = {0};
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(tftp->fd, tftp->in, sizeof tftp->in, 0, &from.any, &from_len);
    if (n < 0) {
        on_refusal(job, errno, now_ms);
        return false;
    }
    if (!provi_curl_is_same_host(&from, server_of(job)))
        return true;
    const struct provi_tftp_event event = {
        .now_ms = now_ms,
        .data = tftp->in,
        .len = (size_t)n,
        .port = provi_curl_port_of(&from.any),
    };
    struct provi_tftp_action action;
    provi_tftp_step(&tftp->machine, &event, &action);
    carry_out(job, &action);
    slow_down(job, now_ms);
    return !provi_curl_tftp_is_gone(job) && job->hop.pause_ms == 0;
}

bool provi_curl_tftp_receive(struct provi_curl_job *job, int fd)
{
    if (job->tftp->fd != fd)
        return false;
    int64_t now_ms = provi_curl_now_ms(job->curl);
    for (int i = 0; i < MAX_AT_ONCE && receive_one(job, now_ms); i++)
        ;
    return true;
}

void provi_curl_tftp_wake(struct provi_curl_job *job, int64_t now_ms)
{
    const struct provi_tftp_event event = {.now_ms = now_ms};
    struct provi_tftp_action action;
    if (now_ms < provi_curl_tftp_due_ms(job))
        return;
    /* Process datagrams received during a pause before checking timeouts. */
    if (job->hop.pause_ms > 0) {
        job->hop.pause_ms = 0;
        provi_curl_sockets_add(&job->curl->sockets, job->tftp->fd);
        provi_curl_tftp_receive(job, job->tftp->fd);
    }
    if (now_ms < provi_curl_tftp_due_ms(job))
        return;
    provi_tftp_step(&job->tftp->machine, &event, &action);
    carry_out(job, &action);
}

bool provi_curl_tftp_is_dallying(const struct provi_curl_job *job)
{
    return job->tftp->machine.phase == PROVI_TFTP_DALLYING;
}

bool provi_curl_tftp_is_gone(const struct provi_curl_job *job)
{
    return job->tftp->machine.phase == PROVI_TFTP_GONE;
}

int64_t provi_curl_tftp_due_ms(const struct provi_curl_job *job)
{
    return job->hop.pause_ms ? job->hop.pause_ms : provi_tftp_due_ms(&job->tftp->machine);
}

void provi_curl_tftp_abandon(struct provi_curl_job *job)
{
    struct provi_tftp_action action;
    provi_tftp_abandon(&job->tftp->machine, &action);
    if (action.send.len)
        transmit(job, &action);
}

void provi_curl_tftp_free(struct provi_curl_job *job)
{
    if (!job->tftp)
        return;
    close_socket(job);
    provi_free(&job->curl->alloc, job->tftp, sizeof *job->tftp);
    job->tftp = NULL;
}
