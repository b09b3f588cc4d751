/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The resync job: Profile_Rule, B, C, D in order, or one rule given with a request. */
#ifndef PROVI_JOBS_RESYNC_H
#define PROVI_JOBS_RESYNC_H

#include "jobs/jobs.h"

struct provi_resync;

/** The end of a resync, for the scheduler. */
struct provi_resync_end {
    enum prov_outcome outcome;
    bool is_cancelled;
    int64_t retry_after_s;
};

struct provi_resync_job {
    struct provi_job job;
    struct provi_pending
        pending;              /* the next request; its cause is NONE when the scheduler has it */
    uint32_t start_cause;     /* cause of a resync to start in this turn; or NONE */
    uint32_t cancelled_cause; /* cause of a request not passed to the scheduler; or NONE */
    uint32_t n_ended;         /* counter for prov_agent_run_once() */
    bool is_cancelled;        /* by the host, end not reported yet */
    struct provi_resync *running;  /* NULL: none */
    struct prov_error *last_error; /* receives the error of the last one; NULL: not wanted */

    /** A resync ended, and was reported to the host: plan the next one. */
    void (*done)(struct provi_resync_job *resync, const struct provi_resync_end *end);
};

/** Report the end of a resync that was cancelled before it started. */
void provi_resync_end_unstarted(struct provi_resync_job *resync, uint32_t cause);

void provi_resync_insert(struct provi_jobs *jobs, struct provi_resync_job *resync);

#endif
