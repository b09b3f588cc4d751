/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Files that a host fetches or sends for its own use, with the device's settings: a phone book, a
 * ring tone, a picture, a problem report. docs/fetching.md has the details.
 */
#ifndef PROVISION_FETCH_H
#define PROVISION_FETCH_H

#include <provision/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bits of `prov_fetch.flags`. */
enum {
    /**
     * Decode the file like a profile: base64, `--key`, `aes128gcm`, gzip. Without it the sink
     * receives the bytes as sent; a rule with `--key` is then PROV_E_UNSUPPORTED.
     */
    PROV_FETCH_DECODE = 1 << 0,
    /** `rule` is a URL, not a rule: macros in it are not expanded. */
    PROV_FETCH_URL = 1 << 1,
};

/** Fetches of an agent that may wait or run at the same time. */
enum { PROV_FETCH_MAX = 8 };

/** One file to fetch, or to send. Texts, header fields, `upload` and `sink` are copied. */
struct prov_fetch {
    size_t size;
    uint32_t flags;      /**< PROV_FETCH_… */
    uint32_t method;     /**< PROV_METHOD_GET, POST or PUT */
    uint32_t timeout_ms; /**< for all its transfers together, at most `resync_timeout_ms` of the
                              agent's limits; 0: their `total_timeout_ms` */
    uint32_t reserved;   /**< 0 */
    uint64_t id;         /**< any number; the events of this fetch have it */
    uint64_t max_bytes;  /**< of the file, as transferred and as decoded; 0: as in the agent's
                              limits */
    uint64_t offset;     /**< first byte wanted, of a file whose beginning the host has; only with
                              GET, `etag` and `begin`, without PROV_FETCH_DECODE */
    prov_str rule;       /**< a rule as in `Profile_Rule`, with macros, conditions, options and
                              assignments, or a URL. Not empty */
    prov_str server;     /**< for a rule that names none: `host`, `host:port` or
                              `scheme://host[:port]`; empty: the servers that DHCP offers */
    prov_str uid;        /**< login for a rule that has none. At most 1,024 bytes */
    prov_str pwd;        /**< likewise */
    /**
     * ETag of the file that the host has: `prov_delivery.etag` of an earlier fetch. Without
     * `offset`, the file is sent only if it changed; otherwise the outcome is
     * PROV_OUTCOME_UNCHANGED. With `offset`, the rest is sent only if the file is the same,
     * otherwise the whole file; a weak ETag (`W/"…"`) is refused. Empty: none. HTTP with GET only.
     */
    prov_str etag;
    prov_str content_type; /**< of the body, at most 1,024 bytes; empty: none */
    /**
     * Body of a POST or PUT. NULL `data`: absent, as for GET and for POST with `--post`
     * in the rule, or there is `upload`; a body of no bytes has `data`.
     */
    prov_str body;
    /**
     * Header fields of its HTTP requests, as `prov_request.headers`, behind those of
     * `prov_agent_options.headers`: with these at most 16. Their values may be secret.
     */
    const struct prov_header *headers;
    size_t n_headers;                 /**< 0: none */
    const struct prov_upload *upload; /**< in place of `body`: one that is read while it is sent;
                                           NULL: `body`. Its `ctx` as that of `sink` */
    /**
     * Receives the file. `write` and `finish` may call every function that is safe from the event
     * callback. A status other than PROV_OK ends the fetch with it. `finish` is called once the
     * file is complete, and only then; after it the fetch succeeds. Its `ctx` must stay valid until
     * PROV_EVENT_RESULT of this fetch, or until the agent is freed. Without `write`, which is
     * allowed for POST and PUT only, the response is discarded.
     */
    struct prov_sink sink;
    /**
     * OPTIONAL. The first byte, or the end of an empty file, is about to reach the sink.
     *
     * @param ctx     That of `sink`.
     * @param offset  Position of this byte: `offset` as requested; 0 if the server, or TFTP, sends
     *                the whole file: discard the part fetched before.
     * @return PROV_OK; every other status ends the fetch with it.
     */
    prov_status (*begin)(void *ctx, uint64_t offset, struct prov_error *err);
    const void *reserved2; /**< NULL */
};

/**
 * Fetch or send a file. It starts in a later prov_agent_process(), even while a line is active or
 * `Provision_Enable` is No. Fetches are carried out one at a time, in order; a resync that is due
 * waits for the one that runs, and is carried out before the next one.
 *
 * As with profiles, the agent applies Restricted_Access_Domains, `check_url`, `check_address`,
 * trusted CAs, the client certificate, the proxy, header fields, the profile account, and log
 * messages. PROV_EVENT_RESULT with PROV_JOB_FETCH reports the end of each fetch exactly once,
 * unless the agent is freed before: PROV_OUTCOME_APPLIED when it succeeded. A failed fetch is not
 * repeated. prov_agent_cancel() with PROV_JOB_FETCH ends all of them.
 *
 * @param fetch  Borrowed for the call. Not NULL.
 * @param err    Detail on failure. May be NULL.
 * @return PROV_OK: accepted, the result follows. Otherwise no result follows: PROV_E_LIMIT when
 *         PROV_FETCH_MAX fetches wait or run (call again from the event of the next result), or a
 *         text, login or time is too long; PROV_E_SYNTAX for a URL that is not one; PROV_E_NOMEM;
 *         PROV_E_ABI; PROV_E_INVALID for members that do not fit together, and for a header field
 *         that is not accepted.
 * @since 0.1. Safe from the event callback, `begin`, `write` and `finish`.
 */
PROV_API prov_status prov_agent_fetch(prov_agent *agent, const struct prov_fetch *fetch,
                                      struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
