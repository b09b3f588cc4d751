/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Datagrams on their way to the log servers: a queue for each, so that one that cannot be reached
 * does not hold up the other.
 */
#ifndef PROVI_FETCH_SYSLOG_H
#define PROVI_FETCH_SYSLOG_H

#include <provision/transport.h>

struct provi_fetcher;
struct provi_syslog_message;

enum provi_log_server {
    PROVI_LOG_SYSLOG, /* Syslog_Server */
    PROVI_LOG_DEBUG,  /* Debug_Server */
    PROVI_N_LOG_SERVERS,
};

/** Name of the parameter that names the server. */
const char *provi_log_server_name(enum provi_log_server which);

/** Messages not sent yet, one after another. All zero is the empty queue. */
struct provi_syslog_queue {
    struct provi_fetcher *fetcher;
    struct provi_syslog_message *first;
    struct provi_syslog_message *last;
    size_t n_messages;
    size_t n_cancelled;      /* of them, the first ones, which are dropped */
    prov_transfer *transfer; /* of the first message, or NULL */
    int64_t deadline_ms;     /* of the transfer */
    bool is_ended;           /* the transfer of the first message ended */
    int64_t since_ms;        /* when it began to wait, or when the last message was sent */
    bool is_late;            /* its long wait has been reported */
    bool is_dropping;        /* … that messages are lost */
};

/** Made with the first message: many devices have no log server. */
struct provi_syslog {
    struct provi_syslog_queue queues[PROVI_N_LOG_SERVERS];
    bool is_reporting; /* that a message was not sent, is late or is dropped */
    int64_t from_ms;   /* messages are sent from then on: the link was lost */
};

/** The link is lost: what is being sent waits until it is back, at most a minute. */
void provi_syslog_lose_link(struct provi_fetcher *fetcher);

/** The link is back: what waits for it is sent soon. */
void provi_syslog_resume(struct provi_fetcher *fetcher);

/** Milliseconds that messages still wait for the link; -1: none does. */
int64_t provi_syslog_wait_ms(const struct provi_fetcher *fetcher);

/**
 * Have a datagram sent; dropped without memory, room in the queue or a transport for it.
 *
 * @param server  Value of the parameter; trimmed, not empty.
 */
void provi_syslog_send(struct provi_fetcher *fetcher, enum provi_log_server which, prov_str server,
                       prov_str datagram);

/** Start sending what can be sent, give up what takes too long. */
void provi_syslog_process(struct provi_fetcher *fetcher);

/** Milliseconds until provi_syslog_process() has something to do; -1: not by time. */
int64_t provi_syslog_timeout_ms(const struct provi_fetcher *fetcher);

/** Whether something is still to be sent, and not waited for in vain. */
bool provi_syslog_is_busy(const struct provi_fetcher *fetcher);

/** Cancel what is being sent; all messages are dropped in the next provi_syslog_process(). */
void provi_syslog_cancel(struct provi_fetcher *fetcher);

/** Cancel and forget everything. */
void provi_syslog_free(struct provi_fetcher *fetcher);

#endif
