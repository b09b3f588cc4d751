/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The agent's side of a transfer: start one, hear about it, be rid of it.
 *
 * What a transport reports is checked here once for all transports: at most one head and before
 * the first byte, the byte limit, the announced length, exactly one completion.
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
     * OPTIONAL. May this numeric address be connected to? A refusal, that status and @p err, does
     * not end the transfer: the transport may have another address. @p peer is an enum prov_peer.
     */
    prov_status (*address)(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                           struct prov_error *err);
    /** OPTIONAL. The connection that the next request uses. Borrowed for the call. */
    void (*connected)(void *ctx, const struct prov_connection *connection);
    /**
     * OPTIONAL. What the server said; at most once, before the first byte. Borrowed for the call.
     */
    void (*head)(void *ctx, const struct prov_response *response);
    /** OPTIONAL. May a redirect to @p url be followed? A failure ends the transfer like `data`. */
    prov_status (*redirect)(void *ctx, prov_str url, struct prov_error *err);
    /** REQUIRED. The next bytes. A failure ends the transfer with that status and @p err. */
    prov_status (*data)(void *ctx, const void *data, size_t len, struct prov_error *err);
    /**
     * REQUIRED. The end, exactly once. @p err is never NULL; its `status` equals @p status. The
     * transfer still has to be freed.
     */
    void (*done)(void *ctx, prov_status status, const struct prov_error *err);
    void *ctx;
};

/**
 * Begin a transfer.
 *
 * @param[out] out      New; ended by provi_transfer_free(). NULL on failure.
 * @param      transport  Copied; what its `ctx` points at outlives the transfer.
 * @param      request  Borrowed until done or freed, with all it points at. `limits` is not NULL.
 * @return PROV_OK: `done` will follow; PROV_E_NOMEM; whatever the transport's start returned;
 *         PROV_E_STATE when the transport reported the end from within its start.
 */
prov_status provi_transfer_start(prov_transfer **out, const struct prov_alloc *alloc,
                                 const struct prov_transport *transport,
                                 const struct prov_request *request,
                                 const struct provi_transfer_handler *handler,
                                 struct prov_error *err);

/**
 * End a transfer, running or done; the handler is not called again. Called from one of the
 * transfer's own callbacks, a running transport gets PROV_E_CANCELLED when it hands over
 * its next bytes instead of by `cancel`. NULL is fine.
 */
void provi_transfer_free(prov_transfer *transfer);

/* Transports by scheme. */

/**
 * Copy a host's transport into one of this release.
 *
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID when a required member is missing.
 */
prov_status provi_transport_copy(struct prov_transport *to, const struct prov_transport *from,
                                 struct prov_error *err);

/** Whether @p scheme is in the transport's list; case does not matter. */
bool provi_transport_speaks(const struct prov_transport *transport, prov_str scheme);

/** The last of @p n_transports that speaks @p scheme, or NULL. */
const struct prov_transport *provi_transport_for(const struct prov_transport *transports,
                                                 size_t n_transports, prov_str scheme);

/* headers.c: header fields of a host's own. */

#define PROVI_MAX_HEADERS 16
#define PROVI_MAX_HEADER_BYTES 1024

/** PROV_OK; PROV_E_INVALID, naming the header: the rules are those of `prov_request.headers`. */
prov_status provi_headers_check(const struct prov_header *headers, size_t n_headers,
                                struct prov_error *err);

/** A copy. All zero is none. */
struct provi_headers {
    struct prov_header *list; /* the texts stand behind the last; one block */
    size_t n;
    size_t size; /* of the block */
};

/** PROV_OK; PROV_E_INVALID; PROV_E_NOMEM. */
prov_status provi_headers_copy(struct provi_headers *to, const struct prov_alloc *alloc,
                               const struct prov_header *headers, size_t n_headers,
                               struct prov_error *err);
/** Wipe and release: a value may be a secret. */
void provi_headers_free(struct provi_headers *headers, const struct prov_alloc *alloc);

#endif
