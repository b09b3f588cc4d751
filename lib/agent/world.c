/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include "base/error.h"
#include "base/status.h"

/* splitmix64, by Sebastiano Vigna: a full-period mixer, for hosts without a source of their own. */
static uint32_t mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t provi_agent_entropy(struct prov_agent *agent)
{
    const struct prov_host *host = &agent->host;
    return host->entropy ? host->entropy(host->ctx) : mix(&agent->entropy);
}

int64_t provi_agent_now_ms(const struct prov_agent *agent)
{
    return agent->host.mono_ms(agent->host.ctx);
}

int64_t provi_agent_left_ms(const struct prov_agent *agent, int64_t then_ms)
{
    int64_t left = then_ms - provi_agent_now_ms(agent);
    return left > 0 ? left : 0;
}

void provi_agent_world(struct prov_agent *agent, struct prov_world *world)
{
    const struct prov_host *host = &agent->host;
    *world = (struct prov_world){
        .size = sizeof *world,
        .mono_ms = provi_agent_now_ms(agent),
        .idle = !host->is_idle || host->is_idle(host->ctx),
    };
    if (host->wall_s)
        world->wall_valid = host->wall_s(host->ctx, &world->wall_s, &world->utc_offset_s);
    agent->entropy ^= (uint64_t)world->mono_ms;
    world->entropy = provi_agent_entropy(agent);
}

prov_status provi_host_status(prov_status status, struct prov_error *err)
{
    if (status == PROV_OK)
        return PROV_OK;
    if (!provi_status_is_known(status)) {
        provi_fail(err, PROV_E_HOST, "the host refused with %d", (int)status);
        provi_error_native(err, PROV_ORIGIN_HOST, status);
        return PROV_E_HOST;
    }
    if (err && err->status == PROV_OK)
        provi_fail(err, status, "the host: %s", prov_status_text(status));
    return status;
}

void provi_agent_event(struct prov_agent *agent, struct prov_event *event)
{
    event->size = sizeof *event;
    if (agent->host.event)
        agent->host.event(agent->host.ctx, event);
}

void provi_agent_wake(struct prov_agent *agent)
{
    if (!agent->is_processing && agent->host.wake)
        agent->host.wake(agent->host.ctx);
}
