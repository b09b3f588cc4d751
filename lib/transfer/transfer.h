/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The agent's side of a transfer: start it, receive its callbacks, free it.
 *
 * All transports are checked here: at most one response header, before the first byte; the byte
 * limit; the announced length; exactly one completion.
 */
#ifndef PROVI_TRANSFER_TRANSFER_H
#define PROVI_TRANSFER_TRANSFER_H

#include <provision/transport.h>

/**
 * The callbacks of a transfer. Copied. Every callback may free its own transfer and start others;
 * none is ever called from provi_transfer_start() or provi_transfer_free().
 */
struct provi_transfer_handler {
    /**
     * OPTIONAL. Whether the transfer may connect to this numeric address. A refusal, with that
     * status and @p err, does not end the transfer: the transport may have another address. @p peer
     * is an enum prov_peer.
     */
    prov_status (*address)(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                           struct prov_error *err);
    /** OPTIONAL. The connection that the next request uses. Borrowed for the call. */
    void (*connected)(void *ctx, const struct prov_connection *connection);
    /**
     * OPTIONAL. The response header; at most once, before the first byte. Borrowed for the call.
     */
    void (*head)(void *ctx, const struct prov_response *response);
    /**
     * OPTIONAL. Whether a redirect to @p url may be followed. A failure ends the transfer like
     * `data`.
     */
    prov_status (*redirect)(void *ctx, prov_str url, struct prov_error *err);
    /** REQUIRED. The next bytes. A failure ends the transfer with that status and @p err. */
    prov_status (*data)(void *ctx, const void *data, size_t len, struct prov_error *err);
    /**
     * REQUIRED. The end, exactly once. @p err is never NULL; its `status` equals @p status. The
     * transfer must still be freed.
     */
    void (*done)(void *ctx, prov_status status, const struct prov_error *err);
    void *ctx;
};

/**
 * Begin a transfer.
 *
 * @param[out] out      New; ended by provi_transfer_free(). NULL on failure.
 * @param      transport  Copied; the data at its `ctx` must outlive the transfer.
 * @param      request  Borrowed until done or freed, with all it points to. `limits` is not NULL.
 * @return PROV_OK: `done` will follow; PROV_E_NOMEM; the status of the transport's `start`;
 *         PROV_E_STATE when the transport reported the end from within its start.
 */
prov_status provi_transfer_start(prov_transfer **out, const struct prov_alloc *alloc,
                                 const struct prov_transport *transport,
                                 const struct prov_request *request,
                                 const struct provi_transfer_handler *handler,
                                 struct prov_error *err);

/**
 * End a transfer, running or done; the handler is not called again. Within a callback of the
 * transfer, `cancel` is not called; a running transport gets PROV_E_CANCELLED when it reports its
 * next bytes. NULL is fine.
 */
void provi_transfer_free(prov_transfer *transfer);

/* transfer.c: transports by scheme. */

/**
 * Copy a host's transport into one of this release.
 *
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID when a required member is missing.
 */
prov_status provi_transport_copy(struct prov_transport *to, const struct prov_transport *from,
                                 struct prov_error *err);

/** Whether a transport lists @p scheme, ignoring case. */
bool provi_transport_speaks(const struct prov_transport *transport, prov_str scheme);

enum { PROVI_MAX_TRANSPORTS = 8 };

/** The transports of a device, in the order in which they were added. All zero: none. */
struct provi_transports {
    struct prov_transport *list; /* those that the host drives have no function for that here */
    size_t n;                    /* in use: 0 once the agent is freed */
    size_t cap;                  /* elements of `list` */
    bool has_shared;             /* the host drives one of them */
};

/** Add a copy of a transport. As provi_transport_copy(); PROV_E_LIMIT; PROV_E_NOMEM. */
prov_status provi_transports_add(struct provi_transports *transports,
                                 const struct prov_alloc *alloc,
                                 const struct prov_transport *transport, bool is_shared,
                                 struct prov_error *err);

/** The last one that lists @p scheme, or NULL. */
const struct prov_transport *provi_transports_for(const struct provi_transports *transports,
                                                  prov_str scheme);

void provi_transports_free(struct provi_transports *transports, const struct prov_alloc *alloc);

/* headers.c: header fields that a host adds. */

#define PROVI_MAX_HEADERS 16
#define PROVI_MAX_HEADER_BYTES 1024

/**
 * Check header fields by the rules of `prov_request.headers`. PROV_OK; PROV_E_INVALID, naming the
 * header.
 */
prov_status provi_headers_check(const struct prov_header *headers, size_t n_headers,
                                struct prov_error *err);

/** A copy of header fields. All zero: none. */
struct provi_headers {
    struct prov_header *list; /* one block; the texts follow the last element */
    size_t n;
    size_t size; /* of the block */
};

/** PROV_OK; PROV_E_INVALID; PROV_E_NOMEM. */
prov_status provi_headers_copy(struct provi_headers *to, const struct prov_alloc *alloc,
                               const struct prov_header *headers, size_t n_headers,
                               struct prov_error *err);
/** Wipe and release; a value may be secret. */
void provi_headers_free(struct provi_headers *headers, const struct prov_alloc *alloc);

#endif
