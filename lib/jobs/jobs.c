/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/jobs.h"

void provi_jobs_insert(struct provi_jobs *jobs, struct provi_job *job,
                       const struct provi_job_type *type)
{
    struct provi_job **at = &jobs->first;
    while (*at && (*at)->type->place <= type->place)
        at = &(*at)->next;
    *job = (struct provi_job){.type = type, .jobs = jobs, .next = *at};
    *at = job;
}

void provi_jobs_notify(struct provi_jobs *jobs, enum provi_job_event event)
{
    for (struct provi_job *job = jobs->first; job; job = job->next)
        if (job->type->on_event)
            job->type->on_event(job, event);
}

void provi_jobs_process(struct provi_jobs *jobs)
{
    for (struct provi_job *job = jobs->first; job && !jobs->fetcher->env->is_doomed;
         job = job->next)
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

void provi_jobs_cancel(struct provi_jobs *jobs)
{
    for (struct provi_job *job = jobs->first; job; job = job->next)
        if (job->type->cancel)
            job->type->cancel(job);
}

void provi_jobs_free(struct provi_jobs *jobs)
{
    for (struct provi_job *job = jobs->first, *next; job; job = next) {
        next = job->next;
        if (job->type->free)
            job->type->free(job);
    }
    jobs->first = NULL;
}
