/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Resync_Trigger_1 and Resync_Trigger_2. */
#ifndef PROVI_AGENT_TRIGGER_H
#define PROVI_AGENT_TRIGGER_H

#include <provision/base.h>

struct prov_agent;

/** Whether at least one non-empty trigger is true, for a resync of this cause. */
bool provi_triggers_allow(struct prov_agent *agent, uint32_t cause);

#endif
