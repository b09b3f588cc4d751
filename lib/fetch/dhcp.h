/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** DHCP offers: the one in use, and the one for the next resync. */
#ifndef PROVI_FETCH_DHCP_H
#define PROVI_FETCH_DHCP_H

#include <provision/dhcp.h>

#include "base/alloc.h"
#include "base/buffer.h"

struct provi_fetcher;

/** An offer, copied. */
struct provi_dhcp {
    struct provi_buffer servers; /* as prov_dhcp_server_get() writes them, separated by commas */
    struct provi_secret rule;    /* replaces a Profile_Rule without a server */
    struct provi_buffer shown;   /* the rule, else the servers, without secrets */
    int64_t at_ms;               /* time of the offer */
};

/** Set the server of `prov_agent_options.dhcp_server`. PROV_OK; PROV_E_LIMIT; PROV_E_NOMEM. */
prov_status provi_dhcp_set_server(struct provi_fetcher *fetcher, prov_str server,
                                  struct prov_error *err);

/** An offer for the next resync; NULL: none (prov_agent_set_dhcp()). Statuses of that. */
prov_status provi_dhcp_offer(struct provi_fetcher *fetcher, const struct prov_dhcp_offer *offer,
                             struct prov_error *err);

/** At the start of a resync: use the latest offer until the next resync starts. */
void provi_dhcp_adopt(struct provi_fetcher *fetcher);

/** Servers of the offer in force, with commas; empty: none. Borrowed until the next resync. */
prov_str provi_dhcp_servers(const struct provi_fetcher *fetcher);

/** Whether the offer in force is only a domain, whose SRV records name servers or do not exist. */
bool provi_dhcp_is_domain(const struct provi_fetcher *fetcher);

/** The latest offer, in force or for the next resync; NULL: none. */
const struct provi_dhcp *provi_dhcp_latest(const struct provi_fetcher *fetcher);

/** Whether an offer is only a domain. */
bool provi_dhcp_has_domain(const struct provi_dhcp *dhcp);

/** The rule of the offer in force; empty: none. Borrowed likewise. */
prov_str provi_dhcp_rule(const struct provi_fetcher *fetcher);

/** Release all offers. */
void provi_dhcp_free(struct provi_fetcher *fetcher);

#endif
