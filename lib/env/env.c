/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/env.h"

#include "base/error.h"

void provi_env_enter(struct provi_env *env)
{
    env->n_inside++;
}

bool provi_env_leave(struct provi_env *env)
{
    bool is_freed = env->is_freed;
    env->n_inside--;
    if (is_freed && env->n_inside == 0)
        env->destroy(env);
    return is_freed;
}

prov_status provi_fail_gone(struct prov_error *err)
{
    return provi_fail(err, PROV_E_CANCELLED, "freed from one of the agent's own callbacks");
}

void provi_env_wake(struct provi_env *env)
{
    if (!env->is_processing && env->host.wake)
        env->host.wake(env->host.ctx);
}

bool provi_env_wants(const struct provi_env *env, uint32_t type)
{
    return env->host.event && !(env->host.unwanted_events >> type & 1);
}

void provi_env_event(struct provi_env *env, struct prov_event event)
{
    event.size = sizeof event;
    if (provi_env_wants(env, event.type))
        env->host.event(env->host.ctx, &event);
}

void provi_env_log(struct provi_env *env, uint32_t job, struct prov_log_entry entry)
{
    entry.size = sizeof entry;
    provi_env_event(env, (struct prov_event){.type = PROV_EVENT_LOG, .job = job, .as.log = &entry});
}

static int64_t no_time(void *ctx)
{
    (void)ctx;
    return 0;
}

static uint32_t not_now(void *ctx, uint32_t stage)
{
    (void)ctx;
    (void)stage;
    return UINT32_MAX;
}

static prov_status no_param(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    (void)ctx;
    (void)name;
    (void)layer;
    (void)out;
    return PROV_E_CANCELLED;
}

static prov_status no_change(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    (void)err;
    return PROV_E_CANCELLED;
}

const struct prov_host provi_null_host = {
    .size = sizeof provi_null_host,
    .mono_ms = no_time,
    .defer_ms = not_now,
    .find = no_param,
    .txn_set = no_change,
};
