/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Waits as a host of one agent does. */
#ifndef AGENT_POLL_H
#define AGENT_POLL_H

#include <provision/agent.h>

/* Wait until the agent has something to do, at most `most_ms`; negative: without a bound. */
void agent_poll(prov_agent *agent, int most_ms);

#endif
