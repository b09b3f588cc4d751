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

/* packet.c: datagrams, read and written (RFC 1350, section 5; RFC 2347). */

#define PROVI_TFTP_HEAD_BYTES 4
/* Of a block where nothing else was agreed (RFC 1350). */
#define PROVI_TFTP_PLAIN_BLOCK_BYTES 512
/* Offered instead: the largest block that fits an Ethernet frame also through a tunnel. */
#define PROVI_TFTP_BLOCK_BYTES 1428
#define PROVI_TFTP_MAX_DATAGRAM_BYTES (PROVI_TFTP_HEAD_BYTES + PROVI_TFTP_BLOCK_BYTES)
/* Longer names broke servers. */
#define PROVI_TFTP_MAX_NAME_BYTES 255

enum provi_tftp_opcode {
    PROVI_TFTP_GARBAGE = 0, /* no datagram of TFTP */
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

/* What came, pointing into the datagram. All but what a server may send is garbage. */
struct provi_tftp_packet {
    enum provi_tftp_opcode opcode;
    uint16_t number; /* of the block or the error; 0 in an OACK */
    prov_str rest;   /* bytes of the file, the error's text without NUL, or options */
};

struct provi_tftp_packet provi_tftp_parse(const uint8_t *data, size_t len);

/* What an OACK agreed to. */
struct provi_tftp_options {
    uint32_t block_bytes;
    int64_t file_bytes; /* -1: not said */
};

/** Read an OACK's options. False for anything that was not offered or does not fit the offer. */
bool provi_tftp_read_options(prov_str rest, struct provi_tftp_options *options);

/**
 * Write a read or write request for octet mode into @p buf, which has room for
 * PROVI_TFTP_MAX_DATAGRAM_BYTES.
 *
 * @param name        At most PROVI_TFTP_MAX_NAME_BYTES, without NUL.
 * @param file_bytes  Offered as `tsize` beside other options: 0 in a read request (RFC 2349). -1:
 *                    not known.
 * @return Its length.
 */
size_t provi_tftp_write_request(uint8_t *buf, enum provi_tftp_opcode opcode, prov_str name,
                                bool has_options, int64_t file_bytes);

/** Write opcode and number. Returns PROVI_TFTP_HEAD_BYTES. */
size_t provi_tftp_write_head(uint8_t *buf, enum provi_tftp_opcode opcode, uint16_t number);

/* tftp.c */

/* When to send again (RFC 6298, in milliseconds). */
struct provi_tftp_timer {
    int64_t wait_ms;     /* from sending until sending again */
    int64_t smoothed_ms; /* round trip */
    int64_t variation_ms;
    bool has_sample;
};

void provi_tftp_timer_init(struct provi_tftp_timer *timer);

/** A round trip was seen whose question went out once only. */
void provi_tftp_timer_sample(struct provi_tftp_timer *timer, int64_t round_trip_ms);

/** An answer did not come in time. */
void provi_tftp_timer_back_off(struct provi_tftp_timer *timer);

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
 * End a transfer that is no longer needed, if only its last bytes; the server is notified where it
 * would wait. One that dallies in peace needs no such end.
 */
void provi_tftp_abandon(struct provi_tftp *t, struct provi_tftp_action *action);

/** When to call provi_tftp_step() at the latest; INT64_MAX when gone. */
int64_t provi_tftp_due_ms(const struct provi_tftp *t);

/* outcome.c */

/**
 * Describe the outcome of a transfer that is decided.
 *
 * @param where  The server, `host:port`.
 * @param host   The server alone.
 * @return PROV_OK; PROV_E_NOT_FOUND and PROV_E_SERVER with the server's error and its text;
 *         PROV_E_CONNECT; PROV_E_TIMEOUT; PROV_E_NETWORK; PROV_E_LIMIT; PROV_E_CANCELLED.
 */
prov_status provi_tftp_report(const struct provi_tftp *t, const char *where, const char *host,
                              struct prov_error *err);

#endif
