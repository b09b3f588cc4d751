/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/env.h"

#include "base/error.h"
#include "sched/spread.h"

/* splitmix64, by Sebastiano Vigna: a full-period mixer, for hosts without a source of their own. */
static uint32_t mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t provi_env_entropy(struct provi_env *env)
{
    const struct prov_host *host = &env->host;
    return host->entropy ? host->entropy(host->ctx) : mix(&env->entropy);
}

int64_t provi_env_spread_ms(struct provi_env *env)
{
    return provi_spread_ms(env->options.jitter_s, provi_env_entropy(env));
}

enum { SHORTEST_RETRY_S = 30 }; /* unless the host sets floor_s */

int64_t provi_env_floor_ms(const struct provi_env *env)
{
    return (int64_t)(env->options.floor_s ? env->options.floor_s : SHORTEST_RETRY_S) * 1000;
}

int64_t provi_env_hurried_ms(struct provi_env *env, int64_t due_ms, int64_t failed_ms)
{
    return provi_spread_retry_ms(due_ms, failed_ms + provi_env_floor_ms(env), provi_env_now_ms(env),
                                 env->options.jitter_s, provi_env_entropy(env));
}

bool provi_env_delay_overdue(struct provi_env *env, int64_t *due_ms)
{
    int64_t now_ms = provi_env_now_ms(env);
    bool is_late = provi_spread_is_late(now_ms, *due_ms);
    if (is_late)
        *due_ms = now_ms + provi_env_spread_ms(env);
    return is_late;
}

/* Processors may disagree by as much; a clock further back was set. */
#define LARGEST_STEP_BACK_MS UINT64_C(60000)

/* After a jump of a year, every timer is due; the sum of all jumps stays in range. */
#define LARGEST_LEAP_MS (UINT64_C(366) * 86400 * 1000)

void provi_clock_init(struct provi_env *env)
{
    env->clock = &env->own_clock;
    env->clock->host_ms = env->host.mono_ms(env->host.ctx);
}

int64_t provi_env_now_ms(const struct provi_env *env)
{
    struct provi_clock *clock = env->clock;
    int64_t host_ms = env->host.mono_ms(env->host.ctx);
    uint64_t ahead_ms = (uint64_t)host_ms - (uint64_t)clock->host_ms;
    uint64_t back_ms = (uint64_t)clock->host_ms - (uint64_t)host_ms;
    if (host_ms > clock->host_ms)
        clock->now_ms += (int64_t)(ahead_ms < LARGEST_LEAP_MS ? ahead_ms : LARGEST_LEAP_MS);
    if (host_ms > clock->host_ms || back_ms > LARGEST_STEP_BACK_MS)
        clock->host_ms = host_ms;
    return clock->now_ms;
}

int64_t provi_env_host_moment(const struct provi_env *env, int64_t moment_ms)
{
    const struct provi_clock *clock = env->clock;
    if (moment_ms < 0)
        return moment_ms;
    int64_t from_now_ms = moment_ms - clock->now_ms;
    if (from_now_ms > 0 && clock->host_ms > INT64_MAX - from_now_ms)
        return INT64_MAX;
    if (from_now_ms < 0 && clock->host_ms < INT64_MIN - from_now_ms)
        return INT64_MIN;
    int64_t host_ms = clock->host_ms + from_now_ms;
    return host_ms == -1 ? -2 : host_ms; /* -1 is "never" */
}

int64_t provi_env_left_ms(const struct provi_env *env, int64_t then_ms)
{
    int64_t left = then_ms - provi_env_now_ms(env);
    return left > 0 ? left : 0;
}

/* A wall clock beyond this many seconds is not set. */
#define FARTHEST_WALL_S (INT64_C(1) << 52)

bool provi_env_wall(const struct provi_env *env, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct prov_host *host = &env->host;
    int64_t s = 0;
    int32_t offset_s = 0;
    bool is_set = host->wall_s && host->wall_s(host->ctx, &s, &offset_s);
    is_set = is_set && s > -FARTHEST_WALL_S && s < FARTHEST_WALL_S;
    *utc_s = is_set ? s : 0;
    *utc_offset_s = is_set ? offset_s : 0;
    return is_set;
}

int64_t provi_env_wall_s(const struct provi_env *env)
{
    int64_t utc_s;
    int32_t utc_offset_s;
    return provi_env_wall(env, &utc_s, &utc_offset_s) ? utc_s : -1;
}

uint64_t provi_env_generation(const struct provi_env *env)
{
    const struct prov_host *host = &env->host;
    return host->generation ? host->generation(host->store_ctx) : 0;
}

bool provi_env_is_idle(const struct provi_env *env)
{
    const struct prov_host *host = &env->host;
    return !host->is_idle || host->is_idle(host->ctx);
}

void provi_env_world(struct provi_env *env, struct prov_world *world)
{
    *world = (struct prov_world){
        .size = sizeof *world,
        .mono_ms = provi_env_now_ms(env),
        .is_idle = provi_env_is_idle(env),
    };
    world->wall_valid = provi_env_wall(env, &world->wall_s, &world->utc_offset_s);
    env->entropy ^= (uint64_t)env->clock->host_ms;
    world->entropy = provi_env_entropy(env);
}

prov_status provi_host_copied(prov_status status, size_t cap, size_t len)
{
    switch (status) {
    case PROV_OK: return len <= cap ? PROV_OK : PROV_E_HOST;
    case PROV_E_NOT_FOUND: return status; /* of most parameters */
    case PROV_E_LIMIT: return len >= cap ? status : PROV_E_HOST;
    default: return provi_status_is_known(status) ? status : PROV_E_HOST;
    }
}

prov_status provi_host_answer(prov_status status, const char *callback, prov_str subject,
                              struct prov_error *err)
{
    status = provi_host_status(status, callback, err);
    if (status != PROV_OK && err && err->subject[0] == '\0')
        provi_error_subject(err, subject);
    return status;
}
