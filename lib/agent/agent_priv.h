/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The handle, known to the files of the agent alone. */
#ifndef PROVI_AGENT_AGENT_PRIV_H
#define PROVI_AGENT_AGENT_PRIV_H

#include <provision/agent.h>

#include "env/env.h"
#include "fetch/fetcher.h"
#include "jobs/jobs.h"
#include "jobs/resync.h"
#include "persist/records.h"

struct prov_agent {
    struct provi_env env; /* first: env.destroy() gets the whole by it */
    struct provi_records records;
    struct provi_fetcher fetcher;

    struct provi_jobs jobs;
    struct provi_job rollback;
    struct provi_resync_job resync;
    struct provi_job reboot;
    struct provi_job log;
    struct provi_job scheduler;

    /* The scheduler and its driver. */
    struct prov_sched sched;
    int64_t due_ms;                /* of the scheduler; negative: not by time */
    struct prov_schedule schedule; /* as reported last; `in_ms` as prov_agent_status() needs it */
    int64_t expected_ms;           /* when that is due; negative: not by time */
    uint32_t saved_retry;          /* number of the error retry saved over a reboot; 0: none */
    bool has_upgraded;             /* to be reported to the scheduler */

    bool is_notified; /* something changed: another turn is due at once */
};

/** Do everything that is due. PROV_OK; PROV_E_CANCELLED; what a transport returned. */
prov_status provi_agent_turn(struct prov_agent *agent, struct prov_error *err);

#endif
