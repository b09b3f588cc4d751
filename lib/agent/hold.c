/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/hold.h"

#include "agent/agent_priv.h"

enum {
    DEFAULT_MAX_DEFER_S = 3600,
    LINE_POLL_MS = 10000, /* for a host that does not tell when its lines are idle */
};

static int64_t longest_ms(const struct prov_agent *agent)
{
    uint32_t s = agent->max_defer_s ? agent->max_defer_s : DEFAULT_MAX_DEFER_S;
    return (int64_t)s * 1000;
}

static void tell(struct prov_agent *agent, enum prov_stage stage, int64_t in_ms)
{
    struct prov_event event = {
        .type = PROV_EVENT_DEFERRED,
        .stage = stage,
        .in_ms = in_ms,
        .at_most_ms = longest_ms(agent),
    };
    provi_agent_event(agent, &event);
}

bool provi_hold_allows(struct prov_agent *agent, enum prov_stage stage)
{
    struct provi_hold *hold = &agent->holds[stage];
    if (!agent->host.defer_ms) {
        hold->is_on = false;
        return true;
    }
    if (provi_hold_waits(agent, stage))
        return false;
    int64_t now = provi_agent_now_ms(agent);
    int64_t since = hold->is_on ? hold->since_ms : now;
    int64_t left = since + longest_ms(agent) - now;
    int64_t wait = left > 0 ? agent->host.defer_ms(agent->host.ctx, stage) : 0;
    if (wait > left)
        wait = left;
    bool is_told = hold->is_on && hold->is_told;
    *hold = (struct provi_hold){
        .is_on = wait > 0, .is_told = wait > 0, .since_ms = since, .until_ms = now + wait};
    if (hold->is_on && !is_told)
        tell(agent, stage, wait);
    return !hold->is_on;
}

static bool is_idle(const struct prov_agent *agent)
{
    const struct prov_host *host = &agent->host;
    return !host->is_idle || host->is_idle(host->ctx);
}

/* Lines are active: look at them again soon, for a host that does not tell when they are idle. */
static void wait_for_lines(struct prov_agent *agent, enum prov_stage stage)
{
    struct provi_hold *hold = &agent->holds[stage];
    int64_t now = provi_agent_now_ms(agent);
    if (!hold->is_on)
        *hold = (struct provi_hold){.is_on = true, .since_ms = now, .until_ms = now};
    if (hold->until_ms <= now)
        hold->until_ms = now + LINE_POLL_MS;
}

bool provi_hold_lines_are_idle(struct prov_agent *agent, enum prov_stage stage)
{
    if (is_idle(agent))
        return true;
    wait_for_lines(agent, stage);
    return false;
}

/* The clockwork has seen idle lines already, unless it took long since. */
bool provi_hold_allows_start(struct prov_agent *agent)
{
    if (agent->holds[PROV_STAGE_FETCH].is_on && !provi_hold_lines_are_idle(agent, PROV_STAGE_FETCH))
        return false;
    return provi_hold_allows(agent, PROV_STAGE_FETCH);
}

void provi_hold_end(struct prov_agent *agent, enum prov_stage stage)
{
    agent->holds[stage] = (struct provi_hold){.is_on = false};
}

bool provi_hold_waits(const struct prov_agent *agent, enum prov_stage stage)
{
    const struct provi_hold *hold = &agent->holds[stage];
    return hold->is_on && provi_agent_left_ms(agent, hold->until_ms) > 0;
}

int64_t provi_hold_timeout_ms(const struct prov_agent *agent)
{
    int64_t wait = -1;
    for (size_t i = 0; i < PROVI_N_STAGES; i++) {
        const struct provi_hold *hold = &agent->holds[i];
        int64_t left = provi_agent_left_ms(agent, hold->until_ms);
        if (hold->is_on && (wait < 0 || left < wait))
            wait = left;
    }
    return wait;
}

void provi_hold_touch(struct prov_agent *agent)
{
    for (size_t i = 0; i < PROVI_N_STAGES; i++)
        agent->holds[i].until_ms = provi_agent_now_ms(agent);
}
