/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The scheduler wound up: settings and world read for each step, triggers answered, news told. */
#ifndef PROVI_AGENT_SCHEDULER_H
#define PROVI_AGENT_SCHEDULER_H

#include <provision/host.h>
#include <provision/sched.h>

struct prov_agent;

/** The next resync, as of now; valid until the next call. */
const struct prov_schedule *provi_scheduler_schedule(struct prov_agent *agent);

/**
 * Pass on what was asked for, look at the time. A resync to start is left in `resync.start_cause`.
 */
void provi_scheduler_tick(struct prov_agent *agent);

/** Insert the scheduler's driver into the table of jobs: it boots last. */
void provi_scheduler_insert(struct prov_agent *agent);

#endif
