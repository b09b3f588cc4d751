/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** "Not now": what the host puts off, until when at the latest. */
#ifndef PROVI_AGENT_HOLD_H
#define PROVI_AGENT_HOLD_H

#include <provision/host.h>

struct prov_agent;

enum { PROVI_N_STAGES = PROV_STAGE_RETURN + 1 };

/** One stage put off. All zero: it is not. */
struct provi_hold {
    bool is_on;
    bool is_told; /* the host has been told that it put it off */
    int64_t since_ms;
    int64_t until_ms; /* ask again then */
};

/** Whether a stage may be done now: asks the host, if it is time to. */
bool provi_hold_allows(struct prov_agent *agent, enum prov_stage stage);

/** Whether a resync may begin now; after a delay the lines have to be idle once more. */
bool provi_hold_allows_start(struct prov_agent *agent);

/** Whether lines are idle; if not, the stage is put off until they are looked at again. */
bool provi_hold_lines_are_idle(struct prov_agent *agent, enum prov_stage stage);

/** A stage is done, or not needed any more. */
void provi_hold_end(struct prov_agent *agent, enum prov_stage stage);

/** Whether a stage is put off at this moment. */
bool provi_hold_waits(const struct prov_agent *agent, enum prov_stage stage);

/** Milliseconds until a host is to be asked again; -1: nothing is put off. */
int64_t provi_hold_timeout_ms(const struct prov_agent *agent);

/** Ask again at once. */
void provi_hold_touch(struct prov_agent *agent);

#endif
