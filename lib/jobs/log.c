/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/jobs.h"

#include "fetch/syslog.h"

static void process(struct provi_job *job)
{
    provi_syslog_process(job->jobs->fetcher);
}

static int64_t timeout_ms(const struct provi_job *job)
{
    return provi_syslog_timeout_ms(job->jobs->fetcher);
}

static bool is_busy(const struct provi_job *job)
{
    return provi_syslog_is_busy(job->jobs->fetcher);
}

static void cancel(struct provi_job *job)
{
    provi_syslog_cancel(job->jobs->fetcher);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_LINK_LOST)
        provi_syslog_lose_link(job->jobs->fetcher);
    else if (event == PROVI_JOB_LINK_BACK)
        provi_syslog_resume(job->jobs->fetcher);
}

static void status(struct provi_job *job, struct prov_job_status *out)
{
    int64_t wait_ms = provi_syslog_wait_ms(job->jobs->fetcher);
    if (wait_ms >= 0) {
        out->state = PROV_STATE_WAITING;
        out->waits_for = PROV_WAIT_NETWORK;
        out->in_ms = wait_ms;
    } else if (is_busy(job)) {
        out->state = PROV_STATE_RUNNING;
    }
}

/* The sender of log messages. */
const struct provi_job_type provi_log_job = {
    .name = "log",
    .job = PROV_JOB_LOG,
    .place = PROVI_PLACE_LOG,
    .on_event = on_event,
    .process = process,
    .timeout_ms = timeout_ms,
    .status = status,
    .is_busy = is_busy,
    .cancel = cancel,
};
