/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The resync job: Profile_Rule, B, C, D in order, or one rule given with a request. */
#ifndef PROVI_JOBS_RESYNC_H
#define PROVI_JOBS_RESYNC_H

#include "jobs/jobs.h"

struct provi_resync;

struct provi_resync_job {
    struct provi_job job;
    struct provi_pending pending;  /* the explicit request not yet started; its cause is NONE when
                                      the scheduler has it */
    uint32_t start_cause;          /* of a resync to start before this turn ends; NONE */
    struct provi_resync *running;  /* NULL: none */
    uint32_t n_ended;              /* so that prov_agent_run_once() can see one end */
    struct prov_error *last_error; /* receives how the last one ended; NULL: nobody waits */

    /** One has ended, after the host was told: the scheduler's driver decides on the next. */
    void (*done)(struct provi_resync_job *resync, enum prov_outcome outcome, int64_t retry_after_s);
};

void provi_resync_insert(struct provi_jobs *jobs, struct provi_resync_job *resync);

#endif
