/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Calls into an agent, from the host and from its transports. It may be freed within any of them:
 * then it is cut off from host and network at once, and its memory goes when the outermost returns.
 */
#ifndef PROVI_AGENT_LIFE_H
#define PROVI_AGENT_LIFE_H

#include <provision/base.h>

struct prov_agent;

/** A call begins that may call the host. */
void provi_agent_enter(struct prov_agent *agent);

/** It ends; @p agent is not to be used any more. True: the agent was freed meanwhile. */
bool provi_agent_leave(struct prov_agent *agent);

/** PROV_E_CANCELLED, the answer of a call in which the agent was freed. */
prov_status provi_fail_gone(struct prov_error *err);

#endif
