/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The next resync and the reason why it waits: computed at the end of each step, and returned at
 * any time. */
#include "sched/sched_priv.h"

#include "base/abi.h"

/* Poll the lines, for hosts that do not notify when they become idle. */
#define LINE_POLL_MS (60 * PROVI_MS_PER_S)

/* A future resync. */
struct view {
    uint32_t cause;
    uint32_t why;
    int64_t since_ms;
    int64_t step_ms;     /* latest time of the next step; PROVI_NEVER: none */
    int64_t expected_ms; /* PROVI_NEVER: unknown */
};

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    if (a_ms == PROVI_NEVER || b_ms == PROVI_NEVER)
        return a_ms == PROVI_NEVER ? b_ms : a_ms;
    return a_ms < b_ms ? a_ms : b_ms;
}

/* Add a candidate: keep the earliest expected time, and the earliest time of a step. */
static void consider(struct view *view, const struct view *other)
{
    int64_t step_ms = earlier(view->step_ms, other->step_ms);
    bool is_first = other->expected_ms != PROVI_NEVER &&
                    earlier(view->expected_ms, other->expected_ms) != view->expected_ms;
    if (view->cause == PROV_CAUSE_NONE || is_first)
        *view = *other;
    view->step_ms = step_ms;
}

/* The wall clock counts whole seconds, so the computed time varies by up to a second between steps.
 * The previous result remains valid while it is in the future and within the same second. */
static int64_t at_expected_ms(const struct provi_step *step)
{
    const struct provi_sched_state *state = step->state;
    int64_t previous_ms = state->view_expected_ms;
    int64_t expected_ms = provi_at_expected_ms(step);
    int64_t moved_ms = expected_ms - previous_ms;
    bool is_same = expected_ms != PROVI_NEVER && state->view_cause == PROV_CAUSE_AT &&
                   previous_ms > state->now_ms && moved_ms > -PROVI_MS_PER_S &&
                   moved_ms < PROVI_MS_PER_S;
    return is_same ? previous_ms : expected_ms;
}

static void consider_at(const struct provi_step *step, struct view *view)
{
    uint32_t why = step->at.has_clock ? PROV_WHY_TIMER : PROV_WHY_CLOCK;
    int64_t expected_ms = at_expected_ms(step);
    int64_t step_ms = earlier(provi_at_poll_ms(step), expected_ms);
    if (step->at.is_set)
        consider(view, &(struct view){PROV_CAUSE_AT, why, PROVI_NEVER, step_ms, expected_ms});
}

/* No resync is due: the next timer. */
static struct view view_timers(const struct provi_step *step)
{
    const struct provi_sched_state *state = step->state;
    struct view view = {PROV_CAUSE_NONE, PROV_WHY_NOTHING, PROVI_NEVER, PROVI_NEVER, PROVI_NEVER};
    if (state->boot_due_ms != PROVI_NEVER)
        consider(&view, &(struct view){state->boot_cause, PROV_WHY_TIMER, state->boot_base_ms,
                                       state->boot_due_ms, state->boot_due_ms});
    bool awaits_link = state->is_link_lost && state->repeat == PROVI_REPEAT_RETRY;
    if (provi_timers_repeats(step))
        consider(&view,
                 &(struct view){provi_timers_repeat_cause(step),
                                awaits_link ? PROV_WHY_NETWORK : PROV_WHY_TIMER,
                                state->repeat_base_ms, state->repeat_due_ms, state->repeat_due_ms});
    consider_at(step, &view);
    if (step->dialect.triggers_start && step->settings.has_triggers)
        consider(&view, &(struct view){PROV_CAUSE_TRIGGER, PROV_WHY_TRIGGER, PROVI_NEVER,
                                       state->trigger_due_ms, PROVI_NEVER});
    if (!step->settings.provision_enable) {
        view.why = PROV_WHY_DISABLED;
        view.expected_ms = PROVI_NEVER;
    } else if (state->is_blocked && view.cause != PROV_CAUSE_NONE) {
        view.why = PROV_WHY_TRIGGER;
    }
    return view;
}

/* A resync is due but waits for the lines. */
static struct view view_held(const struct provi_step *step, uint32_t cause, int64_t since_ms)
{
    struct provi_hold hold = provi_start_hold(step, cause, since_ms);
    bool is_poll = hold.why == PROV_WHY_LINE && hold.until_ms == PROVI_NEVER;
    int64_t step_ms = is_poll ? step->state->now_ms + LINE_POLL_MS : hold.until_ms;
    return (struct view){cause, hold.why, since_ms, step_ms, hold.until_ms};
}

static struct view view_waiting(const struct provi_step *step)
{
    const struct provi_sched_state *state = step->state;
    struct view view = state->admitted ? view_held(step, state->admitted, state->admitted_since_ms)
                                       : view_timers(step);
    if (!state->requested)
        return view;
    struct view request = view_held(step, state->requested, state->request_since_ms);
    request.step_ms = earlier(request.step_ms, view.step_ms);
    return request;
}

static struct view view_next(const struct provi_step *step)
{
    const struct provi_sched_state *state = step->state;
    if (state->phase == PROVI_PHASE_RUNNING)
        return (struct view){state->running, PROV_WHY_RUNNING, state->running_since_ms, PROVI_NEVER,
                             PROVI_NEVER};
    if (!step->settings.unreadable && state->phase == PROVI_PHASE_ASKING)
        return (struct view){state->admitted, PROV_WHY_TRIGGER, state->admitted_since_ms,
                             state->now_ms, state->now_ms};
    struct view view = view_waiting(step);
    if (step->settings.unreadable) { /* no resync starts until the settings can be read again */
        view.why = PROV_WHY_UNREADABLE;
        view.step_ms = state->now_ms + PROVI_AGAIN_MS;
        view.expected_ms = PROVI_NEVER;
    }
    return view;
}

void provi_due_record(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    struct view view = view_next(step);
    /* The number of the retry that is armed, or under way. */
    uint32_t retry = state->retry_index + (state->repeat == PROVI_REPEAT_RETRY);
    state->view_cause = (uint8_t)view.cause;
    state->view_why = (uint8_t)view.why;
    state->view_retry = view.cause == PROV_CAUSE_RETRY ? retry : 0;
    state->view_since_ms = view.since_ms;
    state->view_due_ms = view.step_ms;
    state->view_expected_ms = view.expected_ms;
}

struct prov_sched_action provi_due_action(const struct provi_sched_state *state)
{
    struct prov_sched_action action = {
        .size = sizeof action,
        .type = PROV_SCHED_WAIT,
        .due_ms = PROVI_NEVER,
        .since_ms = PROVI_NEVER,
        .expected_ms = PROVI_NEVER,
    };
    if (state->phase == PROVI_PHASE_OFF)
        return action;
    action.cause = state->view_cause;
    action.why = state->view_why;
    action.retry = state->view_retry;
    action.n_retries = state->view_retry ? state->n_retries : 0;
    action.due_ms = state->view_due_ms;
    action.since_ms = state->view_since_ms;
    action.expected_ms = state->view_expected_ms;
    return action;
}

prov_status prov_sched_due(const struct prov_sched *sched, struct prov_sched_action *action)
{
    if (!sched || !action)
        return PROV_E_INVALID;
    struct provi_sched_state state;
    provi_sched_load(&state, sched);
    struct prov_sched_action answer = provi_due_action(&state);
    return provi_abi_out(action, &answer, sizeof answer);
}
