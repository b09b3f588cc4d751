/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Which servers may be asked: those of `Restricted_Access_Domains`, if the host agrees to their
 * names and to their addresses.
 */
#ifndef PROVI_FETCH_PERMIT_H
#define PROVI_FETCH_PERMIT_H

#include <provision/host.h>

struct provi_env;

/**
 * May a file be fetched from there? Asked before each request and before each redirect is followed.
 *
 * @param host  Name or address, IPv6 without brackets.
 * @param url   Fit to be shown.
 * @return PROV_OK; PROV_E_POLICY: the host is not listed; what the host returned; what reading the
 *         list failed with.
 */
prov_status provi_permit(struct provi_env *env, prov_str host, prov_str url,
                         struct prov_error *err);

/**
 * May requests pass through that proxy? It is a server like any other: host and list are asked.
 *
 * @param proxy  `host:port`; empty: there is none, which is fine.
 */
prov_status provi_permit_proxy(struct provi_env *env, prov_str proxy, struct prov_error *err);

/** May that address be connected to? Asked once it is known. PROV_OK; what the host returned. */
prov_status provi_permit_address(struct provi_env *env, prov_str address, uint16_t port,
                                 enum prov_purpose purpose, struct prov_error *err);

#endif
