/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The scheduler wound up: settings and world read for each step, triggers answered, news told. */
#ifndef PROVI_AGENT_CLOCKWORK_H
#define PROVI_AGENT_CLOCKWORK_H

#include <provision/host.h>
#include <provision/sched.h>

struct prov_agent;

/** Why a request of this cause would be refused now; PROV_WHY_NOTHING: it would not. */
uint32_t provi_clockwork_refusal(struct prov_agent *agent, uint32_t cause);

/** Have the host keep where the clockwork stands over a reboot. */
void provi_clockwork_keep(struct prov_agent *agent);

/** The device has booted: go on from what was kept. */
void provi_clockwork_boot(struct prov_agent *agent);

/**
 * Pass on what was asked for, look at the time. A resync to start is left in `agent->start_cause`.
 */
void provi_clockwork_tick(struct prov_agent *agent);

/** The running resync ended. @p retry_after_s: 0 or less when no server said so. */
void provi_clockwork_done(struct prov_agent *agent, enum prov_outcome outcome,
                          int64_t retry_after_s);

#endif
