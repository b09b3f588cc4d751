/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The scheduler wound up: settings and world read for each step, triggers answered, news told. */
#ifndef PROVI_AGENT_CLOCKWORK_H
#define PROVI_AGENT_CLOCKWORK_H

#include <provision/host.h>
#include <provision/sched.h>

struct prov_agent;

/** The first event, once. */
void provi_clockwork_boot(struct prov_agent *agent);

/**
 * Take one step; a resync to start is left in `agent->start_cause`.
 *
 * @return PROV_WHY_NOTHING, or why the event was refused.
 */
uint32_t provi_clockwork_step(struct prov_agent *agent, const struct prov_sched_event *event);

/** Boot if that is still to be done, else look at the time. */
void provi_clockwork_tick(struct prov_agent *agent);

/** The running resync ended. @p retry_after_s: 0 or less when no server said so. */
void provi_clockwork_done(struct prov_agent *agent, enum prov_outcome outcome, bool fetched,
                          int64_t retry_after_s);

#endif
