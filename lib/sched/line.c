/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Forced_Resync_Delay: no resync starts during a call. An automatic one also waits until the lines
 * have been idle for that long since the last call, or until it has been due for that long.
 * MPP Administration Guide 11.3, "Provisioning"; SPA Provisioning Guide 3, same parameter.
 */
#include "sched/sched_priv.h"

void provi_line_observe(struct provi_step *step)
{
    struct provi_sched_state *state = step->state;
    bool is_busy = !step->world.idle;
    if (is_busy || state->is_busy)
        state->busy_ms = state->now_ms;
    state->is_busy = is_busy;
}

static struct provi_hold hold_until(const struct provi_step *step, uint32_t why, int64_t until_ms)
{
    if (until_ms <= step->state->now_ms)
        return (struct provi_hold){PROV_WHY_NOTHING, PROVI_NEVER};
    return (struct provi_hold){why, until_ms};
}

struct provi_hold provi_line_hold(const struct provi_step *step, bool is_explicit, int64_t since_ms)
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
