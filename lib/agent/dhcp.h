/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What DHCP offers, kept for the next resync. */
#ifndef PROVI_AGENT_DHCP_H
#define PROVI_AGENT_DHCP_H

#include <provision/dhcp.h>

#include "base/buffer.h"
#include "base/secret.h"

struct prov_agent;

/** An offer, copied. All zero: none. */
struct provi_dhcp {
    struct provi_buffer servers; /* as prov_dhcp_server_get() writes them, commas between */
    struct provi_secret rule;    /* in place of a Profile_Rule that names no server */
};

/** Keep what the host knew when it made the agent. PROV_OK; PROV_E_LIMIT; PROV_E_NOMEM. */
prov_status provi_dhcp_set_server(struct prov_agent *agent, prov_str server,
                                  struct prov_error *err);

/** A resync begins: from now on the latest offer counts, until the next one begins. */
void provi_dhcp_adopt(struct prov_agent *agent);

/** Forget all offers. */
void provi_dhcp_free(struct prov_agent *agent);

#endif
