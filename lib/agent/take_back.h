/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The end of a trial that nobody confirmed: the values from before come back. */
#ifndef PROVI_AGENT_TAKE_BACK_H
#define PROVI_AGENT_TAKE_BACK_H

#include <stdint.h>

struct prov_agent;

/** The first thing after a boot: a trial is taken back, or goes on. */
void provi_take_back_boot(struct prov_agent *agent);

/** Take a trial back whose time is over, when lines are idle and the host agrees. */
void provi_take_back_process(struct prov_agent *agent);

/** Milliseconds until provi_take_back_process() has something to do; -1: not by itself. */
int64_t provi_take_back_timeout_ms(const struct prov_agent *agent);

#endif
