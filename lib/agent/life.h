/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The end of an agent, which may come from within any of its callbacks: then it is cut off from
 * host and network at once, and its memory goes when the outermost call into it returns.
 */
#ifndef PROVI_AGENT_LIFE_H
#define PROVI_AGENT_LIFE_H

#include <provision/base.h>

struct prov_agent;

/** A call from outside begins that may call the host or a transport. */
void provi_agent_enter(struct prov_agent *agent);

/** It ends; @p agent is not to be used any more. True: the agent was freed meanwhile. */
bool provi_agent_leave(struct prov_agent *agent);

/** PROV_E_CANCELLED, the answer of a call in which the agent was freed. */
prov_status provi_fail_gone(struct prov_error *err);

#endif
