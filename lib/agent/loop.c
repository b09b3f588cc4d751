/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/agent.h>

#include "agent/agent_priv.h"
#include "agent/clockwork.h"
#include "agent/custom_ca_install.h"
#include "agent/life.h"
#include "agent/resync.h"
#include "agent/take_back.h"
#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"

/* ---- when to come back, and for whom to wait ---- */

/* A reboot would cut the custom CA off, which is looked for after resyncs only. */
static bool is_reboot_due(const struct prov_agent *agent)
{
    return agent->is_reboot_wanted && !provi_custom_ca_is_busy(agent);
}

/* What comes in between the end of a trial and its return would be taken back as well. */
static bool may_start(const struct prov_agent *agent)
{
    return agent->start_cause && !provi_trial_is_over(agent);
}

static bool may_go_on(const struct prov_agent *agent)
{
    return (may_start(agent) && !provi_hold_waits(agent, PROV_STAGE_FETCH)) ||
           (is_reboot_due(agent) && !provi_hold_waits(agent, PROV_STAGE_REBOOT));
}

static bool has_work(const struct prov_agent *agent)
{
    return agent->is_touched || may_go_on(agent) || provi_resync_is_due(agent) ||
           provi_syslog_is_due(agent) || provi_custom_ca_is_due(agent);
}

/* The earlier of two waits; negative means not by time. */
static int64_t sooner(int64_t a, int64_t b)
{
    if (a < 0)
        return b;
    return b >= 0 && b < a ? b : a;
}

static int64_t next_due_ms(struct prov_agent *agent)
{
    if (has_work(agent))
        return 0;
    int64_t wait = agent->due_ms >= 0 ? provi_agent_left_ms(agent, agent->due_ms) : -1;
    wait = sooner(wait, provi_take_back_timeout_ms(agent));
    wait = sooner(wait, provi_hold_timeout_ms(agent));
    wait = sooner(wait, provi_account_timeout_ms(agent));
    wait = sooner(wait, provi_resync_timeout_ms(agent));
    wait = sooner(wait, provi_custom_ca_timeout_ms(agent));
    wait = sooner(wait, provi_syslog_timeout_ms(agent));
    for (size_t i = 0; i < agent->n_transports; i++) {
        const struct prov_transport *transport = &agent->transports[i];
        if (!agent->is_shared[i] && transport->timeout_ms)
            wait = sooner(wait, transport->timeout_ms(transport->ctx));
    }
    return wait;
}

int64_t prov_agent_timeout_ms(prov_agent *agent)
{
    if (!agent)
        return -1;
    provi_agent_enter(agent);
    int64_t wait = next_due_ms(agent);
    return provi_agent_leave(agent) ? 0 : wait;
}

size_t prov_agent_pollfds(prov_agent *agent, struct prov_pollfd *fds, size_t cap)
{
    size_t n = 0;
    if (!agent)
        return 0;
    provi_agent_enter(agent);
    for (size_t i = 0; i < agent->n_transports; i++) {
        const struct prov_transport *transport = &agent->transports[i];
        if (agent->is_shared[i] || !transport->pollfds)
            continue;
        size_t room = n < cap ? cap - n : 0;
        n += transport->pollfds(transport->ctx, room ? fds + n : NULL, room);
    }
    return provi_agent_leave(agent) ? 0 : n;
}

/* ---- a turn ---- */

/* All of them, whatever becomes of one; what is returned is the first failure. */
static prov_status drive_transports(struct prov_agent *agent, struct prov_error *err)
{
    prov_status first = PROV_OK;
    for (size_t i = 0; i < agent->n_transports; i++) {
        const struct prov_transport *transport = &agent->transports[i];
        if (agent->is_shared[i] || !transport->process)
            continue;
        prov_status status = transport->process(transport->ctx, first == PROV_OK ? err : NULL);
        if (first == PROV_OK)
            first = status;
    }
    return first;
}

/* Once. What was on trial comes first: the others read the values that count. */
static void boot(struct prov_agent *agent)
{
    if (agent->is_booted)
        return;
    agent->is_booted = true;
    provi_take_back_boot(agent);
    provi_known_recall(agent);
    provi_custom_ca_boot(agent);
    provi_clockwork_boot(agent);
}

/* A resync may end at once, and the clockwork may start the next one that waits. */
static void run_resyncs(struct prov_agent *agent)
{
    provi_resync_process(agent);
    while (may_start(agent) && provi_hold_allows_start(agent)) {
        uint32_t cause = agent->start_cause;
        agent->start_cause = PROV_CAUSE_NONE;
        provi_resync_start(agent, cause);
        provi_resync_process(agent);
    }
}

/* What has to be known after it is kept first. */
static void ask_for_reboot(struct prov_agent *agent)
{
    if (!is_reboot_due(agent) || !provi_hold_allows(agent, PROV_STAGE_REBOOT))
        return;
    agent->is_reboot_wanted = false;
    provi_trial_before_reboot(agent);
    provi_clockwork_keep(agent);
    struct prov_event event = {.type = PROV_EVENT_REBOOT_WANTED};
    provi_agent_event(agent, &event);
}

/* What follows the transports, in this order. */
static void (*const steps[])(struct prov_agent *) = {
    boot,
    provi_clockwork_tick,
    provi_take_back_process,
    run_resyncs,
    provi_custom_ca_process,
    ask_for_reboot,
    provi_syslog_process,
};

prov_status provi_agent_turn(struct prov_agent *agent, struct prov_error *err)
{
    provi_agent_enter(agent);
    agent->is_processing = true;
    agent->is_touched = false;
    prov_status status = drive_transports(agent, err);
    for (size_t i = 0; i < PROVI_LEN(steps) && !agent->is_doomed; i++)
        steps[i](agent);
    agent->is_processing = false;
    return provi_agent_leave(agent) ? provi_fail_gone(err) : status;
}

prov_status prov_agent_process(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    if (agent->n_inside > 0)
        return provi_fail(err, PROV_E_STATE, "called from one of the agent's own callbacks");
    return provi_agent_turn(agent, err);
}

prov_status prov_agent_due(const prov_agent *agent, struct prov_sched_action *action)
{
    if (!agent || !action)
        return PROV_E_INVALID;
    struct prov_sched_action due = {.size = sizeof due};
    prov_sched_due(&agent->sched, &due);
    due.due_ms = provi_host_moment(agent, due.due_ms);
    due.since_ms = provi_host_moment(agent, due.since_ms);
    due.expected_ms = provi_host_moment(agent, due.expected_ms);
    return provi_abi_out(action, &due, sizeof due);
}

bool prov_agent_is_busy(const prov_agent *agent)
{
    return agent && (agent->wish.cause || agent->resync || provi_syslog_is_busy(agent) ||
                     provi_custom_ca_is_busy(agent));
}
