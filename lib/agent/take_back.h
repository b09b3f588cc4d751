/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The end of a trial that nobody confirmed: the values from before come back. */
#ifndef PROVI_AGENT_TAKE_BACK_H
#define PROVI_AGENT_TAKE_BACK_H

struct prov_agent;

/** The first thing after a boot: a trial is taken back, or goes on. */
void provi_take_back_boot(struct prov_agent *agent);

/** Take a trial back whose time is over. */
void provi_take_back_process(struct prov_agent *agent);

#endif
