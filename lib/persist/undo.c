/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "persist/undo.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "persist/records.h"

/* Allocated when needed: few agents need an undo log, and an agent has to be small. */
static prov_status prepare(struct provi_undo **back, const struct provi_env *env,
                           struct prov_error *err)
{
    if (*back)
        return PROV_OK;
    *back = provi_alloc_zero(&env->alloc, sizeof **back);
    if (!*back)
        return provi_fail_nomem(err);
    provi_stage_init(&(*back)->undo, &env->alloc, env->limits.max_staged_bytes);
    provi_stage_init(&(*back)->lower, &env->alloc, env->limits.max_staged_bytes);
    return PROV_OK;
}

static uint8_t access_to_restore(const struct provi_env *env, const struct prov_param *stored)
{
    if (!env->host.stores_access)
        return PROV_ACCESS_KEEP;
    return stored->access == PROV_ACCESS_KEEP ? PROV_ACCESS_DEFAULT : stored->access;
}

/* Record the server's value under a value of the user's. */
static prov_status record_lower(struct provi_undo *back, const struct provi_env *env,
                                prov_str param, struct prov_error *err)
{
    struct prov_param lower;
    prov_status status = provi_param_find(&env->params, param, PROV_LAYER_SERVER, &lower);
    if (status != PROV_OK)
        return provi_param_fail(&env->params, param, status, err);
    lower.name = param;
    lower.has_value = lower.has_value ? PROV_VALUE_GIVEN : PROV_VALUE_FORGET;
    lower.access = PROV_ACCESS_KEEP; /* the access is recorded with the value above it */
    return provi_stage_add(&back->lower, &lower, err);
}

prov_status provi_undo_record(struct provi_undo **back, const struct provi_env *env, prov_str param,
                              struct prov_error *err)
{
    prov_status status = prepare(back, env, err);
    if (status != PROV_OK || provi_stage_find(&(*back)->undo, param, NULL))
        return status;
    struct prov_param stored;
    status = provi_param_find(&env->params, param, PROV_LAYER_ANY, &stored);
    if (status != PROV_OK)
        return provi_param_fail(&env->params, param, status, err);
    const struct prov_param_info *info = provi_param_info(&env->params, param);
    const char *default_value = prov_catalogue_default(info, &env->dialect);
    const struct prov_param before = {
        .size = sizeof before,
        .name = param,
        .value = stored.has_value ? stored.value : prov_str_from(default_value),
        .has_value = stored.has_value ? PROV_VALUE_GIVEN : PROV_VALUE_FORGET,
        .access = access_to_restore(env, &stored),
        .line = stored.line,
        .source = stored.source,
    };
    status = provi_stage_add(&(*back)->undo, &before, err);
    bool is_users = stored.layer == PROV_LAYER_USER;
    return status == PROV_OK && is_users ? record_lower(*back, env, param, err) : status;
}

static void write_params(struct provi_record *record, const struct provi_stage *params)
{
    provi_record_count(record, provi_stage_n(params));
    for (size_t i = 0; i < provi_stage_n(params); i++) {
        struct prov_param param = provi_stage_get(params, i);
        provi_record_number(record, param.has_value, 1);
        provi_record_number(record, param.access, 1);
        provi_record_text(record, param.name);
        provi_record_text(record, param.value);
    }
    provi_sources_write(record, params);
}

void provi_undo_write(const struct provi_undo *back, struct provi_record *record)
{
    write_params(record, &back->undo);
    write_params(record, &back->lower);
}

static prov_status read_params(struct provi_reading *reading, struct provi_stage *params)
{
    prov_status status = PROV_OK;
    uint64_t n = provi_reading_count(reading);
    for (uint64_t i = 0; i < n && status == PROV_OK; i++) {
        struct prov_param param = {.size = sizeof param};
        param.has_value = (uint8_t)provi_reading_number(reading, 1);
        param.access = (uint8_t)provi_reading_number(reading, 1);
        param.name = provi_reading_text(reading);
        param.value = provi_reading_text(reading);
        status = reading->is_short ? PROV_E_TRUNCATED : provi_stage_add(params, &param, NULL);
    }
    return status == PROV_OK ? provi_sources_read(reading, params) : status;
}

prov_status provi_undo_read(struct provi_undo **back, const struct provi_env *env,
                            struct provi_reading *reading)
{
    prov_status status = prepare(back, env, NULL);
    if (status == PROV_OK)
        status = read_params(reading, &(*back)->undo);
    return status == PROV_OK ? read_params(reading, &(*back)->lower) : status;
}

prov_status provi_undo_stage(const struct provi_undo *back, const struct provi_env *env,
                             struct provi_stage *stage, struct prov_error *err)
{
    const struct provi_stage *undo = &back->undo;
    prov_status status = PROV_OK;
    for (size_t i = 0; i < provi_stage_n(undo) && status == PROV_OK; i++) {
        struct prov_param stored, param = provi_stage_get(undo, i);
        param.info = provi_param_info(&env->params, param.name);
        if (provi_param_find(&env->params, param.name, PROV_LAYER_ANY, &stored) == PROV_OK &&
            param.access == access_to_restore(env, &stored))
            param.access =
                PROV_ACCESS_KEEP; /* the access is not changed, and no change of it reported */
        status = provi_stage_add(stage, &param, err);
    }
    return status;
}

prov_status provi_undo_restore_layers(const struct provi_undo *back, const struct provi_env *env,
                                      struct prov_error *err)
{
    const struct prov_host *host = &env->host;
    prov_status status = PROV_OK;
    for (size_t i = 0; i < provi_stage_n(&back->lower) && status == PROV_OK; i++) {
        struct prov_param upper, lower = provi_stage_get(&back->lower, i);
        if (!provi_stage_find(&back->undo, lower.name, &upper))
            continue;
        upper.layer = PROV_LAYER_USER;
        status = host->txn_set(host->store_ctx, &lower, err);
        if (status == PROV_OK)
            status = host->txn_set(host->store_ctx, &upper, err);
        status = provi_host_answer(status, "txn_set", upper.name, err);
    }
    return status;
}

void provi_undo_free(struct provi_undo *back, const struct prov_alloc *alloc)
{
    if (!back)
        return;
    provi_stage_free(&back->undo);
    provi_stage_free(&back->lower);
    provi_free(alloc, back, sizeof *back);
}
