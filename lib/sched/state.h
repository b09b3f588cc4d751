/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Whether a record of the scheduler is needed. */
#ifndef PROVI_SCHED_STATE_H
#define PROVI_SCHED_STATE_H

#include <provision/sched.h>

/**
 * Whether a boot at @p now_ms would behave the same without a record of prov_sched_save(): no list
 * has advanced, no day had its Resync_At, and the period has hardly begun.
 */
bool provi_sched_is_as_new(const struct prov_sched *sched, int64_t now_ms);

#endif
