/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The client's side of TFTP (RFC 1350, 2347, 2348, 2349) without sockets or clock.
 *
 * One transfer is a state machine: `(state, datagram or time) → (state, datagram to send, bytes of
 * the file, end)`. Its driver owns a socket that is not connected, hands in what comes from the
 * server's address, whatever the port, and calls again when provi_tftp_due_ms() has come.
 */
#ifndef PROVI_TFTP_TFTP_H
#define PROVI_TFTP_TFTP_H

#include <provision/base.h>

#include "tftp/packet.h"
#include "tftp/timer.h"

/* Of the text beside a server's error. */
#define PROVI_TFTP_TEXT_CAP 80

struct provi_tftp_request {
    prov_str name; /* of the file; at most PROVI_TFTP_MAX_NAME_BYTES, without NUL */
    prov_str body; /* of a write request; borrowed until the end */
    /* In place of `body`; or NULL. Reads the next bytes, none at the end. False: it cannot. */
    bool (*read)(void *ctx, char *buf, size_t cap, size_t *len);
    void *read_ctx;
    int64_t read_bytes; /* how many there are, with `read`; -1: not known */
    uint64_t max_bytes; /* a file announced as larger is not read */
    int64_t answer_ms;  /* patience until the first answer, */
    int64_t idle_ms;    /* between a block and the next, */
    int64_t total_ms;   /* and for everything */
    uint16_t port;      /* where the server listens */
    bool is_write;
};

enum provi_tftp_phase {
    PROVI_TFTP_ASKING,   /* the request went out and nothing came */
    PROVI_TFTP_READING,  /* the last ACK is `out`; waiting for the block after `n_blocks` */
    PROVI_TFTP_WRITING,  /* the block after `n_blocks` is `out`; waiting for its ACK */
    PROVI_TFTP_DALLYING, /* the file is whole; a server that missed the last ACK gets it again */
    PROVI_TFTP_GONE,     /* nothing more is sent or expected */
};

enum provi_tftp_outcome {
    PROVI_TFTP_UNDECIDED,
    PROVI_TFTP_WHOLE,       /* every block came, or was acknowledged */
    PROVI_TFTP_REFUSED,     /* the server sent an error */
    PROVI_TFTP_NO_ANSWER,   /* not one */
    PROVI_TFTP_NO_LISTENER, /* the server's host reports that its port is closed */
    PROVI_TFTP_STOPPED,     /* answers came, then none */
    PROVI_TFTP_UNFINISHED,  /* answers came all the time, too slowly */
    PROVI_TFTP_MISTAKEN,    /* a read request was answered as a write request, or vice versa */
    PROVI_TFTP_OVERSIZED,   /* a block larger than agreed */
    PROVI_TFTP_OVERRUN,     /* more bytes than announced */
    PROVI_TFTP_TOO_LARGE,   /* more bytes announced than allowed */
    PROVI_TFTP_UNREADABLE,  /* `read` failed */
    PROVI_TFTP_ABANDONED,   /* by provi_tftp_abandon() */
};

struct provi_tftp {
    struct provi_tftp_request request;
    enum provi_tftp_phase phase;
    enum provi_tftp_outcome outcome;
    struct provi_tftp_timer timer;
    int64_t start_ms;
    int64_t progress_ms; /* the last new block or ACK */
    int64_t sent_ms;     /* `out`, most recently */
    unsigned n_sent;     /* times `out` went out */
    unsigned n_requests;
    unsigned n_refusals;  /* reports of a closed port since the last answer */
    unsigned n_useless;   /* datagrams that answer nothing that was asked, before any that does */
    bool is_bare;         /* the server choked on options: no more of them */
    uint16_t port;        /* the server's; once it answered, of its end of the transfer (TID) */
    uint16_t stale_port;  /* of a transfer given up for one without options; 0: none */
    uint16_t number;      /* of the last block come, or acknowledged */
    uint32_t block_bytes; /* agreed */
    int64_t file_bytes;   /* announced to be read; -1: not */
    uint64_t n_blocks;    /* come, or acknowledged */
    uint64_t n_bytes;     /* in them */
    uint16_t error;       /* the server's, when refused */
    char text[PROVI_TFTP_TEXT_CAP]; /* beside it; printable */
    size_t out_len;
    size_t block_len;                           /* of the file, in `out`, while writing */
    uint8_t out[PROVI_TFTP_MAX_DATAGRAM_BYTES]; /* what is sent until it is answered */
};

/* What happened: a datagram from the server's address, a closed port there, or only that time went
 * by. */
struct provi_tftp_event {
    int64_t now_ms;      /* monotonic */
    const uint8_t *data; /* NULL: time, or a refusal */
    size_t len;
    uint16_t port;   /* whence */
    bool is_refused; /* no datagram: the server's host reports a closed port */
};

/* What is to be done about it. */
struct provi_tftp_action {
    prov_str send;   /* datagram, in static memory or in `out`; empty: none */
    uint16_t port;   /* whither, at the server's address */
    bool is_decided; /* the outcome is known from now on */
    prov_str bytes;  /* next of the file, in the event's datagram. Hand them on before sending */
};

void provi_tftp_start(struct provi_tftp *t, const struct provi_tftp_request *request,
                      int64_t now_ms, struct provi_tftp_action *action);

void provi_tftp_step(struct provi_tftp *t, const struct provi_tftp_event *event,
                     struct provi_tftp_action *action);

/**
 * End a transfer that nobody wants any more, if only its last bytes; the server hears it where it
 * would wait. One that dallies in peace needs no such end.
 */
void provi_tftp_abandon(struct provi_tftp *t, struct provi_tftp_action *action);

/** When to call provi_tftp_step() at the latest; INT64_MAX when gone. */
int64_t provi_tftp_due_ms(const struct provi_tftp *t);

#endif
