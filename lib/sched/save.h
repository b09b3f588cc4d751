/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Whether what prov_sched_save() writes would be missed. */
#ifndef PROVI_SCHED_SAVE_H
#define PROVI_SCHED_SAVE_H

#include <provision/sched.h>

/**
 * Whether a boot at @p now_ms would go on in the same way without what prov_sched_save() writes: no
 * position in a list, no day of Resync_At, and the period has hardly begun.
 */
bool provi_sched_is_as_new(const struct prov_sched *sched, int64_t now_ms);

#endif
