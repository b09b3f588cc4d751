/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include "base/abi.h"
#include "base/error.h"
#include "env/env.h"

static int64_t next_due_ms(struct prov_agent *agent)
{
    const struct provi_env *env = &agent->env;
    if (agent->is_notified)
        return 0;
    int64_t wait = provi_jobs_timeout_ms(&agent->jobs);
    wait = provi_timeout_min(wait, provi_deferral_timeout_ms(env));
    wait = provi_timeout_min(wait, provi_account_timeout_ms(&agent->fetcher));
    for (size_t i = 0; i < env->transports.n; i++) {
        const struct prov_transport *transport = &env->transports.list[i];
        if (transport->timeout_ms)
            wait = provi_timeout_min(wait, transport->timeout_ms(transport->ctx));
    }
    return wait;
}

int64_t prov_agent_timeout_ms(prov_agent *agent)
{
    if (!agent)
        return -1;
    provi_env_enter(&agent->env);
    int64_t wait = next_due_ms(agent);
    return provi_env_leave(&agent->env) ? 0 : wait;
}

size_t prov_agent_pollfds(prov_agent *agent, struct prov_pollfd *fds, size_t cap)
{
    size_t n = 0;
    if (!agent)
        return 0;
    provi_env_enter(&agent->env);
    for (size_t i = 0; i < agent->env.transports.n; i++) {
        const struct prov_transport *transport = &agent->env.transports.list[i];
        if (!transport->pollfds)
            continue;
        size_t room = n < cap ? cap - n : 0;
        n += transport->pollfds(transport->ctx, room ? fds + n : NULL, room);
    }
    return provi_env_leave(&agent->env) ? 0 : n;
}

/* Process all transports, even if one fails. Returns the first failure. */
static prov_status drive_transports(struct provi_env *env, struct prov_error *err)
{
    prov_status first = PROV_OK;
    for (size_t i = 0; i < env->transports.n; i++) {
        const struct prov_transport *transport = &env->transports.list[i];
        if (!transport->process)
            continue;
        prov_status status = transport->process(transport->ctx, first == PROV_OK ? err : NULL);
        if (first == PROV_OK)
            first = status;
    }
    return first;
}

prov_status provi_agent_turn(struct prov_agent *agent, struct prov_error *err)
{
    struct provi_env *env = &agent->env;
    provi_env_enter(env);
    env->is_processing = true;
    agent->is_notified = false;
    prov_status status = drive_transports(env, err);
    if (!env->is_freed && !agent->jobs.is_booted) {
        provi_jobs_notify(&agent->jobs, PROVI_JOB_BOOT);
        if (!env->is_freed)
            provi_jobs_notify(&agent->jobs, PROVI_JOB_BOOTED);
    }
    if (!env->is_freed)
        provi_scheduler_tick(agent);
    provi_jobs_process(&agent->jobs);
    if (!agent->resync.running)
        provi_settings_forget(env);
    env->is_processing = false;
    return provi_env_leave(env) ? provi_fail_gone(err) : status;
}

prov_status prov_agent_process(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    if (agent->env.n_inside > 0)
        return provi_fail(err, PROV_E_STATE, "called from one of the agent's own callbacks");
    return provi_agent_turn(agent, err);
}

prov_status prov_agent_due(const prov_agent *agent, struct prov_sched_action *action)
{
    if (!agent || !action)
        return PROV_E_INVALID;
    struct prov_sched_action due = {.size = sizeof due};
    prov_sched_due(&agent->sched, &due);
    due.due_ms = provi_env_host_moment(&agent->env, due.due_ms);
    due.since_ms = provi_env_host_moment(&agent->env, due.since_ms);
    due.expected_ms = provi_env_host_moment(&agent->env, due.expected_ms);
    return provi_abi_out(action, &due, sizeof due);
}

/* If no resync runs or is about to start, report the scheduled one. */
static void fill_schedule(prov_agent *agent, struct prov_job_status *out)
{
    static const uint8_t waits[] = {
        [PROV_WHY_NOTHING] = PROV_WAIT_NOTHING,  [PROV_WHY_TIMER] = PROV_WAIT_TIME,
        [PROV_WHY_LINE] = PROV_WAIT_LINES,       [PROV_WHY_IDLE_DELAY] = PROV_WAIT_LINES,
        [PROV_WHY_TRIGGER] = PROV_WAIT_TRIGGER,  [PROV_WHY_RUNNING] = PROV_WAIT_NOTHING,
        [PROV_WHY_DISABLED] = PROV_WAIT_NOTHING, [PROV_WHY_FORBIDDEN] = PROV_WAIT_NOTHING,
        [PROV_WHY_CLOCK] = PROV_WAIT_CLOCK,      [PROV_WHY_UNREADABLE] = PROV_WAIT_SETTINGS,
        [PROV_WHY_NETWORK] = PROV_WAIT_NETWORK,
    };
    out->schedule = provi_scheduler_schedule(agent);
    if (out->state != PROV_STATE_IDLE || waits[out->schedule->why] == PROV_WAIT_NOTHING)
        return;
    out->state = PROV_STATE_WAITING;
    out->waits_for = waits[out->schedule->why];
    out->in_ms = out->schedule->in_ms;
}

prov_status prov_agent_status(prov_agent *agent, uint32_t job, struct prov_job_status *out)
{
    bool is_one = job != 0 && (job & (job - 1)) == 0;
    if (!agent || !out || !is_one)
        return PROV_E_INVALID;
    struct prov_job_status status = {.size = sizeof status, .job = job, .in_ms = -1};
    provi_env_enter(&agent->env);
    provi_jobs_status(&agent->jobs, &status);
    if (job == PROV_JOB_RESYNC)
        fill_schedule(agent, &status);
    provi_env_leave(&agent->env);
    return provi_abi_out(out, &status, sizeof status);
}

bool prov_agent_is_busy(const prov_agent *agent)
{
    return agent && provi_jobs_are_busy(&agent->jobs, NULL);
}
