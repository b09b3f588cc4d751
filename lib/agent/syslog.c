/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/syslog.h"

#include <string.h>

#include "agent/agent_priv.h"
#include "agent/life.h"
#include "agent/permit.h"
#include "agent/server.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"

enum { MAX_QUEUED = 16 }; /* further messages are dropped while a server cannot be reached */

/* One datagram for one server; texts follow the struct. */
struct provi_syslog_message {
    struct provi_syslog_message *next;
    struct prov_request request;
    size_t size; /* of the whole allocation */
    char texts[];
};

/* ---- queueing ---- */

/* Copy @p text behind what is already there and advance. */
static prov_str place(char **at, prov_str text)
{
    prov_str placed = {*at, text.len};
    if (text.len)
        memcpy(*at, text.data, text.len);
    *at += text.len;
    return placed;
}

static struct provi_syslog_message *new_message(struct prov_agent *agent,
                                                const struct provi_url *url, prov_str datagram)
{
    char text[256];
    size_t url_len;
    if (provi_url_write(url, text, sizeof text, &url_len) != PROV_OK)
        return NULL;
    size_t size = sizeof(struct provi_syslog_message) + url_len + url->host.len + datagram.len;
    struct provi_syslog_message *message = provi_alloc(&agent->alloc, size);
    if (!message)
        return NULL;
    char *at = message->texts;
    message->next = NULL;
    message->size = size;
    message->request = (struct prov_request){
        .size = sizeof message->request,
        .url = place(&at, (prov_str){text, url_len}),
        .scheme = PROVI_LIT("syslog"),
        .host = place(&at, url->host),
        .path = url->path,
        .port = url->port ? url->port : provi_url_default_port(PROVI_LIT("syslog")),
        .method = PROV_METHOD_SEND,
        .body = place(&at, datagram),
        .limits = &agent->limits,
    };
    return message;
}

static void tell_unsent(struct prov_agent *agent, prov_str server, const struct prov_error *error)
{
    struct prov_event event = {
        .type = PROV_EVENT_LOG,
        .severity = PROV_SEVERITY_WARNING,
        .server = server,
        .text = PROVI_LIT("log message could not be sent"),
        .error = error,
    };
    provi_agent_event(agent, &event);
}

void provi_syslog_send(struct prov_agent *agent, const char *name, prov_str server,
                       prov_str datagram)
{
    struct provi_syslog *queue = &agent->syslog;
    struct provi_url url;
    struct prov_error error = {0};
    if (provi_server_read(server, name, NULL, &url, &error) != PROV_OK) {
        tell_unsent(agent, PROVI_LIT(""), &error);
        return;
    }
    if (queue->n_messages == MAX_QUEUED ||
        !provi_transport_for(agent->transports, agent->n_transports, PROVI_LIT("syslog")))
        return;
    url.scheme = PROVI_LIT("syslog");
    url.path = PROVI_LIT("/");
    struct provi_syslog_message *message = new_message(agent, &url, datagram);
    if (!message)
        return;
    if (queue->last)
        queue->last->next = message;
    else
        queue->first = message;
    queue->last = message;
    queue->n_messages++;
}

/* ---- sending ---- */

static void drop_first(struct prov_agent *agent)
{
    struct provi_syslog *queue = &agent->syslog;
    struct provi_syslog_message *message = queue->first;
    queue->first = message->next;
    if (!queue->first)
        queue->last = NULL;
    queue->n_messages--;
    provi_free(&agent->alloc, message, message->size);
}

static void end_transfer(struct provi_syslog *queue)
{
    provi_transfer_free(queue->transfer);
    queue->transfer = NULL;
    queue->is_sent = false;
}

/* A datagram has no answer. */
static prov_status no_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx;
    (void)data;
    (void)len;
    return provi_fail(err, PROV_E_NETWORK, "an answer to a log message");
}

static prov_status on_address(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                              struct prov_error *err)
{
    struct prov_agent *agent = ctx;
    (void)peer;
    provi_agent_enter(agent);
    prov_status status = provi_permit_address(agent, server_ip, port, PROV_PURPOSE_LOG, err);
    provi_agent_leave(agent);
    return status;
}

static void sending_ended(void *ctx, prov_status status, const struct prov_error *err)
{
    struct prov_agent *agent = ctx;
    provi_agent_enter(agent);
    agent->syslog.is_sent = true;
    if (status != PROV_OK)
        tell_unsent(agent, agent->syslog.first->request.url, err);
    provi_agent_wake(agent);
    provi_agent_leave(agent);
}

static void start_first(struct prov_agent *agent)
{
    struct provi_syslog *queue = &agent->syslog;
    const struct prov_transport *transport =
        provi_transport_for(agent->transports, agent->n_transports, PROVI_LIT("syslog"));
    const struct provi_transfer_handler handler = {
        .address = on_address,
        .data = no_data,
        .done = sending_ended,
        .ctx = agent,
    };
    if (!transport || provi_transfer_start(&queue->transfer, &agent->alloc, transport,
                                           &queue->first->request, &handler, NULL) != PROV_OK)
        drop_first(agent);
}

bool provi_syslog_is_due(const struct prov_agent *agent)
{
    return agent->syslog.is_sent || (agent->syslog.first && !agent->syslog.transfer);
}

bool provi_syslog_is_busy(const struct prov_agent *agent)
{
    return agent->syslog.first != NULL;
}

void provi_syslog_process(struct prov_agent *agent)
{
    struct provi_syslog *queue = &agent->syslog;
    if (queue->is_sent) {
        end_transfer(queue);
        drop_first(agent);
    }
    while (queue->first && !queue->transfer)
        start_first(agent);
}

void provi_syslog_cancel(struct prov_agent *agent)
{
    end_transfer(&agent->syslog);
}

void provi_syslog_free(struct prov_agent *agent)
{
    end_transfer(&agent->syslog);
    while (agent->syslog.first)
        drop_first(agent);
}
