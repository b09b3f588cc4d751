/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * A TFTP client (RFC 1350, 2347, 2348, 2349) without sockets or clock.
 *
 * A transfer is a state machine: `(state, datagram or time) → (state, datagram to send, bytes of
 * the file, end)`. The driver has an unconnected socket, passes in datagrams from the server's
 * address and any port, and calls the machine again when provi_tftp_due_ms() is reached.
 */
#ifndef PROVI_TFTP_TFTP_H
#define PROVI_TFTP_TFTP_H

#include <provision/base.h>

/* packet.c: reading and writing of datagrams (RFC 1350, section 5; RFC 2347). */

#define PROVI_TFTP_HEAD_BYTES 4
/* Size of a block unless another was agreed (RFC 1350). */
#define PROVI_TFTP_PLAIN_BLOCK_BYTES 512
/* The size that is offered: the largest block that fits an Ethernet frame even through a tunnel. */
#define PROVI_TFTP_BLOCK_BYTES 1428
#define PROVI_TFTP_MAX_DATAGRAM_BYTES (PROVI_TFTP_HEAD_BYTES + PROVI_TFTP_BLOCK_BYTES)
/* Some servers crash on longer names. */
#define PROVI_TFTP_MAX_NAME_BYTES 255

enum provi_tftp_opcode {
    PROVI_TFTP_GARBAGE = 0, /* not a TFTP datagram */
    PROVI_TFTP_RRQ = 1,
    PROVI_TFTP_WRQ = 2,
    PROVI_TFTP_DATA = 3,
    PROVI_TFTP_ACK = 4,
    PROVI_TFTP_ERROR = 5,
    PROVI_TFTP_OACK = 6,
};

enum provi_tftp_error {
    PROVI_TFTP_ERROR_UNNAMED = 0,
    PROVI_TFTP_ERROR_NOT_FOUND = 1,
    PROVI_TFTP_ERROR_ACCESS = 2,
    PROVI_TFTP_ERROR_FULL = 3,
    PROVI_TFTP_ERROR_ILLEGAL = 4,
    PROVI_TFTP_ERROR_UNKNOWN_TID = 5,
    PROVI_TFTP_ERROR_EXISTS = 6,
    PROVI_TFTP_ERROR_NO_USER = 7,
    PROVI_TFTP_ERROR_OPTIONS = 8,
};

/* A received packet, pointing into the datagram. Packets that a server must not send are
 * garbage. */
struct provi_tftp_packet {
    enum provi_tftp_opcode opcode;
    uint16_t number; /* of a block or error; 0 in an OACK */
    prov_str rest;   /* bytes of the file, text of the error without NUL, or options */
};

struct provi_tftp_packet provi_tftp_parse(const uint8_t *data, size_t len);

/* Values agreed to in an OACK. */
struct provi_tftp_options {
    uint32_t block_bytes;
    int64_t file_bytes; /* -1: not announced */
};

/** Read the options of an OACK. False: one was not offered, or differs from the offer. */
bool provi_tftp_read_options(prov_str rest, struct provi_tftp_options *options);

/**
 * Write a read or write request for octet mode into @p buf, which has room for
 * PROVI_TFTP_MAX_DATAGRAM_BYTES.
 *
 * @param name        At most PROVI_TFTP_MAX_NAME_BYTES, without NUL.
 * @param file_bytes  Offered as `tsize` with the other options: 0 in a read request (RFC 2349). -1:
 *                    unknown.
 * @return Its length.
 */
size_t provi_tftp_write_request(uint8_t *buf, enum provi_tftp_opcode opcode, prov_str name,
                                bool has_options, int64_t file_bytes);

/** Write opcode and number. Returns PROVI_TFTP_HEAD_BYTES. */
size_t provi_tftp_write_head(uint8_t *buf, enum provi_tftp_opcode opcode, uint16_t number);

/* tftp.c */

/* The timer for repetitions (RFC 6298, in milliseconds). */
struct provi_tftp_timer {
    int64_t wait_ms;     /* delay of the next repetition */
    int64_t smoothed_ms; /* smoothed round-trip time */
    int64_t variation_ms;
    bool has_sample;
};

void provi_tftp_timer_init(struct provi_tftp_timer *timer);

/** Record a round trip of a packet that was sent only once. */
void provi_tftp_timer_sample(struct provi_tftp_timer *timer, int64_t round_trip_ms);

/** No response arrived in time: increase the delay. */
void provi_tftp_timer_back_off(struct provi_tftp_timer *timer);

/* Capacity for the text of a server's error. */
#define PROVI_TFTP_TEXT_CAP 80

struct provi_tftp_request {
    prov_str name; /* of the file; at most PROVI_TFTP_MAX_NAME_BYTES, without NUL */
    prov_str body; /* of a write request; borrowed until the end */
    /* Replaces `body`; or NULL. Reads the next bytes, none at the end. False: it failed. */
    bool (*read)(void *ctx, char *buf, size_t cap, size_t *len);
    void *read_ctx;
    int64_t read_bytes; /* number of bytes of `read`; -1: unknown */
    uint64_t max_bytes; /* larger announced files are refused */
    int64_t answer_ms;  /* timeout of the first response */
    int64_t idle_ms;    /* timeout of each next block */
    int64_t total_ms;   /* timeout of the transfer */
    uint16_t port;      /* port of the server */
    bool is_write;
};

enum provi_tftp_phase {
    PROVI_TFTP_ASKING,   /* a request was sent and nothing received */
    PROVI_TFTP_READING,  /* `out` is the last ACK; waiting for the block after `n_blocks` */
    PROVI_TFTP_WRITING,  /* `out` is the block after `n_blocks`; waiting for its ACK */
    PROVI_TFTP_DALLYING, /* the file is complete; the last ACK may have to be repeated */
    PROVI_TFTP_GONE,     /* nothing more is sent or received */
};

enum provi_tftp_outcome {
    PROVI_TFTP_UNDECIDED,
    PROVI_TFTP_WHOLE,       /* every block was received, or acknowledged */
    PROVI_TFTP_REFUSED,     /* the server sent an error */
    PROVI_TFTP_NO_ANSWER,   /* nothing was received */
    PROVI_TFTP_NO_LISTENER, /* the server's host reports a closed port */
    PROVI_TFTP_STOPPED,     /* responses were received, then no more */
    PROVI_TFTP_UNFINISHED,  /* responses were received until the end, too slowly */
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
    int64_t progress_ms; /* time of the last new block or ACK */
    int64_t sent_ms;     /* last time `out` was sent */
    unsigned n_sent;     /* number of times `out` was sent */
    unsigned n_requests;
    unsigned n_refusals; /* reports of a closed port since the last response */
    unsigned n_useless;  /* useless datagrams before the first useful one */
    bool is_bare;        /* the server failed on options: send none */
    uint16_t port;       /* of the server; once it has answered, of its end of the transfer (TID) */
    uint16_t stale_port; /* of a transfer abandoned for one without options; 0: none */
    uint16_t number;     /* of the last received or acknowledged block */
    uint32_t block_bytes;           /* agreed */
    int64_t file_bytes;             /* announced size of the file to read; -1: none */
    uint64_t n_blocks;              /* received or acknowledged */
    uint64_t n_bytes;               /* bytes in those blocks */
    uint16_t error;                 /* number of the server's error */
    char text[PROVI_TFTP_TEXT_CAP]; /* text of that error; printable */
    size_t out_len;
    size_t block_len;                           /* bytes of the file in `out`, while writing */
    uint8_t out[PROVI_TFTP_MAX_DATAGRAM_BYTES]; /* datagram that is repeated until it is answered */
};

/* An input: a datagram from the server's address, a closed port there, or the passage of time. */
struct provi_tftp_event {
    int64_t now_ms;      /* monotonic */
    const uint8_t *data; /* NULL: no datagram */
    size_t len;
    uint16_t port;   /* source port */
    bool is_refused; /* no datagram: the server's host reports a closed port */
};

/* The output of a step. */
struct provi_tftp_action {
    prov_str send;   /* datagram, in static memory or in `out`; empty: none */
    uint16_t port;   /* destination port, at the server's address */
    bool is_decided; /* the outcome is final */
    prov_str bytes;  /* next of the file, in the event's datagram. Pass them on before sending */
};

void provi_tftp_start(struct provi_tftp *t, const struct provi_tftp_request *request,
                      int64_t now_ms, struct provi_tftp_action *action);

void provi_tftp_step(struct provi_tftp *t, const struct provi_tftp_event *event,
                     struct provi_tftp_action *action);

/**
 * End a transfer that is no longer needed, even if only its last bytes are. The server is notified
 * if it would wait. A transfer that is dallying need not be ended.
 */
void provi_tftp_abandon(struct provi_tftp *t, struct provi_tftp_action *action);

/** Latest time for the next call of provi_tftp_step(); INT64_MAX when gone. */
int64_t provi_tftp_due_ms(const struct provi_tftp *t);

/* outcome.c */

/**
 * Describe the outcome of a transfer.
 *
 * @param where  The server, `host:port`.
 * @param host   The host alone.
 * @return PROV_OK; PROV_E_NOT_FOUND and PROV_E_SERVER with the server's error and its text;
 *         PROV_E_CONNECT; PROV_E_TIMEOUT; PROV_E_NETWORK; PROV_E_LIMIT; PROV_E_CANCELLED.
 */
prov_status provi_tftp_report(const struct provi_tftp *t, const char *where, const char *host,
                              struct prov_error *err);

#endif
