/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/log.h"

#include <string.h>

#include "agent/agent_priv.h"
#include "agent/expand.h"
#include "agent/life.h"
#include "agent/syslog_line.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"

enum {
    MAX_QUEUED = 16,     /* further lines are dropped while a server cannot be reached */
    MAX_DATAGRAM = 1024, /* RFC 3164, section 4.1; a longer message is cut */
    MAX_IDENTIFIER = 64,
};

/* One datagram for one server; texts follow the struct. */
struct provi_log_line {
    struct provi_log_line *next;
    struct prov_request request;
    size_t size; /* of the whole allocation */
    char texts[];
};

/* ---- making lines ---- */

/* Copy @p text behind what is already there and advance. */
static prov_str place(char **at, prov_str text)
{
    prov_str placed = {*at, text.len};
    if (text.len)
        memcpy(*at, text.data, text.len);
    *at += text.len;
    return placed;
}

static struct provi_log_line *line_new(struct prov_agent *agent, const struct provi_url *url,
                                       prov_str datagram)
{
    char text[256];
    size_t url_len;
    if (provi_url_write(url, text, sizeof text, &url_len) != PROV_OK)
        return NULL;
    size_t size = sizeof(struct provi_log_line) + url_len + url->host.len + datagram.len;
    struct provi_log_line *line = provi_alloc(&agent->alloc, size);
    if (!line)
        return NULL;
    char *at = line->texts;
    line->next = NULL;
    line->size = size;
    line->request = (struct prov_request){
        .size = sizeof line->request,
        .url = place(&at, (prov_str){text, url_len}),
        .scheme = PROVI_LIT("syslog"),
        .host = place(&at, url->host),
        .path = url->path,
        .port = url->port ? url->port : provi_url_default_port(PROVI_LIT("syslog")),
        .method = PROV_METHOD_SEND,
        .body = place(&at, datagram),
        .limits = &agent->limits,
    };
    return line;
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

/* The value itself is not told: it may be an address with a password by mistake. */
static void tell_no_server(struct prov_agent *agent, const char *name,
                           const struct provi_url_fault *fault)
{
    struct prov_error error = {0};
    provi_fail(&error, PROV_E_SYNTAX, "expected %s", fault->expected);
    provi_error_source(&error, prov_str_from(name));
    tell_unsent(agent, PROVI_LIT(""), &error);
}

static void enqueue(struct prov_agent *agent, const char *name, prov_str server, prov_str datagram)
{
    struct provi_log *log = &agent->log;
    struct provi_url url;
    struct provi_url_fault fault;
    if (!provi_url_split(server, false, &url, &fault)) {
        tell_no_server(agent, name, &fault);
        return;
    }
    if (log->n_lines == MAX_QUEUED ||
        !provi_transport_for(agent->transports, agent->n_transports, PROVI_LIT("syslog")))
        return;
    url.scheme = PROVI_LIT("syslog");
    url.path = PROVI_LIT("/");
    struct provi_log_line *line = line_new(agent, &url, datagram);
    if (!line)
        return;
    if (log->last)
        log->last->next = line;
    else
        log->first = line;
    log->last = line;
    log->n_lines++;
}

static void send_to_servers(struct prov_agent *agent, enum prov_severity severity, prov_str text)
{
    static const char *const servers[] = {"Syslog_Server", "Debug_Server"};
    struct provi_buffer identifier;
    provi_buffer_init(&identifier, MAX_IDENTIFIER, false);
    if (provi_expand_param(agent, PROVI_LIT("Syslog_Identifier"), 0, &identifier, NULL) !=
            PROV_OK ||
        provi_str_eq_nocase(provi_buffer_str(&identifier), PROVI_LIT("None")))
        provi_buffer_reset(&identifier);
    provi_buffer_flatten(&identifier);

    struct prov_world world;
    provi_agent_world(agent, &world);
    char datagram[MAX_DATAGRAM];
    size_t len = provi_syslog_line(severity, &world, provi_buffer_str(&identifier), text, datagram,
                                   sizeof datagram);
    if (len >= sizeof datagram)
        len = sizeof datagram - 1;

    for (size_t i = 0; i < PROVI_LEN(servers); i++) {
        char server[256];
        size_t server_len;
        prov_status status = provi_param_copy(&agent->params, prov_str_from(servers[i]), server,
                                              sizeof server, &server_len);
        prov_str trimmed = provi_str_trim((prov_str){server, server_len});
        if (status == PROV_OK && trimmed.len)
            enqueue(agent, servers[i], trimmed, (prov_str){datagram, len});
    }
    provi_buffer_free(&identifier, &agent->alloc);
}

void provi_log_message(struct prov_agent *agent, const char *name, enum prov_severity severity)
{
    struct provi_buffer text;
    provi_buffer_init(&text, agent->limits.max_rule_bytes, false);
    if (provi_expand_param(agent, prov_str_from(name), 0, &text, NULL) == PROV_OK && text.len) {
        provi_buffer_flatten(&text);
        struct prov_event event = {
            .type = PROV_EVENT_LOG,
            .severity = severity,
            .name = prov_str_from(name),
            .text = provi_buffer_str(&text),
        };
        provi_agent_event(agent, &event);
        send_to_servers(agent, severity, provi_buffer_str(&text));
    }
    provi_buffer_free(&text, &agent->alloc);
}

/* ---- sending them ---- */

static void drop_first(struct prov_agent *agent)
{
    struct provi_log *log = &agent->log;
    struct provi_log_line *line = log->first;
    log->first = line->next;
    if (!log->first)
        log->last = NULL;
    log->n_lines--;
    provi_free(&agent->alloc, line, line->size);
}

static void end_transfer(struct provi_log *log)
{
    provi_transfer_free(log->transfer);
    log->transfer = NULL;
    log->is_sent = false;
}

/* A datagram has no answer. */
static prov_status no_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx;
    (void)data;
    (void)len;
    return provi_fail(err, PROV_E_NETWORK, "an answer to a log message");
}

static void sending_ended(void *ctx, prov_status status, const struct prov_error *err)
{
    struct prov_agent *agent = ctx;
    provi_agent_enter(agent);
    agent->log.is_sent = true;
    if (status != PROV_OK)
        tell_unsent(agent, agent->log.first->request.url, err);
    provi_agent_wake(agent);
    provi_agent_leave(agent);
}

static void start_first(struct prov_agent *agent)
{
    struct provi_log *log = &agent->log;
    const struct prov_transport *transport =
        provi_transport_for(agent->transports, agent->n_transports, PROVI_LIT("syslog"));
    const struct provi_transfer_handler handler = {
        .data = no_data,
        .done = sending_ended,
        .ctx = agent,
    };
    if (!transport || provi_transfer_start(&log->transfer, &agent->alloc, transport,
                                           &log->first->request, &handler, NULL) != PROV_OK)
        drop_first(agent);
}

bool provi_log_is_due(const struct prov_agent *agent)
{
    return agent->log.is_sent || (agent->log.first && !agent->log.transfer);
}

void provi_log_process(struct prov_agent *agent)
{
    struct provi_log *log = &agent->log;
    if (log->is_sent) {
        end_transfer(log);
        drop_first(agent);
    }
    while (log->first && !log->transfer)
        start_first(agent);
}

void provi_log_cancel(struct prov_agent *agent)
{
    end_transfer(&agent->log);
}

void provi_log_free(struct prov_agent *agent)
{
    end_transfer(&agent->log);
    while (agent->log.first)
        drop_first(agent);
}
