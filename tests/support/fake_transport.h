/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A transport without a network: answers by table, records requests, fails by dial.
 *
 *     struct fake_transport fake;
 *     fake_transport_init(&fake, "tftp,http", NULL);
 *     fake_transport_add_text(&fake, "http://h/basic.txt", "<flat-profile/>");
 *     prov_agent_add_transport(agent, &fake.transport, 0, NULL);
 *
 * Each process() takes every running transfer one step further: address, head, each chunk of the
 * body, end. A URL without an answer gives PROV_E_NOT_FOUND. A broken contract of the caller
 * dies.
 */
#ifndef TEST_SUPPORT_FAKE_TRANSPORT_H
#define TEST_SUPPORT_FAKE_TRANSPORT_H

#include <provision/transport.h>

#include "dials.h"

/** What happens at the step the dial points to. */
enum fake_fault {
    FAKE_FAIL,      /**< the transfer ends with PROV_E_NETWORK; at its start, start() refuses */
    FAKE_LATE,      /**< the transfer ends with PROV_E_TIMEOUT, as one that came to a halt */
    FAKE_SHORT,     /**< it ends there and is called a success */
    FAKE_STALL,     /**< nothing more comes, until it is cancelled */
    FAKE_DUPLICATE, /**< its call is made twice; the owner must not free within `done` */
};

/** The answer to one URL. Fields may be changed after it was added. */
struct fake_answer {
    const char *url;  /**< as in the request; borrowed */
    const void *data; /**< borrowed */
    size_t len;
    size_t chunk;             /**< bytes in one step; 0: all */
    prov_status status;       /**< how it ends; not PROV_OK: after the head, without a body */
    int32_t code;             /**< HTTP status; 0 for TFTP */
    int64_t length;           /**< announced; -1: nothing, the default is `len` */
    const char *encoding;     /**< Content-Encoding; NULL: none */
    const char *content_type; /**< NULL: none */
    const char *etag;         /**< NULL: none; asked with it, the answer is 304, or the rest */
    int64_t retry_after_s;    /**< -1: not said */
    uint8_t peer_verified;
    uint8_t has_shown_password;
    const char *login;    /**< `user:password` it takes, else 401 and PROV_E_AUTH; NULL: none */
    const char *redirect; /**< another URL, whose answer is given instead; NULL: none */
    unsigned n_asked;     /**< how often so far */
};

/** One request as it came, everything copied. Texts are NUL-terminated. */
struct fake_request {
    char *url;
    char *body; /**< or what was read of the upload */
    size_t body_len;
    char *content_type;
    char *content_encoding;
    char *user_agent;
    char *accept_encoding;
    char *if_none_match;
    char *if_range;
    const prov_tls_identity *identity; /**< not to be used: it may be gone */
    uint64_t offset;
    uint32_t network_age_s;
    char *uid;
    char *pwd;
    char *headers; /**< `name: value`, one a line */
    char *source_ip;
    char *proxy;
    char *proxy_uid;
    char *proxy_pwd;
    uint8_t method;
    uint8_t srv;
    uint8_t keep_slash;
};

struct fake_transport {
    struct prov_transport transport; /**< to be registered; valid as long as this stays in place */
    struct dial *dial;               /**< NULL: no faults. One chance per step */
    enum fake_fault fault;
    const char *server_ip; /**< 192.0.2.1 unless set otherwise */
    bool is_immediate;     /**< all steps of a transfer in one process() */
    bool is_frozen;        /**< process() does nothing: an endless wait */
    bool has_no_address;   /**< none is reported */
    char *uploaded;        /**< by the last request with an upload; NUL behind it */
    size_t uploaded_len;
    const char *stalled_url; /**< requests to it never get an answer; NULL: none is such */
    struct fake_answer answers[32];
    size_t n_answers;
    struct fake_request requests[64]; /**< the first 64 */
    size_t n_requests;
    unsigned n_cancelled;
    struct fake_running *running; /**< newest first */
};

/** @p schemes is borrowed, e.g. `tftp,http,https,syslog`; @p dial may be NULL. */
void fake_transport_init(struct fake_transport *fake, const char *schemes, struct dial *dial);

/** Dies when a transfer was neither ended nor cancelled; frees what was recorded. */
void fake_transport_free(struct fake_transport *fake);

/** Add an answer of @p len bytes, borrowed. A later answer to the same URL replaces the earlier. */
struct fake_answer *fake_transport_add(struct fake_transport *fake, const char *url,
                                       const void *data, size_t len);
struct fake_answer *fake_transport_add_text(struct fake_transport *fake, const char *url,
                                            const char *text);

/** Transfers under way; and those of them that are no log messages. */
size_t fake_transport_n_running(const struct fake_transport *fake);
size_t fake_transport_n_files(const struct fake_transport *fake);

/** The last request to @p url, or NULL. */
const struct fake_request *fake_transport_find(const struct fake_transport *fake, const char *url);

#endif
