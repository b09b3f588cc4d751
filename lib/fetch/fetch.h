/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The fetch of one file: transfer ▸ decoder ▸ the caller's sink. */
#ifndef PROVI_FETCH_FETCH_H
#define PROVI_FETCH_FETCH_H

#include <provision/decode.h>
#include <provision/event.h>
#include <provision/rule.h>
#include <provision/transport.h>

#include "fetch/account.h"
#include "fetch/log.h"
#include "fetch/request.h"
#include "persist/validators.h"
#include "transfer/transfer.h"

/** A connection with the texts it points to, in one block. */
struct provi_connection {
    struct prov_connection facts;
    size_t size; /* of the block */
};

/** Further options of a fetch that is not for a profile. */
struct provi_fetch_extra {
    struct prov_limits limits; /* replace the device's */
    uint64_t id;
    uint64_t offset;
    prov_str etag;
    prov_str content_type;
    prov_str content_encoding;
    prov_str body;                       /* of a POST or PUT; without data: none, or `upload` */
    const struct prov_upload *upload;    /* NULL: none */
    const struct provi_headers *headers; /* of HTTP requests, all of them; NULL: the agent's */
    uint8_t method;                      /* enum prov_method */
    prov_str path;                       /* for a target without a path; empty: none */
    bool is_http;                        /* no other scheme */
    bool is_confined;                    /* redirects stay within scheme, host and port */
    bool is_raw;                         /* the sink gets the bytes as sent */
    bool is_of_host;                     /* requested by prov_agent_fetch() */
    bool is_encoded;                     /* the upload is already encrypted with --key */
};

/** A fetch that runs or has ended. All zero: none. */
struct provi_fetch {
    /* Set before the start. */
    struct provi_fetcher *fetcher; /* and `request.job` */
    const char *messages;          /* PROVI_MESSAGES(); NULL: none */
    prov_str rule_name;            /* for events; borrowed */
    size_t rule_number;            /* in the validators; or PROVI_NO_RULE */
    bool is_foreign;               /* the server is not named by the device's own rule */
    int64_t left_ms;               /* of the time for the whole job, not yet used; more than 0 */
    prov_str uid;                  /* login for a rule that has none; borrowed */
    prov_str pwd;                  /* likewise */
    struct prov_sink next;         /* receives the decoded bytes; `finish`: complete and verified */
    const struct provi_fetch_extra *extra; /* NULL: as for a profile; borrowed */

    /* The request. */
    struct provi_request request;
    struct provi_buffer shown_url; /* of the request, secrets masked */
    bool has_own_login;            /* the rule, or the request for it, has credentials */
    bool is_elsewhere;             /* a redirect led to another scheme, host or port */
    struct provi_buffer hop;       /* target of the last redirect, secrets masked; empty: none */
    unsigned n_hops;
    struct provi_login login; /* else: credentials of the profile account */
    prov_str key;             /* of --key; borrowed */
    bool has_key;
    prov_transfer *transfer;
    prov_decoder *decoder;

    /* Its time, on the agent's clock. */
    bool is_cancelled; /* by the host: send nothing more */
    bool is_started;
    int64_t start_ms;
    int64_t end_ms;
    int64_t deadline_ms; /* of the transfer; negative: not started */

    /* The result; all members are final when `is_ended` is set. */
    bool is_ended;
    bool is_link_lost;       /* during the transfer: provi_fetch_check_time() ends it */
    bool is_announced;       /* the request message was logged */
    bool is_content_bad;     /* the transfer succeeded, its content was rejected */
    prov_status status;      /* current; final when ended */
    struct prov_error error; /* likewise */
    int32_t code;
    uint64_t offset;       /* position in the file of the first byte received */
    int64_t total;         /* announced bytes; -1: unknown */
    int64_t retry_after_s; /* -1: none */
    uint64_t n_bytes;
    uint64_t n_reported;        /* bytes in the last progress event */
    int64_t reported_ms;        /* time of that event */
    struct prov_progress shown; /* result of provi_fetch_progress() */
    char server_ip[64];
    struct provi_connection *connection; /* the last one; NULL: none was reported */
    struct provi_digest source;          /* see provi_validators_source() */
    struct provi_buffer asked;           /* ETag of If-None-Match; empty: none */
    struct provi_buffer etag;            /* of the file; empty: none */
    struct provi_buffer content_type;    /* of the last response, if printable */
    struct provi_buffer coding;          /* likewise */
    struct prov_delivery delivery;       /* its texts are set by provi_fetch_delivery() */
    bool is_not_modified;                /* the server sent no file: the device has it already */
};

/**
 * Start fetching a target; `is_ended` becomes true in a later process.
 *
 * @param fetch           Members that are not set before the start are zero.
 * @param target, server  As in provi_request_make(), borrowed until provi_fetch_free().
 * @return PROV_OK; otherwise nothing was started. provi_fetch_free() is due in any case.
 */
prov_status provi_fetch_start(struct provi_fetch *fetch, const struct prov_rule_target *target,
                              prov_str server, struct prov_error *err);

/** End the transfer with PROV_E_TIMEOUT if its time is over, or if the link was lost. */
void provi_fetch_check_time(struct provi_fetch *fetch);

/** Milliseconds until provi_fetch_check_time() is due; -1: no transfer is under way. */
int64_t provi_fetch_timeout_ms(const struct provi_fetch *fetch);

/** The limits of this fetch. */
const struct prov_limits *provi_fetch_limits(const struct provi_fetch *fetch);

/** Name in the public headers of the limit that sets `left_ms`. */
const char *provi_fetch_time_name(const struct provi_fetch *fetch);

/** Milliseconds from its start to now, or to its end. */
int64_t provi_fetch_spent_ms(const struct provi_fetch *fetch);

/** Its progress; valid until the next call or provi_fetch_free(). */
const struct prov_progress *provi_fetch_progress(struct provi_fetch *fetch);

/** Record that the file is committed now. */
void provi_fetch_record_commit(struct provi_fetch *fetch);

/** How the file was delivered; NULL: none was requested. Valid as long as the fetch. */
const struct prov_delivery *provi_fetch_delivery(struct provi_fetch *fetch);

/** The result of the decoder; all zero without one. */
void provi_fetch_decoded(const struct provi_fetch *fetch, struct prov_decode_result *result);

/** Append to a message the target of the redirects, if there were any. */
void provi_fetch_name_hops(const struct provi_fetch *fetch, struct prov_error *err);

/** The link is lost: end the transfer; provi_fetch_check_time() is due then. Safe in callbacks. */
void provi_fetch_lose_link(struct provi_fetch *fetch);

/** Cancel the transfer. */
void provi_fetch_cancel(struct provi_fetch *fetch);

/** Cancel the transfer and release everything. */
void provi_fetch_free(struct provi_fetch *fetch);

#endif
