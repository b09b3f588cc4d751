/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Datagrams on their way to syslog servers, one after another. */
#ifndef PROVI_AGENT_SYSLOG_H
#define PROVI_AGENT_SYSLOG_H

#include <provision/transport.h>

struct prov_agent;
struct provi_syslog_message;

/** Those not sent yet. All zero is the empty queue. */
struct provi_syslog {
    struct provi_syslog_message *first;
    struct provi_syslog_message *last;
    size_t n_messages;
    prov_transfer *transfer; /* of the first message, or NULL */
    bool is_sent;            /* the transfer of the first message ended */
};

/**
 * Have a datagram sent; dropped without memory, room in the queue or a transport for it.
 *
 * @param name    Of the parameter that names the server, to be told if it is none.
 * @param server  Its value.
 */
void provi_syslog_send(struct prov_agent *agent, const char *name, prov_str server,
                       prov_str datagram);

/** Start sending what can be sent. */
void provi_syslog_process(struct prov_agent *agent);

/** Whether provi_syslog_process() has something to do. */
bool provi_syslog_is_due(const struct prov_agent *agent);

/** Whether something is still to be sent. */
bool provi_syslog_is_busy(const struct prov_agent *agent);

/** Cancel what is being sent; the messages stay. */
void provi_syslog_cancel(struct prov_agent *agent);

/** Cancel and forget everything. */
void provi_syslog_free(struct prov_agent *agent);

#endif
