/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/deferral.h"

#include "env/env.h"

enum {
    DEFAULT_MAX_DEFER_S = 3600,
    LINE_POLL_MS = 10000, /* for a host that does not notify of idle lines */
};

static int64_t longest_ms(const struct provi_env *env)
{
    uint32_t s = env->options.max_defer_s ? env->options.max_defer_s : DEFAULT_MAX_DEFER_S;
    return (int64_t)s * 1000;
}

static void report(struct provi_env *env, enum prov_stage stage, int64_t in_ms, int64_t at_most_ms)
{
    static const uint32_t jobs[] = {
        [PROV_STAGE_FETCH] = PROV_JOB_RESYNC,    [PROV_STAGE_APPLY] = PROV_JOB_RESYNC,
        [PROV_STAGE_REBOOT] = PROV_JOB_REBOOT,   [PROV_STAGE_ROLLBACK] = PROV_JOB_ROLLBACK,
        [PROV_STAGE_UPGRADE] = PROV_JOB_UPGRADE,
    };
    const struct prov_deferral deferral = {
        .size = sizeof deferral,
        .stage = stage,
        .in_ms = in_ms,
        .at_most_ms = at_most_ms,
    };
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_DEFERRED,
                             .job = jobs[stage],
                             .as.deferral = &deferral,
                         });
}

/* The host's wait ends now, perhaps before its time. */
static void end_wait(struct provi_env *env, struct provi_deferral *hold)
{
    if (hold->waits_for == PROV_WAIT_HOST)
        hold->deferred_ms -= provi_env_left_ms(env, hold->ask_ms);
    hold->waits_for = PROV_WAIT_NOTHING;
}

/* Lines, if the stage waits for them, are idle. */
bool provi_deferral_allows(struct provi_env *env, enum prov_stage stage)
{
    struct provi_deferral *hold = &env->deferrals[stage];
    int64_t now = provi_env_now_ms(env);
    if (!env->host.defer_ms) {
        provi_deferral_end(env, stage);
        return true;
    }
    if (hold->waits_for == PROV_WAIT_HOST && provi_deferral_waits(env, stage))
        return false;
    end_wait(env, hold);
    int64_t left = longest_ms(env) - hold->deferred_ms;
    int64_t wait = hold->is_rechecked ? 0 : provi_env_left_ms(env, hold->ask_ms);
    hold->is_rechecked = false; /* a wait that remains was interrupted by a call */
    if (left > 0 && wait <= 0)
        wait = env->host.defer_ms(env->host.ctx, stage);
    if (wait > left)
        wait = left;
    if (wait <= 0) {
        provi_deferral_end(env, stage);
        return true;
    }
    hold->waits_for = PROV_WAIT_HOST;
    hold->ask_ms = now + wait;
    hold->deferred_ms += wait;
    if (!hold->is_reported)
        report(env, stage, wait, left);
    hold->is_reported = true;
    return false;
}

/* Lines are active: check them again soon, for a host that does not notify of idle lines. */
static void wait_for_lines(struct provi_env *env, enum prov_stage stage)
{
    struct provi_deferral *hold = &env->deferrals[stage];
    end_wait(env, hold);
    hold->waits_for = PROV_WAIT_LINES;
    if (provi_env_left_ms(env, env->lines_ms) <= 0)
        env->lines_ms = provi_env_now_ms(env) + LINE_POLL_MS;
}

bool provi_deferral_lines_are_idle(struct provi_env *env, enum prov_stage stage)
{
    if (provi_env_is_idle(env))
        return true;
    wait_for_lines(env, stage);
    return false;
}

/* The scheduler has checked the lines already, unless that was long ago. */
bool provi_deferral_allows_start(struct provi_env *env)
{
    if (env->deferrals[PROV_STAGE_FETCH].waits_for &&
        !provi_deferral_lines_are_idle(env, PROV_STAGE_FETCH))
        return false;
    return provi_deferral_allows(env, PROV_STAGE_FETCH);
}

void provi_deferral_end(struct provi_env *env, enum prov_stage stage)
{
    env->deferrals[stage] = (struct provi_deferral){.waits_for = PROV_WAIT_NOTHING};
}

int64_t provi_deferral_left_ms(const struct provi_env *env, enum prov_stage stage)
{
    const struct provi_deferral *hold = &env->deferrals[stage];
    switch (hold->waits_for) {
    case PROV_WAIT_HOST: return hold->is_rechecked ? 0 : provi_env_left_ms(env, hold->ask_ms);
    case PROV_WAIT_LINES: return provi_env_left_ms(env, env->lines_ms);
    default: return 0;
    }
}

bool provi_deferral_waits(const struct provi_env *env, enum prov_stage stage)
{
    return provi_deferral_left_ms(env, stage) > 0;
}

int64_t provi_deferral_timeout_ms(const struct provi_env *env)
{
    int64_t wait = -1;
    for (size_t i = 0; i < PROVI_N_STAGES; i++) {
        int64_t left = provi_deferral_left_ms(env, (enum prov_stage)i);
        if (left > 0 && (wait < 0 || left < wait))
            wait = left;
    }
    return wait;
}

void provi_deferral_recheck(struct provi_env *env)
{
    env->lines_ms = provi_env_now_ms(env);
    for (size_t i = 0; i < PROVI_N_STAGES; i++)
        env->deferrals[i].is_rechecked = true;
}
