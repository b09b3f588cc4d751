/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Log messages to be sent: a queue for each server, so that an unreachable one does not delay the
 * other.
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
    size_t n_cancelled;      /* messages at the front that are dropped */
    prov_transfer *transfer; /* of the first message, or NULL */
    int64_t deadline_ms;     /* of the transfer */
    bool is_ended;           /* that transfer has ended */
    int64_t since_ms;        /* start of its wait, or time of the last message sent */
    bool is_late;            /* its long wait has been reported */
    bool is_dropping;        /* the loss of messages has been reported */
};

/** Allocated with the first message: many devices have no log server. */
struct provi_syslog {
    struct provi_syslog_queue queues[PROVI_N_LOG_SERVERS];
    bool is_reporting; /* a message that was not sent, is late or is dropped */
    int64_t from_ms;   /* the link was lost: nothing is sent before */
};

/** The link is lost: messages wait until it is back, at most a minute. */
void provi_syslog_lose_link(struct provi_fetcher *fetcher);

/** The link is back: waiting messages are sent soon. */
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

/** Send the next messages, and drop those that take too long. */
void provi_syslog_process(struct provi_fetcher *fetcher);

/** Milliseconds until provi_syslog_process() has something to do; -1: not by time. */
int64_t provi_syslog_timeout_ms(const struct provi_fetcher *fetcher);

/** Whether messages are to be sent to a server that can be reached. */
bool provi_syslog_is_busy(const struct provi_fetcher *fetcher);

/** Cancel the transfers; the next provi_syslog_process() drops all messages. */
void provi_syslog_cancel(struct provi_fetcher *fetcher);

/** Cancel and release everything. */
void provi_syslog_free(struct provi_fetcher *fetcher);

#endif
