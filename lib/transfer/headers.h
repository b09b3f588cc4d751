/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Header fields of a host's own: which may be, and a copy of them. */
#ifndef PROVI_TRANSFER_HEADERS_H
#define PROVI_TRANSFER_HEADERS_H

#include <provision/transport.h>

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
