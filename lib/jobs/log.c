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

/* The sender of log messages. */
const struct provi_job_type provi_log_job = {
    .name = "log",
    .job = PROV_JOB_LOG,
    .place = PROVI_PLACE_LOG,
    .process = process,
    .timeout_ms = timeout_ms,
    .is_busy = is_busy,
    .cancel = cancel,
};
