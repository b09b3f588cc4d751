/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/syslog.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "env/env.h"
#include "fetch/fetcher.h"
#include "fetch/permit.h"
#include "sched/spread.h"
#include "transfer/transfer.h"

enum {
    LINK_WAIT_MS = 60000, /* if the host does not report that the link is back */
    MAX_QUEUED = 16,      /* further messages are dropped while a server cannot be reached */
    PATIENCE_MS = 2000,   /* how long a program that ends may wait for the last messages */
};

/* One datagram for one server; texts follow the struct. */
struct provi_syslog_message {
    struct provi_syslog_message *next;
    struct prov_request request;
    size_t size; /* of the whole allocation */
    char texts[];
};

/* Append @p text, and advance. */
static prov_str place(char **at, prov_str text)
{
    prov_str placed = {*at, text.len};
    memcpy(*at, text.data, text.len);
    *at += text.len;
    return placed;
}

static struct provi_syslog_message *new_message(struct provi_env *env, const struct provi_url *url,
                                                prov_str datagram)
{
    char text[256];
    struct provi_text out = {.buf = text, .cap = sizeof text};
    provi_url_write(&out, url);
    if (provi_text_end(&out, NULL) != PROV_OK)
        return NULL;
    size_t size = sizeof(struct provi_syslog_message) + out.len + url->host.len + datagram.len;
    struct provi_syslog_message *message = provi_alloc(&env->alloc, size);
    if (!message)
        return NULL;
    char *at = message->texts;
    message->next = NULL;
    message->size = size;
    message->request = (struct prov_request){
        .size = sizeof message->request,
        .url = place(&at, (prov_str){text, out.len}),
        .scheme = PROVI_LIT("syslog"),
        .host = place(&at, url->host),
        .path = url->path,
        .port = url->port ? url->port : provi_url_default_port(PROVI_LIT("syslog")),
        .method = PROV_METHOD_SEND,
        .body = place(&at, datagram),
        .limits = &env->limits,
    };
    return message;
}

static void report(const struct provi_syslog_queue *queue, prov_str server, const char *text,
                   const struct prov_error *error)
{
    struct provi_fetcher *fetcher = queue->fetcher;
    struct prov_error named = *error;
    const char *name =
        provi_log_server_name((enum provi_log_server)(queue - fetcher->syslog->queues));
    provi_error_source(&named, prov_str_from(name));
    fetcher->syslog->is_reporting = true;
    provi_env_log(fetcher->env, PROV_JOB_LOG,
                  (struct prov_log_entry){
                      .severity = PROV_SEVERITY_WARNING,
                      .server = server,
                      .text = prov_str_from(text),
                      .error = &named,
                  });
    fetcher->syslog->is_reporting = false;
}

static void report_unsent(const struct provi_syslog_queue *queue, prov_str server,
                          const struct prov_error *error)
{
    report(queue, server, "log message could not be sent", error);
}

/* Report once that messages are dropped, until the queue is empty. */
static void report_loss(struct provi_syslog_queue *queue)
{
    struct prov_error error = {0};
    if (queue->is_dropping)
        return;
    queue->is_dropping = true;
    provi_fail(&error, PROV_E_LIMIT, "%d messages wait for the server already", MAX_QUEUED);
    report(queue, queue->first->request.url, "log messages are dropped", &error);
}

static void report_late(struct provi_syslog_queue *queue)
{
    struct prov_error error = {0};
    queue->is_late = true;
    provi_fail(&error, PROV_E_TIMEOUT, "not sent within %d ms: %zu waiting%s", PATIENCE_MS,
               queue->n_messages,
               queue->fetcher->env->is_link_lost ? ", the network link is lost" : "");
    provi_error_flags(&error, PROV_ERROR_RETRYABLE);
    report(queue, queue->first->request.url, "log messages have to wait", &error);
}

const char *provi_log_server_name(enum provi_log_server which)
{
    static const char *const names[] = {
        [PROVI_LOG_SYSLOG] = "Syslog_Server",
        [PROVI_LOG_DEBUG] = "Debug_Server",
    };
    return names[which];
}

static void append(struct provi_syslog_queue *queue, struct provi_syslog_message *message)
{
    if (queue->last)
        queue->last->next = message;
    else
        queue->first = message;
    queue->last = message;
    if (queue->n_messages++ == 0)
        queue->since_ms = provi_env_now_ms(queue->fetcher->env);
}

static bool prepare(struct provi_fetcher *fetcher)
{
    if (fetcher->syslog)
        return true;
    fetcher->syslog = provi_alloc_zero(&fetcher->env->alloc, sizeof *fetcher->syslog);
    for (size_t i = 0; fetcher->syslog && i < PROVI_N_LOG_SERVERS; i++)
        fetcher->syslog->queues[i].fetcher = fetcher;
    if (fetcher->syslog && fetcher->env->is_link_lost)
        fetcher->syslog->from_ms = provi_env_now_ms(fetcher->env) + LINK_WAIT_MS;
    return fetcher->syslog != NULL;
}

void provi_syslog_send(struct provi_fetcher *fetcher, enum provi_log_server which, prov_str server,
                       prov_str datagram)
{
    struct provi_url url;
    struct prov_error error = {0};
    if (!prepare(fetcher))
        return;
    struct provi_syslog_queue *queue = &fetcher->syslog->queues[which];
    if (provi_server_read(server, provi_log_server_name(which), NULL, &url, &error) != PROV_OK) {
        report_unsent(queue, PROVI_LIT(""), &error);
        return;
    }
    if (!provi_transports_for(&fetcher->env->transports, PROVI_LIT("syslog")))
        return;
    if (queue->n_messages == MAX_QUEUED) {
        report_loss(queue);
        return;
    }
    url.scheme = PROVI_LIT("syslog");
    url.path = PROVI_LIT("/");
    struct provi_syslog_message *message = new_message(fetcher->env, &url, datagram);
    if (message)
        append(queue, message);
}

static void drop_first(struct provi_syslog_queue *queue)
{
    struct provi_syslog_message *message = queue->first;
    queue->first = message->next;
    queue->n_messages--;
    if (queue->n_cancelled)
        queue->n_cancelled--;
    if (!queue->first) {
        queue->last = NULL;
        queue->is_late = queue->is_dropping = false;
    }
    provi_free(&queue->fetcher->env->alloc, message, message->size);
}

static void end_transfer(struct provi_syslog_queue *queue)
{
    provi_transfer_free(queue->transfer);
    queue->transfer = NULL;
    queue->is_ended = false;
}

static prov_status on_address(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                              struct prov_error *err)
{
    struct provi_env *env = ((struct provi_syslog_queue *)ctx)->fetcher->env;
    (void)peer;
    provi_env_enter(env);
    prov_status status = provi_permit_address(env, server_ip, port, PROV_PURPOSE_LOG, err);
    provi_env_leave(env);
    return status;
}

/* A datagram has no answer. */
static prov_status no_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx;
    (void)data;
    (void)len;
    return provi_fail(err, PROV_E_NETWORK, "expected no answer to a log message, found %zu bytes",
                      len);
}

static void on_end(void *ctx, prov_status status, const struct prov_error *err)
{
    struct provi_syslog_queue *queue = ctx;
    struct provi_env *env = queue->fetcher->env;
    provi_env_enter(env);
    queue->is_ended = true;
    if (status != PROV_OK)
        report_unsent(queue, queue->first->request.url, err);
    else if (!env->is_freed)
        queue->since_ms = provi_env_now_ms(env);
    provi_env_wake(env);
    provi_env_leave(env);
}

static void start_first(struct provi_syslog_queue *queue)
{
    struct provi_env *env = queue->fetcher->env;
    struct prov_error error = {0};
    const struct prov_request *request = &queue->first->request;
    const struct prov_transport *transport =
        provi_transports_for(&env->transports, request->scheme);
    const struct provi_transfer_handler handler = {
        .address = on_address,
        .data = no_data,
        .done = on_end,
        .ctx = queue,
    };
    prov_status status =
        provi_transfer_start(&queue->transfer, &env->alloc, transport, request, &handler, &error);
    queue->deadline_ms = provi_env_now_ms(env) + env->limits.total_timeout_ms;
    if (status == PROV_OK)
        return;
    report_unsent(queue, request->url, &error);
    drop_first(queue);
}

static int64_t hold_left_ms(const struct provi_fetcher *fetcher)
{
    return provi_env_left_ms(fetcher->env, fetcher->syslog->from_ms);
}

static size_t n_queues(const struct provi_fetcher *fetcher)
{
    return fetcher->syslog ? PROVI_N_LOG_SERVERS : 0;
}

static int64_t patience_left_ms(const struct provi_syslog_queue *queue)
{
    return provi_env_left_ms(queue->fetcher->env, queue->since_ms + PATIENCE_MS);
}

static bool is_overdue(const struct provi_syslog_queue *queue)
{
    return queue->transfer && !queue->is_ended &&
           provi_env_left_ms(queue->fetcher->env, queue->deadline_ms) == 0;
}

static void give_up(struct provi_syslog_queue *queue)
{
    struct prov_error error = {0};
    provi_fail(&error, PROV_E_TIMEOUT, "not sent within total_timeout_ms (%u ms)",
               (unsigned)queue->fetcher->env->limits.total_timeout_ms);
    report_unsent(queue, queue->first->request.url, &error);
    end_transfer(queue);
    drop_first(queue);
}

static void turn(struct provi_syslog_queue *queue)
{
    if (queue->is_ended) {
        end_transfer(queue);
        drop_first(queue);
    } else if (is_overdue(queue)) {
        give_up(queue);
    }
    bool is_held = hold_left_ms(queue->fetcher) > 0;
    while (queue->first && !queue->transfer && !queue->fetcher->env->is_freed) {
        if (queue->n_cancelled)
            drop_first(queue);
        else if (is_held)
            break;
        else
            start_first(queue);
    }
    if (queue->first && !queue->is_late && patience_left_ms(queue) == 0)
        report_late(queue);
}

void provi_syslog_process(struct provi_fetcher *fetcher)
{
    for (size_t i = 0; i < n_queues(fetcher) && !fetcher->env->is_freed; i++)
        if (fetcher->syslog->queues[i].first)
            turn(&fetcher->syslog->queues[i]);
}

static bool is_due(const struct provi_fetcher *fetcher)
{
    for (size_t i = 0; i < n_queues(fetcher); i++) {
        const struct provi_syslog_queue *queue = &fetcher->syslog->queues[i];
        bool is_startable = queue->n_cancelled || hold_left_ms(fetcher) == 0;
        if (queue->is_ended || (queue->first && !queue->transfer && is_startable))
            return true;
    }
    return false;
}

int64_t provi_syslog_timeout_ms(const struct provi_fetcher *fetcher)
{
    int64_t wait = -1;
    if (is_due(fetcher))
        return 0;
    for (size_t i = 0; i < n_queues(fetcher); i++) {
        const struct provi_syslog_queue *queue = &fetcher->syslog->queues[i];
        if (!queue->first)
            continue;
        int64_t left = queue->transfer ? provi_env_left_ms(fetcher->env, queue->deadline_ms)
                                       : hold_left_ms(fetcher);
        if (!queue->is_late && patience_left_ms(queue) < left)
            left = patience_left_ms(queue);
        if (wait < 0 || left < wait)
            wait = left;
    }
    return wait;
}

bool provi_syslog_is_busy(const struct provi_fetcher *fetcher)
{
    for (size_t i = 0; i < n_queues(fetcher); i++)
        if (fetcher->syslog->queues[i].first && !fetcher->syslog->queues[i].is_late)
            return true;
    return false;
}

/* A second report of a lost link does not prolong the wait. */
void provi_syslog_lose_link(struct provi_fetcher *fetcher)
{
    if (!fetcher->syslog)
        return;
    for (size_t i = 0; i < n_queues(fetcher); i++)
        if (!fetcher->syslog->queues[i].is_ended)
            end_transfer(&fetcher->syslog->queues[i]);
    if (!fetcher->env->is_link_lost && hold_left_ms(fetcher) == 0)
        fetcher->syslog->from_ms = provi_env_now_ms(fetcher->env) + LINK_WAIT_MS;
}

void provi_syslog_resume(struct provi_fetcher *fetcher)
{
    int64_t now_ms = provi_env_now_ms(fetcher->env);
    if (fetcher->syslog && hold_left_ms(fetcher) > 0)
        fetcher->syslog->from_ms =
            provi_spread_retry_ms(fetcher->syslog->from_ms, now_ms, now_ms,
                                  fetcher->env->options.jitter_s, provi_env_entropy(fetcher->env));
}

int64_t provi_syslog_wait_ms(const struct provi_fetcher *fetcher)
{
    for (size_t i = 0; i < n_queues(fetcher); i++)
        if (fetcher->syslog->queues[i].first && hold_left_ms(fetcher) > 0)
            return hold_left_ms(fetcher);
    return -1;
}

void provi_syslog_cancel(struct provi_fetcher *fetcher)
{
    for (size_t i = 0; i < n_queues(fetcher); i++) {
        struct provi_syslog_queue *queue = &fetcher->syslog->queues[i];
        end_transfer(queue);
        queue->n_cancelled = queue->n_messages;
    }
}

void provi_syslog_free(struct provi_fetcher *fetcher)
{
    provi_syslog_cancel(fetcher);
    for (size_t i = 0; i < n_queues(fetcher); i++)
        while (fetcher->syslog->queues[i].first)
            drop_first(&fetcher->syslog->queues[i]);
    provi_free(&fetcher->env->alloc, fetcher->syslog, sizeof *fetcher->syslog);
}
