/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The clockwork's settings, read from the host's store. */
#ifndef PROVI_AGENT_SETTINGS_H
#define PROVI_AGENT_SETTINGS_H

#include <provision/sched.h>

#include "agent/param.h"

/** Longest list of delays that is read; a longer one counts as invalid. */
enum { PROVI_DELAYS_CAP = 512 };

/** Settings and the texts they point to; lives on the stack for one step. Not to be copied. */
struct provi_settings {
    struct prov_sched_settings sched;
    char periodic[PROVI_DELAYS_CAP];
    char error_retry[PROVI_DELAYS_CAP];
    char resync_at[16];
};

/** Read everything afresh: a profile may have changed any of it. */
void provi_settings_read(struct provi_settings *settings, const struct provi_params *params);

#endif
