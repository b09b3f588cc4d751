/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/jobs.h"

#include <provision/agent.h>

#include "base/error.h"

/* A reboot would end a job that is about to fetch, or roll back an unconfirmed commit. */
static bool is_reboot_due(const struct provi_jobs *jobs)
{
    bool is_requested = jobs->reboot_cause != PROV_CAUSE_NONE;
    for (const struct provi_job *job = jobs->first; job; job = job->next) {
        const struct provi_job_type *type = job->type;
        if ((type->delays_reboot && type->is_busy(job)) ||
            (!is_requested && type->holds_reboot && type->holds_reboot(job)))
            return false;
    }
    return jobs->is_reboot_wanted;
}

static prov_status request(struct provi_job *job, struct provi_pending *request,
                           struct prov_error *err)
{
    if (request->rule.len)
        return provi_fail_invalid(err, "request.rule: expected none with PROV_VERB_REBOOT");
    job->jobs->is_reboot_wanted = true;
    job->jobs->reboot_cause = request->cause;
    provi_pending_clear(request, &provi_job_env(job)->alloc);
    return PROV_OK;
}

static void cancel(struct provi_job *job)
{
    job->jobs->is_reboot_wanted = false;
    job->jobs->reboot_cause = PROV_CAUSE_NONE;
    provi_deferral_end(provi_job_env(job), PROV_STAGE_REBOOT);
}

static void request_reboot(struct provi_job *job)
{
    struct provi_env *env = provi_job_env(job);
    if (!is_reboot_due(job->jobs) || !provi_deferral_lines_are_idle(env, PROV_STAGE_REBOOT) ||
        !provi_deferral_allows(env, PROV_STAGE_REBOOT))
        return;
    const struct prov_reboot reboot = {.size = sizeof reboot, .cause = job->jobs->reboot_cause};
    job->jobs->asked_cause = reboot.cause;
    cancel(job);
    provi_jobs_notify(job->jobs, PROVI_JOB_REBOOTS);
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_REBOOT_WANTED,
                             .job = PROV_JOB_REBOOT,
                             .as.reboot = &reboot,
                         });
}

static int64_t timeout_ms(const struct provi_job *job)
{
    bool may_ask = !provi_deferral_waits(provi_job_env(job), PROV_STAGE_REBOOT);
    return may_ask && is_reboot_due(job->jobs) ? 0 : -1;
}

static void status(struct provi_job *job, struct prov_job_status *out)
{
    if (!job->jobs->is_reboot_wanted ||
        provi_job_status_deferred(provi_job_env(job), PROV_STAGE_REBOOT, out))
        return;
    bool is_due = is_reboot_due(job->jobs);
    out->state = PROV_STATE_WAITING;
    out->waits_for = is_due ? PROV_WAIT_TIME : PROV_WAIT_OTHER_JOB;
    out->in_ms = is_due ? 0 : -1;
}

/* The reboot that changed parameters need, or the host requested. */
const struct provi_job_type provi_reboot_job = {
    .name = "reboot",
    .job = PROV_JOB_REBOOT,
    .place = PROVI_PLACE_REBOOT,
    .verb = PROV_VERB_REBOOT,
    .request = request,
    .process = request_reboot,
    .timeout_ms = timeout_ms,
    .cancel = cancel,
    .status = status,
};
