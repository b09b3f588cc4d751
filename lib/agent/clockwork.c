/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/clockwork.h"

#include "agent/agent_priv.h"
#include "agent/settings.h"
#include "agent/trigger.h"

/* The clock being looked at again is no news; a change of what is expected is. */
static void tell_schedule(struct prov_agent *agent, const struct prov_world *world)
{
    struct prov_sched_action *told = &agent->reported;
    struct prov_sched_action now = {.size = sizeof now};
    prov_sched_due(&agent->sched, &now);
    if (now.cause == told->cause && now.why == told->why && now.retry == told->retry &&
        now.expected_ms == told->expected_ms)
        return;
    *told = now;
    int64_t left = now.expected_ms - world->mono_ms;
    struct prov_event event = {
        .type = PROV_EVENT_SCHEDULED,
        .cause = now.cause,
        .why = now.why,
        .retry = now.retry,
        .in_ms = now.expected_ms < 0 ? -1
                 : left > 0          ? left
                                     : 0,
    };
    provi_agent_event(agent, &event);
}

/* One step of the clockwork; while it asks for the triggers, they are answered. */
static uint32_t step(struct prov_agent *agent, const struct prov_sched_event *event,
                     const struct prov_world *world)
{
    struct provi_settings settings;
    provi_settings_read(&settings, &agent->params);
    agent->action = (struct prov_sched_action){.size = sizeof agent->action, .due_ms = -1};
    prov_sched_step(&agent->sched, event, &settings.sched, world, &agent->action);
    while (agent->action.type == PROV_SCHED_ASK_TRIGGERS) {
        const struct prov_sched_event answer = {
            .size = sizeof answer,
            .type = PROV_SCHED_TRIGGERS,
            .ok = provi_triggers_allow(agent, agent->action.cause),
        };
        prov_sched_step(&agent->sched, &answer, &settings.sched, world, &agent->action);
    }
    if (agent->action.type == PROV_SCHED_START)
        agent->start_cause = agent->action.cause;
    return agent->action.type == PROV_SCHED_REFUSED ? agent->action.why
                                                    : (uint32_t)PROV_WHY_NOTHING;
}

uint32_t provi_clockwork_step(struct prov_agent *agent, const struct prov_sched_event *event)
{
    struct prov_world world;
    provi_agent_world(agent, &world);
    uint32_t why = step(agent, event, &world);
    tell_schedule(agent, &world);
    return why;
}

void provi_clockwork_boot(struct prov_agent *agent)
{
    if (agent->is_booted)
        return;
    agent->is_booted = true;
    const struct prov_sched_event event = {
        .size = sizeof event,
        .type = PROV_SCHED_BOOT,
        .cause = agent->boot_cause == PROV_CAUSE_HOST ? PROV_CAUSE_NONE : agent->boot_cause,
    };
    provi_clockwork_step(agent, &event);
}

void provi_clockwork_tick(struct prov_agent *agent)
{
    const struct prov_sched_event event = {.size = sizeof event, .type = PROV_SCHED_TICK};
    provi_clockwork_boot(agent);
    provi_clockwork_step(agent, &event);
}

void provi_clockwork_done(struct prov_agent *agent, enum prov_outcome outcome, bool fetched,
                          int64_t retry_after_s)
{
    const struct prov_sched_event event = {
        .size = sizeof event,
        .type = PROV_SCHED_DONE,
        .ok = outcome != PROV_OUTCOME_FAILED,
        .fetched = fetched,
        .unchanged = outcome == PROV_OUTCOME_UNCHANGED,
        .retry_after_s = retry_after_s > 0 ? retry_after_s : 0,
    };
    provi_clockwork_step(agent, &event);
}
