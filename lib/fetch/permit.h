/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Permission to contact a server: `Restricted_Access_Domains` lists it, and the host permits its
 * name and its address.
 */
#ifndef PROVI_FETCH_PERMIT_H
#define PROVI_FETCH_PERMIT_H

#include <provision/host.h>

struct provi_env;

/**
 * Check whether a file may be fetched from a host. Called before each request and each redirect.
 *
 * @param what  The kind of the host, for messages.
 * @param host  Name or address, IPv6 without brackets.
 * @param url   Secrets masked.
 * @return PROV_OK; PROV_E_POLICY: the host is not listed; a status of the host's `permit`, or of
 *         reading the list.
 */
prov_status provi_permit(struct provi_env *env, const char *what, prov_str host, prov_str url,
                         struct prov_error *err);

/** Check whether requests may pass through a proxy: both the list and the host have to permit it.
 *
 * @param proxy  `host:port`; empty: there is none, which is fine.
 */
prov_status provi_permit_proxy(struct provi_env *env, prov_str proxy, struct prov_error *err);

/** Check whether the host permits an address. PROV_OK; the status of its `permit`. */
prov_status provi_permit_address(struct provi_env *env, prov_str address, uint16_t port,
                                 enum prov_purpose purpose, struct prov_error *err);

#endif
