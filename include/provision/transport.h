/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Transports: the contract between the agent and the code that transfers bytes.
 *
 * A host with its own network stack fills one `struct prov_transport`. For each transfer a
 * transport may call prov_transfer_address(), prov_transfer_connected() and
 * prov_transfer_redirect(), calls prov_transfer_head() at most once, then prov_transfer_data() any
 * number of times, then prov_transfer_done() exactly once, the last also after a failure. All calls
 * happen on the thread that drives the agent, from `process` or from the host's own loop, never
 * from `start` or `cancel`. During these calls the agent may call `start` and `cancel` for other
 * transfers, never for the same one. docs/transports.md has the details;
 * examples/custom_transport.c is a complete transport.
 */
#ifndef PROVISION_TRANSPORT_H
#define PROVISION_TRANSPORT_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Operation at a URL. */
enum prov_method {
    PROV_METHOD_GET = 0,  /**< HTTP GET, TFTP read */
    PROV_METHOD_POST = 1, /**< HTTP POST of `body` or `upload` */
    PROV_METHOD_PUT = 2,  /**< HTTP PUT, TFTP write, likewise */
    PROV_METHOD_SEND = 3, /**< one datagram (`syslog://`) with `body` */
};

/**
 * The body of a POST or PUT, read while it is sent, in place of `prov_request.body`. Its functions
 * are called from `process` of the transport; they must not block, and must not call the library.
 */
struct prov_upload {
    size_t size;
    void *ctx; /**< first argument of the callbacks */
    int64_t
        length; /**< bytes, of which not more are read; -1: not known, HTTP/1.1 then sends chunks,
                         which some servers refuse (HTTP 411) */
    /**
     * REQUIRED. Copy the next bytes, at most @p cap, to @p buf, and set @p len to their number; 0
     * at the end. If that comes before `length`, the transfer fails with PROV_E_TRUNCATED.
     *
     * @return PROV_OK. Every other status ends the transfer with it and with @p err.
     */
    prov_status (*read)(void *ctx, void *buf, size_t cap, size_t *len, struct prov_error *err);
    /**
     * OPTIONAL. Begin again at the first byte: after a challenge (HTTP 401), a redirect, or on
     * another connection. Absent: the server is asked first whether it wants the body (`Expect:
     * 100-continue`), and a transfer that needs it again fails with PROV_E_UNSUPPORTED.
     *
     * @return As `read`.
     */
    prov_status (*rewind)(void *ctx, struct prov_error *err);
};

/** A header field of HTTP. Frozen for good. */
struct prov_header {
    prov_str name;  /**< a token, e.g. `X-Device-Group` */
    prov_str value; /**< one line, not empty; may be a secret */
};

/** Values of `prov_request.srv`. */
enum {
    PROV_SRV_FIRST = 1, /**< without SRV records the host's own address counts: `--srv` */
    PROV_SRV_ONLY = 2,  /**< without SRV records the request fails with PROV_E_DNS */
};

/**
 * One request. Everything is borrowed until the transfer is done or cancelled. Types, encodings,
 * user agent, ETags, credentials and proxy are of one line and at most 1,024 bytes each; where a
 * rule or the settings have more, the transfer is refused with PROV_E_LIMIT before `start`.
 */
struct prov_request {
    size_t size;
    prov_str url;        /**< whole, e.g. `http://h:80/p?q`; never holds user or password */
    prov_str scheme;     /**< lower case */
    prov_str host;       /**< name or address, IPv6 without brackets */
    prov_str path;       /**< begins with `/`, query included */
    uint16_t port;       /**< 0 only for `file`, which has none */
    uint8_t method;      /**< enum prov_method */
    uint8_t srv;         /**< PROV_SRV_… : look the host up by DNS SRV; 0: do not */
    uint8_t keep_slash;  /**< 1: the TFTP file name keeps its leading `/` */
    uint8_t reserved[3]; /**< 0 */
    prov_str body;       /**< for POST, PUT and SEND */
    const struct prov_upload *upload; /**< in place of `body` for POST and PUT; NULL: `body` */
    prov_str content_type;            /**< of `body` or `upload`; empty: none */
    prov_str content_encoding;        /**< likewise, e.g. `aes128gcm`; empty: none. A transport that
                                           does not send it refuses the request with
                                           PROV_E_UNSUPPORTED */
    prov_str user_agent;              /**< empty: none */
    prov_str accept_encoding;         /**< e.g. `aes128gcm`; empty: none is offered */
    prov_str if_none_match; /**< ETag of the file fetched before. If the server answers 304,
                                   report a head with that code, no body, and PROV_OK. Empty, or not
                                   supported by the transport: fetch in any case */
    uint64_t offset;    /**< position of the first byte wanted; 0: the whole file. HTTP GET only,
                                   with `if_range`; elsewhere, or not supported by the transport:
                                   send the whole file */
    prov_str if_range;  /**< strong ETag of the file that `offset` refers to; if the server has
                                   another file, it sends that, whole. If it answers 416 and the
                                   file ends at `offset`, report a head with that code, `offset` and
                                   length 0, no body, and PROV_OK. Empty without `offset` */
    prov_str uid;       /**< secret; sent only when challenged; empty: no credentials */
    prov_str pwd;       /**< secret */
    prov_str proxy;     /**< HTTP proxy for http and https, `host:port`; empty: none */
    prov_str proxy_uid; /**< secret; sent to the proxy only, when challenged; empty: none */
    prov_str proxy_pwd; /**< secret */
    prov_str source_ip; /**< numeric address of this device to send from, for http and https; empty:
                             the system chooses */
    const struct prov_header *headers; /**< for http and https, up to 16 of 1,024 bytes each; sent
                                            to scheme, host and port of the request only, not along
                                            a redirect. Rejected: names that the transport sets
                                            itself (Host, Authorization, User-Agent, …), `If-…`,
                                            `Proxy-…`, and values of more than one line */
    size_t n_headers;                  /**< 0: none */
    prov_tls_identity *identity;       /**< client certificate and custom CA for https; NULL: those
                                            of the transport */
    uint32_t entropy;       /**< random bits, with `srv`: which of several servers is asked */
    uint32_t network_age_s; /**< seconds since the network changed; a connection opened before
                                    that is not used again; 0: the network did not change */
    const struct prov_limits *limits; /**< resolved: no field is 0 */
};

/** Head of a server's response, before the first byte of the body. */
struct prov_response {
    size_t size;
    int32_t code;       /**< HTTP status; 0 for TFTP */
    uint32_t reserved;  /**< 0 */
    int64_t length;     /**< announced bytes of the body (Content-Length, tsize); -1 unknown */
    uint64_t offset;    /**< position in the file of the first byte that follows: 0, or that of the
                             request */
    prov_str server_ip; /**< numeric address that answered; borrowed for the call */
    prov_str url;       /**< after redirects; empty: as asked; borrowed for the call */
    prov_str content_encoding;  /**< borrowed for the call */
    prov_str content_type;      /**< Content-Type; borrowed for the call */
    prov_str etag;              /**< borrowed for the call */
    int64_t retry_after_s;      /**< seconds; -1 not given */
    uint8_t peer_verified;      /**< 1: TLS with a verified peer */
    uint8_t has_shown_password; /**< 1: user and password were sent by Basic, without TLS */
    uint8_t reserved2[6];       /**< 0 */
};

/**
 * A connection that a request is about to use. Times are milliseconds since `start` of the
 * transfer, its wait in a queue included; -1: that did not happen, or is not known.
 */
struct prov_connection {
    size_t size;
    int64_t lookup_ms;     /**< when the name was looked up; -1 also for a numeric host */
    int64_t connect_ms;    /**< when TCP was connected */
    int64_t tls_ms;        /**< when the TLS handshake was done */
    int64_t not_after_s;   /**< end of the server's certificate, UTC seconds; -1: no certificate */
    prov_str tls_version;  /**< e.g. `TLSv1.3`; empty: no TLS */
    prov_str cert_subject; /**< common name, else organisation, of the server's certificate */
    prov_str cert_names;   /**< its DNS names and addresses, `a, b`; cut: `a, ...` */
    uint8_t is_reused;     /**< 1: an earlier request made it; the three times are -1 */
    uint8_t reserved[7];   /**< 0 */
};

/** One running transfer; owned by the agent that started it. */
typedef struct prov_transfer prov_transfer;

/** Owner of the address that a transport is about to connect to. */
enum prov_peer {
    PROV_PEER_SERVER = 0, /**< the server's */
    PROV_PEER_PROXY = 1,  /**< the proxy's, which passes the request on */
};

/**
 * Report an address before connecting to it. The agent calls `prov_host.check_address` for it, and
 * names it in its log. A transport that resolves names calls this function for each address it
 * tries, and before it reuses a connection; without these calls the host's check does not apply to
 * the transport.
 *
 * @param server_ip  Numeric address, IPv6 without brackets; borrowed for the call.
 * @param port       Port at that address.
 * @param peer       enum prov_peer.
 * @return PROV_OK: connect. Otherwise send nothing there. PROV_E_CANCELLED: the transfer is no
 *         longer needed, report the status with prov_transfer_done(). Every other status: the
 *         address is refused; try the next one, and if there is none, report the status with
 *         prov_transfer_done(), which adds the reason. PROV_E_INVALID for NULL; PROV_E_STATE out of
 *         turn.
 * @since 0.1. Not from `start` and `cancel`, nor from a callback of the host.
 */
PROV_API prov_status prov_transfer_address(prov_transfer *transfer, prov_str server_ip,
                                           uint16_t port, uint32_t peer);

/**
 * OPTIONAL. Report a connection before the request is sent over it; after a redirect or a new
 * attempt again. The agent has the last one in `struct prov_result`.
 *
 * @param connection  Borrowed for the call. Not NULL. Names are printable ASCII.
 * @return PROV_OK. On every other status stop, and report it with prov_transfer_done(). The
 *         statuses are those of prov_transfer_data(), which repeats it.
 * @since 0.1. Not from `start` and `cancel`, nor from a callback of the host.
 */
PROV_API prov_status prov_transfer_connected(prov_transfer *transfer,
                                             const struct prov_connection *connection);

/**
 * OPTIONAL. Report the head of the response, before the first byte of the body; a second call is
 * ignored.
 *
 * @param response  Borrowed for the call. Not NULL. A `length` above 0 is compared with the number
 *                  of bytes received.
 * @return PROV_OK. On every other status stop, and report it with prov_transfer_done(). The
 *         statuses are those of prov_transfer_data(), which repeats it.
 * @since 0.1. Not from `start` and `cancel`, nor from a callback of the host.
 */
PROV_API prov_status prov_transfer_head(prov_transfer *transfer,
                                        const struct prov_response *response);

/**
 * For a transport that follows redirects: report the URL of the next request before sending it.
 *
 * @param url  Whole, without user and password; borrowed for the call.
 * @return PROV_OK: follow it. PROV_E_POLICY: the settings or the host refuse it; PROV_E_CANCELLED;
 *         any other status: stop, and report it with prov_transfer_done(). PROV_E_STATE out of
 *         turn; PROV_E_INVALID for NULL.
 * @since 0.1. Not from `start` and `cancel`, nor from a callback of the host.
 */
PROV_API prov_status prov_transfer_redirect(prov_transfer *transfer, prov_str url);

/**
 * Pass on the next bytes of the body.
 *
 * @param data  Borrowed for the call. NULL only when @p len is 0.
 * @return PROV_OK; PROV_E_LIMIT past `max_fetch_bytes`; PROV_E_CANCELLED when the transfer is no
 *         longer needed; any status of a decoder or parser for faulty content; PROV_E_ABI when this
 *         release does not support the head's `size`. On each of these errors stop, and report it
 *         with prov_transfer_done(). Also PROV_E_STATE out of turn; PROV_E_INVALID for NULL.
 * @since 0.1. Not from `start` and `cancel`, nor from a callback of the host.
 */
PROV_API prov_status prov_transfer_data(prov_transfer *transfer, const void *data, size_t len);

/**
 * End the transfer; @p transfer is not to be used afterwards.
 *
 * @param status  PROV_OK: the complete body was passed on, as the protocol defines its end.
 *                Otherwise the reason: PROV_E_NOT_FOUND, PROV_E_DNS, PROV_E_CONNECT,
 *                PROV_E_TIMEOUT, PROV_E_NETWORK, PROV_E_TLS, PROV_E_AUTH, PROV_E_SERVER,
 *                PROV_E_REDIRECT, PROV_E_TRUNCATED, PROV_E_UNSUPPORTED, PROV_E_NOMEM, or the status
 *                of another call.
 * @param err     Detail, borrowed for the call; may be NULL.
 * @since 0.1. Not from `start` and `cancel`, nor from a callback of the host.
 */
PROV_API void prov_transfer_done(prov_transfer *transfer, prov_status status,
                                 const struct prov_error *err);

/**
 * Return the bytes of the body passed on so far, e.g. to resume with a range.
 *
 * @return Bytes; 0 for NULL.
 * @since 0.1. Safe from any callback.
 */
PROV_API uint64_t prov_transfer_n_bytes(const prov_transfer *transfer);

/** Directions in `prov_pollfd.events`. */
enum { PROV_POLL_IN = 1 << 0, PROV_POLL_OUT = 1 << 1 };

/** One descriptor a loop should wait on. Frozen for good. */
struct prov_pollfd {
    int32_t fd;      /**< the descriptor */
    uint32_t events; /**< PROV_POLL_… */
};

/**
 * A transport. Copied where it is registered; the object at `ctx` must outlive every agent that
 * uses it. Several agents may share one.
 */
struct prov_transport {
    size_t size;
    const char *name;    /**< for messages, e.g. `curl`; NUL-terminated, static */
    const char *schemes; /**< comma list of `tftp`, `http`, `https`, `gds`, `file`, `syslog`; no
                              other word is valid. NUL-terminated, static */
    void *ctx;           /**< first argument of the callbacks */
    /**
     * REQUIRED. Begin @p request. Must not block and must not call back.
     * @param[out] err  Detail of a refusal, if there is more to say than its status. Never NULL.
     * @return PROV_OK: prov_transfer_done() will follow. Every other status: it must not follow.
     */
    prov_status (*start)(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                         struct prov_error *err);
    /**
     * REQUIRED. End a started transfer at once; no call for it may follow. The agent may call this
     * during a call for another transfer, but not during one for the same transfer.
     */
    void (*cancel)(void *ctx, prov_transfer *transfer);
    /** OPTIONAL. Write up to @p cap descriptors to wait on; return their total number. */
    size_t (*pollfds)(void *ctx, struct prov_pollfd *fds, size_t cap);
    /**
     * OPTIONAL. Return the milliseconds until `process` has to be called; 0: now; -1: it does not
     * depend on time.
     */
    int64_t (*timeout_ms)(void *ctx);
    /**
     * OPTIONAL. Do all work that is possible without blocking.
     *
     * @return PROV_OK, also when transfers failed, which prov_transfer_done() reports. Every other
     *         status is that of prov_agent_process().
     */
    prov_status (*process)(void *ctx, struct prov_error *err);
    /**
     * 1: transfers may wait in line for their turn. The agent then counts `total_timeout_ms` from
     * the first prov_transfer_address() or prov_transfer_head(), and the time before by
     * `resync_timeout_ms` only. 0: it counts from `start`. A transfer that is late is cancelled.
     */
    uint8_t queues;
    uint8_t reserved[7]; /**< 0 */
};

#ifdef __cplusplus
}
#endif

#endif
