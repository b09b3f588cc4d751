/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/report.h>

#include "base/abi.h"
#include "base/error.h"
#include "env/env.h"
#include "jobs/jobs.h"
#include "jobs/report_body.h"

/* The document of a report, to a sink of the host's own. */
static prov_status write(struct provi_jobs *jobs, enum provi_report_kind kind,
                         const struct prov_report_host *host, struct prov_sink sink,
                         struct prov_error *err)
{
    struct provi_env *env = jobs->fetcher->env;
    struct provi_report_body body = {
        .env = env, .kind = kind, .status.jobs = jobs, .status.host = host};
    if (!sink.write || !sink.finish)
        return provi_fail_invalid(err, "sink.write and finish are required");
    if (env->n_inside > 0)
        return provi_fail(err, PROV_E_STATE, "called from one of the agent's own callbacks");
    provi_env_enter(env);
    provi_buffer_init(&body.ikm, 0, true);
    prov_status status = provi_report_body_write(&body, &sink, err);
    provi_report_body_close(&body);
    return provi_env_leave(env) ? provi_fail_gone(err) : status;
}

prov_status prov_agent_write_config(prov_agent *agent, struct prov_sink sink,
                                    struct prov_error *err)
{
    const struct prov_report_host none = {.size = sizeof none};
    if (!agent)
        return provi_fail_invalid(err, "agent");
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    if (!jobs->fetcher->env->host.param)
        return provi_fail_invalid(err, "host.param is required");
    return write(jobs, PROVI_REPORT_FULL, &none, sink, err);
}

prov_status prov_agent_write_status(prov_agent *agent, const struct prov_report_host *host,
                                    struct prov_sink sink, struct prov_error *err)
{
    struct prov_report_host own;
    if (!agent)
        return provi_fail_invalid(err, "agent");
    prov_status status = provi_abi_in(&own, sizeof own, host, err);
    if (status != PROV_OK)
        return status;
    return write(provi_agent_jobs(agent), PROVI_REPORT_STATUS, &own, sink, err);
}
