/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Transports by scheme. */
#ifndef PROVI_TRANSFER_REGISTRY_H
#define PROVI_TRANSFER_REGISTRY_H

#include <provision/transport.h>

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

#endif
