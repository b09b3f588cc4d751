/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The resync job: Profile_Rule, B, C, D in order, or one rule somebody gave. */
#ifndef PROVI_AGENT_RESYNC_H
#define PROVI_AGENT_RESYNC_H

#include <provision/host.h>

struct prov_agent;
struct provi_resync;

/** Begin; the work is done by provi_resync_process(). Without memory it ends at once, failed. */
void provi_resync_start(struct prov_agent *agent, uint32_t cause);

/** Whether provi_resync_process() has something to do. */
bool provi_resync_is_due(const struct prov_agent *agent);

/** Milliseconds until a transfer of it is late; -1: none is under way. */
int64_t provi_resync_timeout_ms(const struct prov_agent *agent);

/** Do what can be done now. When the job ended, the clockwork is told and it is gone. */
void provi_resync_process(struct prov_agent *agent);

/** Cancel what runs on the network; the job itself stays. */
void provi_resync_cancel(struct prov_agent *agent);

/** Cancel and forget the running job, if any. */
void provi_resync_free(struct prov_agent *agent);

#endif
