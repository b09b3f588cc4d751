/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The handle, its scheduler and its triggers. Only for the files of the agent. */
#ifndef PROVI_AGENT_AGENT_PRIV_H
#define PROVI_AGENT_AGENT_PRIV_H

#include <provision/agent.h>

#include "env/env.h"
#include "fetch/fetcher.h"
#include "jobs/jobs.h"
#include "jobs/resync.h"
#include "persist/records.h"

struct prov_agent {
    struct provi_env env; /* first member: env.destroy() has a pointer to it */
    struct provi_records records;
    struct provi_fetcher fetcher;

    struct provi_jobs jobs;
    struct provi_job rollback;
    struct provi_resync_job resync;
    struct provi_job reboot;
    struct provi_job log;
    struct provi_job scheduler;

    /* scheduler.c */
    struct prov_sched sched;
    int64_t due_ms;                /* of the next step; negative: none by time */
    struct prov_schedule schedule; /* last reported; `in_ms` is for prov_agent_status() */
    int64_t expected_ms;           /* time of that resync; negative: none by time */
    uint32_t saved_retry;          /* number of the error retry in the saved record; 0: none */
    uint8_t network_event;         /* to be reported to the scheduler, enum prov_network; 0: none */

    bool is_notified; /* a setting or a line changed: a step is due now */
};

/** Do all due work. PROV_OK; PROV_E_CANCELLED; the status of a transport. */
prov_status provi_agent_turn(struct prov_agent *agent, struct prov_error *err);

/* scheduler.c: settings and the world are read for each step of the scheduler. */

/** The next resync, as of now; valid until the next call. */
const struct prov_schedule *provi_scheduler_schedule(struct prov_agent *agent);

/** Pass requests and the time to the scheduler. Sets `resync.start_cause` if a resync starts. */
void provi_scheduler_tick(struct prov_agent *agent);

/** Insert the scheduler into the table of jobs: it boots last. */
void provi_scheduler_insert(struct prov_agent *agent);

/* trigger.c */

/**
 * Evaluate Resync_Trigger_1 and Resync_Trigger_2 for a resync of this cause.
 *
 * @param[out] is_allowed  At least one is true. Also true if none is set and @p cause is not
 *                         PROV_CAUSE_TRIGGER; an invalid trigger counts as not set.
 * @return False: one of them cannot be read at present, and none is true.
 */
bool provi_triggers_evaluate(struct provi_fetcher *fetcher, uint32_t cause, bool *is_allowed);

#endif
