/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The step function: take in the event, then settle what follows from it. */
#include "sched/sched_priv.h"

#include "base/abi.h"

/* Beyond this no sum of a moment and a delay fits any more. */
#define LATEST_MS (INT64_C(1) << 61)

/* What the settings no longer allow is not waited for. */
static void drop_forbidden(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    if (state->requested && provi_gate(step, state->requested) != PROV_WHY_NOTHING)
        state->requested = PROV_CAUSE_NONE;
    uint32_t cause = state->admitted;
    if (cause && provi_gate(step, cause) != PROV_WHY_NOTHING) {
        state->admitted = PROV_CAUSE_NONE;
        state->phase = PROVI_PHASE_WAITING;
        provi_timers_skip(step, cause);
    }
}

/* Let the first timer that has run out stand for all; skipping arms later ones, so this ends. */
static void admit_due(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    uint32_t cause;
    int64_t since_ms;
    while (!state->admitted && (cause = provi_timers_take(step, &since_ms)) != PROV_CAUSE_NONE) {
        if (provi_gate(step, cause) != PROV_WHY_NOTHING) {
            provi_timers_skip(step, cause);
            continue;
        }
        state->admitted = (uint8_t)cause;
        state->admitted_since_ms = since_ms;
        if (provi_asks_triggers(step, cause))
            state->phase = PROVI_PHASE_ASKING;
    }
}

static bool may_start(const struct provi_step *step, uint32_t cause, int64_t since_ms)
{
    if (cause == PROV_CAUSE_NONE)
        return false;
    return provi_line_hold(step, provi_cause_is_explicit(cause), since_ms).why == PROV_WHY_NOTHING;
}

static uint32_t start(struct provi_sched_state *state, uint8_t *waiting_cause, int64_t since_ms)
{
    state->running = *waiting_cause;
    state->running_since_ms = since_ms;
    state->phase = PROVI_PHASE_RUNNING;
    state->is_blocked = 0;
    *waiting_cause = PROV_CAUSE_NONE;
    return PROV_SCHED_START;
}

/* Returns what the caller is to do; enum prov_sched_action_type. */
static uint32_t settle(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    if (state->phase == PROVI_PHASE_RUNNING || step->settings.unreadable)
        return PROV_SCHED_WAIT;
    drop_forbidden(step);
    if (state->phase == PROVI_PHASE_ASKING && !provi_asks_triggers(step, state->admitted))
        state->phase = PROVI_PHASE_WAITING;
    admit_due(step);
    if (state->phase == PROVI_PHASE_ASKING)
        return PROV_SCHED_ASK_TRIGGERS;
    if (may_start(step, state->requested, state->request_since_ms))
        return start(state, &state->requested, state->request_since_ms);
    if (may_start(step, state->admitted, state->admitted_since_ms))
        return start(state, &state->admitted, state->admitted_since_ms);
    return PROV_SCHED_WAIT;
}

static prov_status on_boot(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    bool is_boot_cause = event->cause == PROV_CAUSE_NONE || event->cause == PROV_CAUSE_POWER_UP ||
                         event->cause == PROV_CAUSE_AFTER_UPGRADE;
    if (!is_boot_cause)
        return PROV_E_INVALID;
    if (state->phase != PROVI_PHASE_OFF)
        return PROV_E_STATE;
    state->busy_ms = state->is_busy ? state->now_ms : PROVI_NEVER;
    state->at_seed = provi_draw_mix(step->world.entropy, 1);
    provi_at_look(step); /* the seed is new */
    provi_timers_boot(step, event->cause);
    state->phase = PROVI_PHASE_WAITING;
    return PROV_OK;
}

/* One request is remembered, the latest; it waits since the first. */
static prov_status on_request(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    if (!provi_cause_is_explicit(event->cause))
        return PROV_E_INVALID;
    if (state->requested == PROV_CAUSE_NONE)
        state->request_since_ms = state->now_ms;
    state->requested = (uint8_t)event->cause;
    return PROV_OK;
}

/* Whether the answer lets `admitted` go on. Where triggers start, only their becoming true does. */
static bool is_let_through(struct provi_step *step, bool is_true)
{
    struct provi_sched_state *state = step->state;
    if (!step->dialect.triggers_start)
        return is_true;
    bool was_true = state->is_trigger_true;
    state->is_trigger_true = is_true;
    return is_true && !was_true;
}

static prov_status on_triggers(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    if (state->phase != PROVI_PHASE_ASKING)
        return PROV_E_STATE;
    state->phase = PROVI_PHASE_WAITING;
    if (is_let_through(step, event->ok))
        return PROV_OK;
    uint32_t cause = state->admitted;
    state->admitted = PROV_CAUSE_NONE;
    state->is_blocked = !step->dialect.triggers_start;
    provi_timers_skip(step, cause);
    return PROV_OK;
}

/* Arming what repeats replaces an occurrence of it that still waits for the lines. */
static prov_status on_done(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    if (state->phase != PROVI_PHASE_RUNNING)
        return PROV_E_STATE;
    state->phase = PROVI_PHASE_WAITING;
    state->running = PROV_CAUSE_NONE;
    if (state->admitted == PROV_CAUSE_PERIODIC || state->admitted == PROV_CAUSE_RETRY)
        state->admitted = PROV_CAUSE_NONE;
    provi_timers_done(step, event);
    return PROV_OK;
}

static prov_status on_upgraded(struct provi_step *step)
{
    provi_timers_upgraded(step);
    return PROV_OK;
}

static prov_status on_event(struct provi_step *step, const struct prov_sched_event *event)
{
    if (event->type == PROV_SCHED_BOOT)
        return on_boot(step, event);
    if (step->state->phase == PROVI_PHASE_OFF)
        return PROV_E_STATE;
    switch (event->type) {
    case PROV_SCHED_TICK: return PROV_OK;
    case PROV_SCHED_REQUEST: return on_request(step, event);
    case PROV_SCHED_TRIGGERS: return on_triggers(step, event);
    case PROV_SCHED_DONE: return on_done(step, event);
    case PROV_SCHED_UPGRADED: return on_upgraded(step);
    default: return PROV_E_INVALID;
    }
}

/* A request that the settings forbid changes nothing. */
static bool is_refused(const struct provi_step *step, const struct prov_sched_event *event,
                       uint32_t *why)
{
    *why = PROV_WHY_NOTHING;
    if (event->type == PROV_SCHED_REQUEST && provi_cause_is_explicit(event->cause))
        *why = provi_gate(step, event->cause);
    return *why != PROV_WHY_NOTHING && step->state->phase != PROVI_PHASE_OFF;
}

static bool is_text(prov_str text)
{
    return text.data || text.len == 0;
}

/* Copy what the caller handed in, so that every release reads the same structs. */
static prov_status read_input(struct provi_step *step, const struct prov_sched_settings *settings,
                              const struct prov_world *world)
{
    prov_status status = provi_abi_in(&step->world, sizeof step->world, world, NULL);
    if (status == PROV_OK)
        status = provi_abi_in(&step->settings, sizeof step->settings, settings, NULL);
    if (status == PROV_OK)
        status = provi_abi_in(&step->dialect, sizeof step->dialect, step->settings.dialect, NULL);
    if (status != PROV_OK)
        return status;
    bool is_valid = step->world.mono_ms >= 0 && step->world.mono_ms <= LATEST_MS &&
                    is_text(step->settings.periodic) && is_text(step->settings.error_retry) &&
                    is_text(step->settings.resync_at);
    return is_valid ? PROV_OK : PROV_E_INVALID;
}

/* Bring the state up to the world of this step. */
static void look_around(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    if (step->world.mono_ms > state->now_ms)
        state->now_ms = step->world.mono_ms;
    provi_line_observe(step);
    provi_at_look(step);
    provi_timers_refresh(step);
}

static prov_status run(struct provi_step *step, const struct prov_sched_event *event,
                       struct prov_sched_action *answer)
{
    uint32_t type = PROV_SCHED_REFUSED;
    uint32_t why;
    look_around(step);
    bool refused = is_refused(step, event, &why);
    if (!refused) {
        prov_status status = on_event(step, event);
        if (status != PROV_OK)
            return status;
        type = settle(step);
    }
    provi_due_note(step);
    *answer = provi_due_action(step->state);
    answer->type = type;
    if (refused) {
        answer->cause = event->cause;
        answer->why = why;
    }
    return PROV_OK;
}

prov_status prov_sched_step(struct prov_sched *sched, const struct prov_sched_event *event,
                            const struct prov_sched_settings *settings,
                            const struct prov_world *world, struct prov_sched_action *action)
{
    if (!sched || !event || !settings || !world || !action)
        return PROV_E_INVALID;

    struct prov_sched_event happened;
    struct provi_step step;
    prov_status status = provi_abi_in(&happened, sizeof happened, event, NULL);
    if (status == PROV_OK)
        status = read_input(&step, settings, world);
    if (status != PROV_OK)
        return status;

    struct provi_sched_state state;
    struct prov_sched_action answer;
    provi_sched_load(&state, sched);
    step.state = &state;
    status = run(&step, &happened, &answer);
    if (status == PROV_OK)
        status = provi_abi_out(action, &answer, sizeof answer);
    if (status == PROV_OK)
        provi_sched_keep(sched, &state);
    return status;
}
