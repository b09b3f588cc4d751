/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sched/sched_priv.h"

#include "base/abi.h"
#include "base/str.h"

/* Beyond this, the sum of a time and a delay could overflow. */
#define LATEST_MS (INT64_C(1) << 61)

/* Drop waiting resyncs that the settings no longer permit. */
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

/* Delay a resync that was due while the device slept, as all devices of a site may have. */
static void delay_admitted(const struct provi_step *step)
{
    step->state->admitted_from_ms =
        step->state->now_ms + provi_spread_ms(step->settings.jitter_s, step->world.entropy);
}

/* One resync serves all expired timers. A skipped timer is armed for later, so the loop ends. */
static void admit_due(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    uint32_t cause;
    int64_t since_ms;
    while (!state->admitted && (cause = provi_timers_consume(step, &since_ms)) != PROV_CAUSE_NONE) {
        if (provi_gate(step, cause) != PROV_WHY_NOTHING) {
            provi_timers_skip(step, cause);
            continue;
        }
        state->admitted = (uint8_t)cause;
        state->admitted_since_ms = since_ms;
        state->admitted_from_ms = 0;
        if (step->is_late)
            delay_admitted(step);
        if (provi_needs_triggers(step, cause))
            state->phase = PROVI_PHASE_ASKING;
    }
}

static bool may_start(const struct provi_step *step, uint32_t cause, int64_t since_ms)
{
    if (cause == PROV_CAUSE_NONE)
        return false;
    return provi_start_hold(step, cause, since_ms).why == PROV_WHY_NOTHING;
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

/* Returns an enum prov_sched_action_type. */
static uint32_t settle(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    if (state->phase == PROVI_PHASE_RUNNING || step->settings.unreadable)
        return PROV_SCHED_WAIT;
    drop_forbidden(step);
    if (state->phase == PROVI_PHASE_ASKING && !provi_needs_triggers(step, state->admitted))
        state->phase = PROVI_PHASE_WAITING;
    if (state->admitted && step->is_late && state->admitted_from_ms == 0)
        delay_admitted(step);
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
    state->busy_ms = PROVI_NEVER; /* also during a call: the next step sets it */
    state->at_seed = provi_draw_mix(step->world.entropy, 1);
    provi_timers_boot(step, event->cause);
    state->phase = PROVI_PHASE_WAITING;
    return PROV_OK;
}

/* Only the latest request is recorded, with the time of the first. */
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

static prov_status on_triggers(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    if (state->phase != PROVI_PHASE_ASKING)
        return PROV_E_STATE;
    state->phase = PROVI_PHASE_WAITING;
    bool is_allowed = event->ok;
    if (step->dialect.triggers_start) { /* a trigger starts a resync only when it becomes true */
        is_allowed = event->ok && !state->is_trigger_true;
        state->is_trigger_true = event->ok;
    }
    if (is_allowed)
        return PROV_OK;
    uint32_t cause = state->admitted;
    state->admitted = PROV_CAUSE_NONE;
    state->is_blocked = !step->dialect.triggers_start;
    provi_timers_skip(step, cause);
    return PROV_OK;
}

/* Arming the repeating timer replaces an expired one whose resync still waits for the lines. */
static prov_status on_done(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    if (state->phase != PROVI_PHASE_RUNNING)
        return PROV_E_STATE;
    state->phase = PROVI_PHASE_WAITING;
    if (state->admitted == PROV_CAUSE_PERIODIC || state->admitted == PROV_CAUSE_RETRY)
        state->admitted = PROV_CAUSE_NONE;
    provi_timers_done(step, event);
    return PROV_OK;
}

/* Arm the retry, so that a cancelled device requests its file again. */
static prov_status on_cancelled(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    const struct prov_sched_event failed = {.size = sizeof failed, .type = PROV_SCHED_DONE};
    bool is_due = state->phase == PROVI_PHASE_RUNNING || state->admitted != PROV_CAUSE_NONE;
    state->phase = PROVI_PHASE_WAITING;
    state->admitted = state->requested = PROV_CAUSE_NONE;
    state->is_link_new = 0;
    if (is_due)
        provi_timers_done(step, &failed);
    return PROV_OK;
}

/* A running resync began on the old link; if it fails, its retry comes soon. */
static prov_status on_network(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    if (event->network < PROV_NETWORK_LOST || event->network > PROV_NETWORK_CHANGED)
        return PROV_E_INVALID;
    state->is_link_lost = event->network == PROV_NETWORK_LOST;
    state->is_link_new = !state->is_link_lost && state->phase == PROVI_PHASE_RUNNING;
    if (!state->is_link_lost)
        provi_timers_hurry(step);
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
    case PROV_SCHED_UPGRADED: provi_timers_upgraded(step); return PROV_OK;
    case PROV_SCHED_CANCELLED: return on_cancelled(step);
    case PROV_SCHED_NETWORK: return on_network(step, event);
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

/* Copy the caller's structs to those of this release. */
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
                    provi_str_is_sound(step->settings.periodic) &&
                    provi_str_is_sound(step->settings.error_retry) &&
                    provi_str_is_sound(step->settings.resync_at);
    return is_valid ? PROV_OK : PROV_E_INVALID;
}

/* Update the state to the world of this step. */
static void update(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    if (step->world.mono_ms > state->now_ms)
        state->now_ms = step->world.mono_ms;
    step->is_late = state->phase != PROVI_PHASE_OFF && state->view_due_ms != PROVI_NEVER &&
                    provi_spread_is_late(state->now_ms, state->view_due_ms);
    bool is_busy = !step->world.is_idle;
    if (is_busy || state->is_busy)
        state->busy_ms = state->now_ms;
    state->is_busy = is_busy;
    provi_at_locate(step);
    provi_timers_refresh(step);
}

static prov_status run(struct provi_step *step, const struct prov_sched_event *event,
                       struct prov_sched_action *answer)
{
    uint32_t type = PROV_SCHED_REFUSED;
    uint32_t why;
    update(step);
    bool refused = is_refused(step, event, &why);
    if (!refused) {
        prov_status status = on_event(step, event);
        if (status != PROV_OK)
            return status;
        type = settle(step);
    }
    provi_due_record(step);
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
        provi_sched_store(sched, &state);
    return status;
}

static struct provi_hold hold_until(const struct provi_step *step, uint32_t why, int64_t until_ms)
{
    if (until_ms <= step->state->now_ms)
        return (struct provi_hold){PROV_WHY_NOTHING, PROVI_NEVER};
    return (struct provi_hold){why, until_ms};
}

/*
 * Forced_Resync_Delay: no resync starts during a call. An automatic one also waits until the lines
 * have been idle for that long since the last call, or until it has been due for that long. MPP
 * Administration Guide 11.3, "Provisioning"; SPA Provisioning Guide 3, same parameter.
 */
static struct provi_hold line_hold(const struct provi_step *step, bool is_explicit,
                                   int64_t since_ms)
{
    const struct provi_sched_state *state = step->state;
    int64_t delay_ms = step->settings.forced_delay_s * PROVI_MS_PER_S;
    int64_t deadline_ms = since_ms + delay_ms;
    if (state->is_busy) {
        if (step->dialect.force_on_deadline)
            return hold_until(step, PROV_WHY_LINE, deadline_ms);
        return (struct provi_hold){PROV_WHY_LINE, PROVI_NEVER};
    }
    if (is_explicit || state->busy_ms == PROVI_NEVER)
        return (struct provi_hold){PROV_WHY_NOTHING, PROVI_NEVER};
    int64_t quiet_ms = state->busy_ms + delay_ms;
    return hold_until(step, PROV_WHY_IDLE_DELAY, quiet_ms < deadline_ms ? quiet_ms : deadline_ms);
}

/* After a sleep, only resyncs of timers are delayed; a request concerns one device. */
struct provi_hold provi_start_hold(const struct provi_step *step, uint32_t cause, int64_t since_ms)
{
    bool is_explicit = provi_cause_is_explicit(cause);
    struct provi_hold hold = line_hold(step, is_explicit, since_ms);
    if (hold.why == PROV_WHY_NOTHING && !is_explicit)
        hold = hold_until(step, PROV_WHY_TIMER, step->state->admitted_from_ms);
    return hold;
}
