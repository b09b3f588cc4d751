/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Shared by the files of the SIP door. */
#ifndef PHONE_SIP_PRIV_H
#define PHONE_SIP_PRIV_H

#include <osipparser2/osip_parser.h>
#include <provision/provision.h>

#include "delay.h"
#include "host.h"
#include "listen.h"
#include "sip/sip.h"
#include "sip/cache.h"

enum {
    SIP_MESSAGE_MAX = 64 * 1024, /* header and body */
    SIP_PARTS_MAX = 1000,        /* fields, values and parameters of a header */
    SIP_LINES = 16,
    SIP_CONNECTIONS = 16,
    SIP_UNFINISHED_MS = 10 * 1000, /* limit from the first byte of a message to its last */
    SIP_IDLE_MS = 300 * 1000,      /* limit between two messages of a connection */
    SIP_DEFAULT_PORT = 5060,
    SIP_REPORTS = 20, /* messages shown in a second; others are counted */
};

/** A sender. */
struct sip_peer {
    struct listen_address address;
    bool is_stream; /* TCP */
};

/** A message: its header parsed, its body as received. */
struct sip_message {
    osip_message_t *osip;
    prov_str uri; /* of a request, as received */
    prov_str body;
    bool has_nul;    /* the first line contains %00, at which libosip2 ends it */
    unsigned fault;  /* status of the answer if the length of the body is wrong; 0: it is right */
    const char *why; /* with SIP_MALFORMED: what was expected and found; NULL: no text */
};

/** One TCP connection. */
struct sip_connection {
    int fd; /* -1: closed */
    struct sip_peer peer;
    char *in; /* bytes of incomplete messages, n_in of cap; owned */
    size_t n_in, cap;
    size_t needed; /* number of bytes at which parsing makes sense */
    char *out;     /* n_out bytes to be sent; owned */
    size_t n_out;
    bool is_closing;  /* close when all is sent */
    int64_t since_ms; /* when the present wait began */
    int64_t deadline_ms;
};

struct sip {
    struct phone *phone;
    int udp_fd, tcp_fd;
    struct listen_address address; /* with the port in use */
    struct sip_connection connections[SIP_CONNECTIONS];
    struct sip_cache cache;
    struct prov_digest_guard guard;
    struct delays delays;
    int64_t report_from_ms; /* start of the present second */
    uint32_t n_reports;     /* messages shown in it */
};

/** A message to be sent back. */
struct sip_reply {
    char *text; /* len bytes, new, ended by free(); NULL: no answer */
    size_t len;
    uint16_t port; /* for UDP: port at the sender's address; 0: none */
    bool is_last;  /* the stream cannot be divided into further messages */
};

/** Result of sip_message_read(). */
enum sip_reading {
    SIP_INCOMPLETE, /* of a stream: more bytes are needed */
    SIP_COMPLETE,
    SIP_MALFORMED, /* cannot be answered */
};

/**
 * Read the first message of @p data. Empty lines before it are skipped.
 *
 * @param[out] message  With SIP_COMPLETE ended by sip_message_free(). URI and body are borrowed.
 * @param[out] size     With SIP_COMPLETE the size of the message; with SIP_INCOMPLETE the number of
 *                      bytes needed at least.
 */
enum sip_reading sip_message_read(struct sip_message *message, const char *data, size_t len,
                                  bool is_stream, size_t *size);

void sip_message_free(struct sip_message *message);

/** Value of a parameter; NULL: absent, empty: without a value. */
const char *sip_param(const osip_list_t *params, const char *name);

/** Value of a parameter of the topmost Via. */
const char *sip_via_param(const struct sip_message *message, const char *name);

/** Text of a header field by its names; NULL: absent. @p compact may be NULL. */
const char *sip_field(const struct sip_message *message, const char *name, const char *compact);

/** Number of header fields with one of the names. */
unsigned sip_n_fields(const struct sip_message *message, const char *name, const char *compact);

/** An answer being written. */
struct sip_answer {
    unsigned code;     /* 0: none is sent */
    const char *why;   /* text for a Warning; NULL: the code is sufficient. Static */
    char detail[256];  /* only for the phone's own report, e.g. the fault in the credentials */
    char fields[4096]; /* further header fields, n_fields bytes */
    size_t n_fields;
};

/** Add a header field; left out if it does not fit. */
void sip_answer_add(struct sip_answer *answer, const char *name, const char *value);

/** `OK`, `Not Found`, … */
const char *sip_reason(unsigned code);

/**
 * Port of an answer by UDP: with `rport` the sender's, else the one in the Via (RFC 3581, section
 * 4). 0: there is none.
 */
uint16_t sip_answer_port(const struct sip_message *message, const struct sip_peer *peer);

/** Write the answer to a message. @param[out] reply  Without text if that is impossible. */
void sip_answer_write(const struct sip_answer *answer, const struct sip_message *message,
                      const struct sip_peer *peer, struct sip_reply *reply);

/**
 * Process the first message of @p data.
 *
 * @param[out] size  As for sip_message_read().
 */
enum sip_reading sip_handle(struct sip *sip, const struct sip_peer *peer, const char *data,
                            size_t len, size_t *size, struct sip_reply *reply);

/**
 * Whether a request is answered at all: a stranger gets no answer by TCP, or if Block_Nonproxy_SIP
 * is Yes, so that it cannot find the phone.
 *
 * @param[out] answer  With false, the reason.
 */
bool sip_is_answered(struct sip *sip, const struct sip_message *message,
                     const struct sip_peer *peer, struct sip_answer *answer);

/** Answer a NOTIFY, and carry it out if it is permitted. */
void sip_notify(struct sip *sip, const struct sip_message *message, const struct sip_peer *peer,
                struct sip_answer *answer);

/**
 * Whether a sender has the address of a proxy of the line; true for all senders if the line has no
 * proxy.
 *
 * @param line  0: no line has the user of the request; the proxies of all lines count.
 */
bool sip_is_from_proxy(const struct prov_param_source *params, uint32_t line,
                       const struct sip_peer *peer);

/** Supported events, for `Allow-Events`. */
const char *sip_events(void);

/**
 * Report a message and its answer, as a line or as JSON.
 *
 * @param message  NULL: it could not be read, and was not answered.
 */
void sip_report(struct sip *sip, const struct sip_peer *peer, const struct sip_message *message,
                const struct sip_answer *answer);

/** Prepare everything except the sockets. */
bool sip_prepare(struct sip *sip, struct phone *phone);

/** @name TCP */
/** @{ */
void sip_stream_accept(struct sip *sip);
void sip_stream_wait(const struct sip *sip, struct waiting *waiting);
void sip_stream_process(struct sip *sip, struct sip_connection *connection);
void sip_stream_close(struct sip_connection *connection);

/**
 * Process the complete messages in `in`; their answers are appended to `out`.
 *
 * @return false: the connection must be closed.
 */
bool sip_stream_handle(struct sip *sip, struct sip_connection *connection);
/** @} */

#endif
