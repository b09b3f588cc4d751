/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Log messages: expanded, told as events, and sent to the syslog servers one after another. */
#ifndef PROVI_AGENT_LOG_H
#define PROVI_AGENT_LOG_H

#include <provision/host.h>
#include <provision/transport.h>

struct prov_agent;
struct provi_log_line;

/** Lines on their way to syslog servers. All zero is the empty queue. */
struct provi_log {
    struct provi_log_line *first;
    struct provi_log_line *last;
    size_t n_lines;
    prov_transfer *transfer; /* of the first line, or NULL */
    bool is_sent;            /* the transfer of the first line ended */
};

/** Expand the message parameter @p name (e.g. `Log_Request_Msg`) and log it; empty: nothing. */
void provi_log_message(struct prov_agent *agent, const char *name, enum prov_severity severity);

/** Start sending what can be sent. */
void provi_log_process(struct prov_agent *agent);

/** Whether provi_log_process() has something to do. */
bool provi_log_is_due(const struct prov_agent *agent);

/** Cancel what is being sent; the lines stay. */
void provi_log_cancel(struct prov_agent *agent);

/** Cancel and forget everything. */
void provi_log_free(struct prov_agent *agent);

#endif
