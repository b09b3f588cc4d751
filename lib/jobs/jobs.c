/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/jobs.h"

#include "base/error.h"

void provi_pending_clear(struct provi_pending *pending, const struct prov_alloc *alloc)
{
    provi_secret_clear(&pending->rule, alloc);
    provi_secret_clear(&pending->requester, alloc);
    provi_secret_clear(&pending->uid, alloc);
    provi_secret_clear(&pending->pwd, alloc);
    pending->cause = PROV_CAUSE_NONE;
}

void provi_pending_move(struct provi_pending *to, struct provi_pending *from,
                        const struct prov_alloc *alloc)
{
    provi_pending_clear(to, alloc);
    *to = *from;
    *from = (struct provi_pending){0};
}

struct provi_job *provi_jobs_find(const struct provi_jobs *jobs, const struct provi_job_type *type)
{
    struct provi_job *job = jobs->first;
    while (job && job->type != type)
        job = job->next;
    return job;
}

struct provi_job *provi_jobs_for_verb(const struct provi_jobs *jobs, uint32_t verb)
{
    struct provi_job *job = jobs->first;
    while (job && (!job->type->request || job->type->verb != verb))
        job = job->next;
    return job;
}

prov_status provi_jobs_new(const struct provi_jobs *jobs, const struct provi_job_type *type,
                           size_t size, struct provi_job **out, struct prov_error *err)
{
    if (provi_jobs_find(jobs, type))
        return provi_fail(err, PROV_E_STATE, "%s: enabled already", type->name);
    if (jobs->is_booted)
        return provi_fail(err, PROV_E_STATE,
                          "%s: expected to be enabled before the first prov_agent_process()",
                          type->name);
    *out = provi_alloc_zero(&jobs->fetcher->env->alloc, size);
    return *out ? PROV_OK : provi_fail_nomem(err);
}

static void link_behind(struct provi_jobs *jobs, struct provi_job *job, uint8_t place)
{
    struct provi_job **at = &jobs->first;
    while (*at && (*at)->type->place <= place)
        at = &(*at)->next;
    job->next = *at;
    *at = job;
}

void provi_jobs_insert(struct provi_jobs *jobs, struct provi_job *job,
                       const struct provi_job_type *type)
{
    *job = (struct provi_job){.type = type, .jobs = jobs};
    link_behind(jobs, job, type->place);
}

void provi_jobs_queue(struct provi_job *job, bool is_last)
{
    struct provi_job **at = &job->jobs->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    link_behind(job->jobs, job, is_last ? PROVI_PLACE_REPORT : job->type->place);
}

void provi_jobs_notify(struct provi_jobs *jobs, enum provi_job_event event)
{
    jobs->is_booted |= event == PROVI_JOB_BOOT;
    for (struct provi_job *job = jobs->first; job; job = job->next)
        if (job->type->on_event)
            job->type->on_event(job, event);
}

void provi_jobs_process(struct provi_jobs *jobs)
{
    for (struct provi_job *job = jobs->first; job && !jobs->fetcher->env->is_freed; job = job->next)
        if (job->type->process)
            job->type->process(job);
}

int64_t provi_timeout_min(int64_t a_ms, int64_t b_ms)
{
    if (a_ms < 0)
        return b_ms;
    return b_ms >= 0 && b_ms < a_ms ? b_ms : a_ms;
}

int64_t provi_jobs_timeout_ms(const struct provi_jobs *jobs)
{
    int64_t wait_ms = -1;
    for (const struct provi_job *job = jobs->first; job && wait_ms != 0; job = job->next)
        if (job->type->timeout_ms)
            wait_ms = provi_timeout_min(wait_ms, job->type->timeout_ms(job));
    return wait_ms;
}

bool provi_jobs_are_busy(const struct provi_jobs *jobs, const struct provi_job *but)
{
    for (const struct provi_job *job = jobs->first; job; job = job->next)
        if (job != but && job->type->is_busy && job->type->is_busy(job))
            return true;
    return false;
}

void provi_jobs_cancel(struct provi_jobs *jobs, uint32_t which)
{
    for (struct provi_job *job = jobs->first; job; job = job->next)
        if (job->type->cancel && (which == UINT32_MAX || job->type->job & which))
            job->type->cancel(job);
}

void provi_job_ended(struct provi_job *job, const struct prov_result *result)
{
    const struct provi_env *env = provi_job_env(job);
    struct provi_last *last = provi_last_new(result, env);
    provi_last_free(job->last, &env->alloc);
    job->last = last;
    for (struct provi_job *other = job->jobs->first; other; other = other->next)
        if (other->type->on_result)
            other->type->on_result(other, job, result);
}

void provi_job_report_end(struct provi_job *job, const struct prov_result *result)
{
    provi_job_ended(job, result);
    provi_env_event(provi_job_env(job), (struct prov_event){
                                            .type = PROV_EVENT_RESULT,
                                            .job = job->type->job,
                                            .as.result = result,
                                        });
}

struct prov_result provi_job_result(const struct provi_env *env, uint32_t cause, prov_str rule,
                                    const struct prov_error *error)
{
    return (struct prov_result){
        .size = sizeof(struct prov_result),
        .alternative = -1,
        .cause = cause,
        .outcome = error ? PROV_OUTCOME_FAILED : PROV_OUTCOME_APPLIED,
        .total = -1,
        .mono_ms = provi_env_host_moment(env, provi_env_now_ms(env)),
        .wall_s = provi_env_wall_s(env),
        .rule = rule,
        .error = error,
    };
}

bool provi_job_status_deferred(const struct provi_env *env, enum prov_stage stage,
                               struct prov_job_status *out)
{
    const struct provi_deferral *deferral = &env->deferrals[stage];
    if (!deferral->waits_for)
        return false;
    out->state = PROV_STATE_WAITING;
    out->waits_for = deferral->waits_for;
    out->in_ms = provi_deferral_left_ms(env, stage);
    return true;
}

void provi_job_status_running(struct provi_attempt *attempt, struct prov_job_status *out)
{
    out->state = PROV_STATE_RUNNING;
    if (attempt->fetcher && provi_account_waits(attempt->fetcher)) {
        out->state = PROV_STATE_WAITING;
        out->waits_for = PROV_WAIT_CREDENTIALS;
        out->in_ms = provi_account_timeout_ms(attempt->fetcher);
    }
    if (attempt->fetch.fetcher)
        out->progress = provi_fetch_progress(&attempt->fetch);
}

static void fill_status(struct provi_job *job, struct prov_job_status *out)
{
    out->state = PROV_STATE_IDLE;
    out->last = job->last ? provi_last_result(job->last, provi_job_env(job)) : NULL;
    job->type->status(job, out);
}

void provi_jobs_status(const struct provi_jobs *jobs, struct prov_job_status *out)
{
    for (struct provi_job *job = jobs->first; job; job = job->next)
        if (job->type->job == out->job)
            fill_status(job, out);
}

void provi_jobs_free(struct provi_jobs *jobs)
{
    const struct prov_alloc *alloc = &jobs->fetcher->env->alloc;
    for (struct provi_job *job = jobs->first, *next; job; job = next) {
        next = job->next;
        provi_last_free(job->last, alloc);
        job->last = NULL;
        if (job->type->free)
            job->type->free(job);
    }
    jobs->first = NULL;
}
