/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/hold.h"

#include "agent/agent_priv.h"

enum {
    DEFAULT_MAX_DEFER_S = 3600,
    LINE_POLL_MS = 1000, /* for a host that does not tell when its lines are idle */
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
    if (!agent->host.defer_ms)
        return true;
    if (provi_hold_waits(agent, stage))
        return false;
    int64_t now = provi_agent_now_ms(agent);
    int64_t since = hold->is_on ? hold->since_ms : now;
    int64_t left = since + longest_ms(agent) - now;
    int64_t wait = left > 0 ? agent->host.defer_ms(agent->host.ctx, stage) : 0;
    if (wait > left)
        wait = left;
    bool is_new = !hold->is_on;
    *hold = (struct provi_hold){.is_on = wait > 0, .since_ms = since, .until_ms = now + wait};
    if (hold->is_on && is_new)
        tell(agent, stage, wait);
    return !hold->is_on;
}

bool provi_hold_allows_start(struct prov_agent *agent)
{
    struct provi_hold *hold = &agent->holds[PROV_STAGE_FETCH];
    const struct prov_host *host = &agent->host;
    if (hold->is_on && host->is_idle && !host->is_idle(host->ctx)) {
        if (!provi_hold_waits(agent, PROV_STAGE_FETCH))
            hold->until_ms = provi_agent_now_ms(agent) + LINE_POLL_MS;
        return false;
    }
    return provi_hold_allows(agent, PROV_STAGE_FETCH);
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
