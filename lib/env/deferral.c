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
    uint32_t s = env->max_defer_s ? env->max_defer_s : DEFAULT_MAX_DEFER_S;
    return (int64_t)s * 1000;
}

static void report(struct provi_env *env, enum prov_stage stage, int64_t in_ms)
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
        .at_most_ms = longest_ms(env),
    };
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_DEFERRED,
                             .job = jobs[stage],
                             .as.deferral = &deferral,
                         });
}

bool provi_deferral_allows(struct provi_env *env, enum prov_stage stage)
{
    struct provi_deferral *hold = &env->deferrals[stage];
    if (!env->host.defer_ms) {
        hold->is_on = false;
        return true;
    }
    if (provi_deferral_waits(env, stage))
        return false;
    int64_t now = provi_env_now_ms(env);
    int64_t since = hold->is_on ? hold->since_ms : now;
    int64_t left = since + longest_ms(env) - now;
    int64_t wait = left > 0 ? env->host.defer_ms(env->host.ctx, stage) : 0;
    if (wait > left)
        wait = left;
    bool is_reported = hold->is_on && hold->is_reported;
    *hold = (struct provi_deferral){
        .is_on = wait > 0, .is_reported = wait > 0, .since_ms = since, .until_ms = now + wait};
    if (hold->is_on && !is_reported)
        report(env, stage, wait);
    return !hold->is_on;
}

static bool is_idle(const struct provi_env *env)
{
    const struct prov_host *host = &env->host;
    return !host->is_idle || host->is_idle(host->ctx);
}

/* Lines are active: check them again soon, for a host that does not notify of idle lines. */
static void wait_for_lines(struct provi_env *env, enum prov_stage stage)
{
    struct provi_deferral *hold = &env->deferrals[stage];
    int64_t now = provi_env_now_ms(env);
    if (!hold->is_on)
        *hold = (struct provi_deferral){.is_on = true, .since_ms = now, .until_ms = now};
    hold->waits_for_lines = true;
    if (hold->until_ms <= now)
        hold->until_ms = now + LINE_POLL_MS;
}

bool provi_deferral_lines_are_idle(struct provi_env *env, enum prov_stage stage)
{
    if (is_idle(env))
        return true;
    wait_for_lines(env, stage);
    return false;
}

/* The scheduler has checked the lines already, unless that was long ago. */
bool provi_deferral_allows_start(struct provi_env *env)
{
    if (env->deferrals[PROV_STAGE_FETCH].is_on &&
        !provi_deferral_lines_are_idle(env, PROV_STAGE_FETCH))
        return false;
    return provi_deferral_allows(env, PROV_STAGE_FETCH);
}

void provi_deferral_end(struct provi_env *env, enum prov_stage stage)
{
    env->deferrals[stage] = (struct provi_deferral){.is_on = false};
}

bool provi_deferral_waits(const struct provi_env *env, enum prov_stage stage)
{
    const struct provi_deferral *hold = &env->deferrals[stage];
    return hold->is_on && provi_env_left_ms(env, hold->until_ms) > 0;
}

int64_t provi_deferral_timeout_ms(const struct provi_env *env)
{
    int64_t wait = -1;
    for (size_t i = 0; i < PROVI_N_STAGES; i++) {
        const struct provi_deferral *hold = &env->deferrals[i];
        int64_t left = hold->is_on ? provi_env_left_ms(env, hold->until_ms) : 0;
        if (left > 0 && (wait < 0 || left < wait))
            wait = left;
    }
    return wait;
}

void provi_deferral_recheck(struct provi_env *env)
{
    int64_t now_ms = provi_env_now_ms(env);
    for (size_t i = 0; i < PROVI_N_STAGES; i++)
        env->deferrals[i].until_ms = now_ms;
}
