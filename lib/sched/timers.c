/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The timers other than Resync_At: the resync after a boot; the repeating one (periodic after a
 * success, retry after a failure, never both); and the evaluation of triggers in a dialect in which
 * they start resyncs.
 */
#include "sched/sched_priv.h"

/* Unit of Resync_Random_Delay (MPP Administration Guide 11.3). */
#define RANDOM_DELAY_UNIT_MS UINT64_C(20000)

/* A shorter period or retry would flood the server. */
#define DEFAULT_FLOOR_S 30

/* After so many resyncs in a row that changed nothing, the period is at least a minute. */
#define MANY_UNCHANGED 60
#define UNCHANGED_FLOOR_MS (60 * PROVI_MS_PER_S)

/* Longest Retry-After that is obeyed: a day, like the last default retry delay. */
#define LONGEST_RETRY_AFTER_S PROVI_S_PER_DAY

/* Interval at which triggers are evaluated, in a dialect in which they start resyncs. */
#define TRIGGER_POLL_MS (60 * PROVI_MS_PER_S)

uint32_t provi_gate(const struct provi_step *step, uint32_t cause)
{
    const struct prov_sched_settings *settings = &step->settings;
    bool is_open = true;
    switch (cause) {
    case PROV_CAUSE_POWER_UP: is_open = settings->on_reset; break;
    case PROV_CAUSE_AFTER_UPGRADE: is_open = settings->after_upgrade; break;
    case PROV_CAUSE_SIP:
    case PROV_CAUSE_XML_SIP: is_open = settings->from_sip; break;
    case PROV_CAUSE_MENU: is_open = settings->user_configurable; break;
    default: break;
    }
    if (settings->unreadable)
        return PROV_WHY_NOTHING; /* no resync starts or is dropped */
    if (!settings->provision_enable)
        return PROV_WHY_DISABLED;
    return is_open ? PROV_WHY_NOTHING : PROV_WHY_FORBIDDEN;
}

bool provi_needs_triggers(const struct provi_step *step, uint32_t cause)
{
    if (!step->settings.has_triggers)
        return false;
    return !step->dialect.triggers_start || cause == PROV_CAUSE_TRIGGER;
}

static int64_t floor_ms(const struct provi_step *step)
{
    uint32_t floor_s = step->settings.floor_s ? step->settings.floor_s : DEFAULT_FLOOR_S;
    return floor_s * PROVI_MS_PER_S;
}

static int64_t at_least(int64_t delay_ms, int64_t least_ms)
{
    return delay_ms < least_ms ? least_ms : delay_ms;
}

/* A delay that is constant for this device and @p use, up to a width. */
static int64_t own_delay_ms(const struct provi_step *step, uint32_t width_s, uint32_t use)
{
    uint64_t seed = step->settings.jitter_seed;
    uint32_t own = provi_draw_mix((uint32_t)seed, (uint32_t)(seed >> 32) + use);
    return (int64_t)provi_draw(own, width_s * UINT64_C(1000));
}

/* Jitter of a retry, so that devices that failed together do not retry together. */
static int64_t retry_spread_ms(const struct provi_step *step)
{
    return own_delay_ms(step, step->settings.retry_jitter_s, step->state->retry_index + 1);
}

/* Return the delay of the current element and advance. PROVI_NEVER: off or ended. */
static int64_t next_periodic_delay_ms(const struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    struct provi_delay delay;
    uint32_t n_elements;
    prov_status status =
        provi_delays_find_or_default(step->settings.periodic, "Resync_Periodic", &step->dialect,
                                     state->periodic_index, &delay, &n_elements);
    if (n_elements > 0 && state->periodic_index < n_elements - 1)
        state->periodic_index++; /* the last element repeats */
    if (status != PROV_OK)
        return PROVI_NEVER;
    int64_t delay_ms = at_least(provi_delay_ms(&delay, step->world.entropy), floor_ms(step));
    return state->n_unchanged >= MANY_UNCHANGED ? at_least(delay_ms, UNCHANGED_FLOOR_MS) : delay_ms;
}

/* PROVI_NEVER: off or ended. */
static int64_t retry_delay_ms(const struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    struct provi_delay delay;
    prov_status status =
        provi_delays_find_or_default(step->settings.error_retry, "Resync_Error_Retry_Delay",
                                     &step->dialect, state->retry_index, &delay, &state->n_retries);
    if (status != PROV_OK) {
        /* No further element: SPA phones retry at once on a 0, but only the first time. */
        if (!step->dialect.retry_zero_at_once || state->n_retries == 0)
            return PROVI_NEVER;
        return state->retry_index == 0 ? 0 : floor_ms(step);
    }
    int64_t delay_ms = at_least(provi_delay_ms(&delay, step->world.entropy), floor_ms(step));
    return delay_ms + retry_spread_ms(step);
}

static void arm(struct provi_step *step, uint8_t repeat, int64_t base_ms, int64_t delay_ms)
{
    struct provi_sched_state *state = step->state;
    state->repeat = repeat;
    state->repeat_base_ms = base_ms;
    state->repeat_due_ms = delay_ms < 0 ? PROVI_NEVER : base_ms + delay_ms;
    state->earliest_ms = repeat == PROVI_REPEAT_RETRY ? base_ms + floor_ms(step) : PROVI_NEVER;
}

static void disarm(struct provi_step *step)
{
    arm(step, PROVI_REPEAT_NONE, step->state->now_ms, PROVI_NEVER);
}

static void arm_periodic(struct provi_step *step, int64_t base_ms)
{
    arm(step, PROVI_REPEAT_PERIODIC, base_ms, next_periodic_delay_ms(step));
}

/* Arm a retry, or the period if no retry is left: one of the two is always armed. */
static void arm_retry(struct provi_step *step, int64_t base_ms)
{
    int64_t delay_ms = retry_delay_ms(step);
    if (delay_ms < 0)
        arm_periodic(step, base_ms);
    else
        arm(step, PROVI_REPEAT_RETRY, base_ms, delay_ms);
}

/* Arm the timer that follows the outcome of the last resync. */
static void arm_repeat(struct provi_step *step, int64_t base_ms)
{
    if (step->state->has_failed)
        arm_retry(step, base_ms);
    else
        arm_periodic(step, base_ms);
}

/* Whether a list's text has changed since the last step; if so, its index restarts. */
static bool has_new_text(prov_str text, uint32_t *hash, uint32_t *index)
{
    uint32_t fresh = provi_text_hash(text);
    if (fresh == *hash)
        return false;
    *hash = fresh;
    *index = 0;
    return true;
}

void provi_timers_refresh(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    const struct prov_sched_settings *settings = &step->settings;
    bool new_periodic =
        has_new_text(settings->periodic, &state->periodic_hash, &state->periodic_index);
    bool new_retry = has_new_text(settings->error_retry, &state->retry_hash, &state->retry_index);
    if (!new_periodic && !new_retry)
        return;
    if (state->phase == PROVI_PHASE_OFF)
        state->is_restored = 0; /* the remaining time was measured with the old text */
    if (state->phase == PROVI_PHASE_OFF || state->phase == PROVI_PHASE_RUNNING)
        return;
    bool is_stale = (new_periodic && state->repeat == PROVI_REPEAT_PERIODIC) ||
                    (new_retry && state->repeat == PROVI_REPEAT_RETRY) ||
                    state->repeat_due_ms == PROVI_NEVER;
    if (state->repeat != PROVI_REPEAT_NONE && is_stale)
        arm_repeat(step, state->repeat_base_ms);
}

/* This boot has no resync: continue as after the last one, or the device would never resync
 * again. */
static void resume(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    state->has_failed = state->repeat == PROVI_REPEAT_RETRY || state->retry_index > 0;
    if (state->is_restored && state->repeat_due_ms != PROVI_NEVER)
        arm(step, state->repeat, state->now_ms, state->repeat_due_ms);
    else
        arm_repeat(step, state->now_ms);
}

static void arm_boot(struct provi_sched_state *state, uint32_t cause, int64_t delay_ms)
{
    state->boot_cause = (uint8_t)cause;
    state->boot_base_ms = state->now_ms;
    state->boot_due_ms = state->now_ms + delay_ms;
}

void provi_timers_boot(struct provi_step *step, uint32_t cause)
{
    struct provi_sched_state *state = step->state;
    state->boot_due_ms = PROVI_NEVER;
    state->trigger_due_ms = state->now_ms + TRIGGER_POLL_MS;
    if (cause == PROV_CAUSE_NONE || provi_gate(step, cause) != PROV_WHY_NOTHING) {
        resume(step);
    } else {
        /* Random for each boot, plus a constant of this device. */
        uint64_t most_ms = step->settings.random_delay * RANDOM_DELAY_UNIT_MS;
        int64_t delay_ms = (int64_t)provi_draw(step->world.entropy, most_ms) +
                           own_delay_ms(step, step->settings.jitter_s, 0);
        disarm(step);
        arm_boot(state, cause, cause == PROV_CAUSE_POWER_UP ? delay_ms : 0);
    }
}

void provi_timers_upgraded(struct provi_step *step)
{
    if (provi_gate(step, PROV_CAUSE_AFTER_UPGRADE) == PROV_WHY_NOTHING)
        arm_boot(step->state, PROV_CAUSE_AFTER_UPGRADE, 0);
}

static void failed(struct provi_step *step, int64_t retry_after_s)
{
    struct provi_sched_state *state = step->state;
    if (retry_after_s > LONGEST_RETRY_AFTER_S)
        retry_after_s = LONGEST_RETRY_AFTER_S;
    arm_retry(step, state->now_ms);
    int64_t asked_ms = state->now_ms + retry_after_s * PROVI_MS_PER_S;
    if (retry_after_s == 0 || state->repeat_due_ms == PROVI_NEVER)
        return;
    state->repeat_due_ms = at_least(state->repeat_due_ms, asked_ms + retry_spread_ms(step));
    if (state->earliest_ms != PROVI_NEVER)
        state->earliest_ms = at_least(state->earliest_ms, asked_ms);
}

static void succeeded(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    state->retry_index = 0;
    if (!event->unchanged)
        state->n_unchanged = 0;
    else if (state->n_unchanged < MANY_UNCHANGED)
        state->n_unchanged++;
    arm_periodic(step, state->now_ms);
}

void provi_timers_done(struct provi_step *step, const struct prov_sched_event *event)
{
    struct provi_sched_state *state = step->state;
    state->has_failed = !event->ok;
    if (event->ok)
        succeeded(step, event);
    else
        failed(step, event->retry_after_s > 0 ? event->retry_after_s : 0);
    if (state->is_link_new)
        provi_timers_hurry(step);
    state->is_link_new = 0;
}

/* Only once for each retry: if it were drawn at each change of a link that flaps, it would come
 * early. */
void provi_timers_hurry(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    if (state->earliest_ms == PROVI_NEVER)
        return;
    state->repeat_due_ms =
        provi_spread_retry_ms(state->repeat_due_ms, state->earliest_ms, state->now_ms,
                              step->settings.jitter_s, step->world.entropy);
    state->earliest_ms = PROVI_NEVER;
}

void provi_timers_skip(struct provi_step *step, uint32_t cause)
{
    struct provi_sched_state *state = step->state;
    switch (cause) {
    case PROV_CAUSE_PERIODIC:
    case PROV_CAUSE_RETRY: arm_repeat(step, state->now_ms); break;
    case PROV_CAUSE_POWER_UP:
    case PROV_CAUSE_AFTER_UPGRADE:
        if (state->repeat == PROVI_REPEAT_NONE)
            resume(step);
        break;
    default: break; /* Resync_At and triggers recur without being armed */
    }
}

bool provi_timers_repeats(const struct provi_step *step)
{
    const struct provi_sched_state *state = step->state;
    bool is_ignored = state->repeat == PROVI_REPEAT_PERIODIC && step->at.has_clock;
    return state->repeat_due_ms != PROVI_NEVER && !is_ignored;
}

uint32_t provi_timers_repeat_cause(const struct provi_step *step)
{
    return step->state->repeat == PROVI_REPEAT_RETRY ? PROV_CAUSE_RETRY : PROV_CAUSE_PERIODIC;
}

uint32_t provi_timers_consume(struct provi_step *step, int64_t *since_ms)
{
    struct provi_sched_state *state = step->state;
    *since_ms = state->now_ms;
    if (state->boot_due_ms != PROVI_NEVER && state->boot_due_ms <= state->now_ms) {
        *since_ms = state->boot_due_ms;
        state->boot_due_ms = PROVI_NEVER;
        return state->boot_cause;
    }
    if (provi_timers_repeats(step) && state->repeat_due_ms <= state->now_ms) {
        uint32_t cause = provi_timers_repeat_cause(step);
        if (cause == PROV_CAUSE_RETRY && state->retry_index < UINT32_MAX)
            state->retry_index++;
        *since_ms = state->repeat_due_ms;
        disarm(step);
        return cause;
    }
    if (provi_at_is_due(step)) {
        provi_at_record_day(step);
        return PROV_CAUSE_AT;
    }
    if (step->dialect.triggers_start && state->trigger_due_ms <= state->now_ms) {
        state->trigger_due_ms = state->now_ms + TRIGGER_POLL_MS;
        return step->settings.has_triggers ? PROV_CAUSE_TRIGGER : PROV_CAUSE_NONE;
    }
    return PROV_CAUSE_NONE;
}
