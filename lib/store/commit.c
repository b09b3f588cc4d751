/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"
#include "store/trailer.h"

prov_status prov_store_begin(prov_store *store, struct prov_error *err)
{
    if (!store)
        return provi_fail_invalid(err, "store is NULL");
    if (store->is_begun)
        return provi_fail(err, PROV_E_STATE, "a transaction is already open");
    store->is_begun = true;
    return PROV_OK;
}

/* Discard the computed result: the staged changes differ from it. */
static void forget_next(struct prov_store *store)
{
    if (store->next_generation != 0)
        provi_holdings_free(&store->next);
    store->next_generation = 0;
}

static prov_status check_param(const struct prov_store *store, const struct prov_param *param,
                               struct prov_error *err)
{
    if (param->name.len > store->limits.max_name_bytes)
        return provi_fail(err, PROV_E_LIMIT, "name exceeds %lu bytes",
                          (unsigned long)store->limits.max_name_bytes);
    if (param->has_value && param->value.len > store->limits.max_value_bytes)
        return provi_fail(err, PROV_E_LIMIT, "value exceeds %lu bytes",
                          (unsigned long)store->limits.max_value_bytes);
    if (param->access > PROV_ACCESS_DEFAULT || param->has_value > PROV_VALUE_FORGET ||
        param->layer > PROV_LAYER_USER)
        return provi_fail_invalid(err, "param: access, has_value or layer is out of range");
    return provi_store_check(param, err);
}

static prov_status stage(struct prov_store *store, struct prov_param param, struct prov_error *err)
{
    struct provi_changes *staged = &store->staged;
    struct prov_source source;
    prov_status status = PROV_OK;
    if (param.source) {
        status = provi_abi_in(&source, sizeof source, param.source, err);
        param.source = &source;
    }
    if (status == PROV_OK && param.source &&
        (!provi_str_is_sound(source.rule) || !provi_str_is_sound(source.url)))
        status = provi_fail_invalid(err, "param.source: text without data");
    if (status != PROV_OK)
        return status;
    forget_next(store);
    bool is_user = param.layer == PROV_LAYER_USER;
    return provi_stage_add(is_user ? &staged->user : &staged->server, &param, err);
}

prov_status prov_store_set(prov_store *store, const struct prov_param *param,
                           struct prov_error *err)
{
    if (!store || !param)
        return provi_fail_invalid(err, "store or param is NULL");
    if (!store->is_begun)
        return provi_fail(err, PROV_E_STATE, "no transaction is open");
    struct prov_param own;
    prov_status status = provi_abi_in(&own, sizeof own, param, err);
    if (status != PROV_OK)
        return status;
    if (!provi_str_is_sound(own.name) || (own.has_value && !provi_str_is_sound(own.value)))
        return provi_fail_invalid(err, "param: text without data");
    status = check_param(store, &own, err);
    if (status != PROV_OK) {
        provi_error_subject(err, own.name);
        return status;
    }
    return stage(store, own, err);
}

void prov_store_rollback(prov_store *store)
{
    if (!store)
        return;
    forget_next(store);
    provi_changes_free(&store->staged);
    store->is_begun = store->is_hosts = false;
}

/* Whether the file must be written even if no value changes. */
static bool needs_mending(const struct prov_store *store)
{
    bool is_to_be_sealed = store->is_sealing && store->is_plain && store->state != PROVI_STORE_NONE;
    return is_to_be_sealed || store->state == PROVI_STORE_DAMAGED ||
           store->state == PROVI_STORE_UNSURE;
}

/* Compute the parameters to be committed, and their generation. */
static prov_status join(struct prov_store *store, struct prov_error *err)
{
    if (store->next_generation != 0)
        return PROV_OK;
    if (provi_stage_trim(&store->staged.server) != PROV_OK)
        return provi_fail_nomem(err);
    provi_holdings_init(&store->next, &store->alloc, store->limits.max_store_bytes);
    prov_status status = provi_join_params(store, &store->next, err);
    if (status != PROV_OK) {
        provi_holdings_free(&store->next);
        return status;
    }
    provi_stage_record_hash(&store->next.params);
    store->next_generation = provi_holdings_generation(&store->next);
    return PROV_OK;
}

uint64_t provi_store_next_generation(struct prov_store *store)
{
    if (store->next_generation == 0 && !provi_join_changes(store))
        return store->generation;
    return join(store, NULL) == PROV_OK ? store->next_generation : 0;
}

static void apply_next(struct prov_store *store)
{
    provi_stage_free(&store->committed.params);
    provi_stage_free(&store->committed.lower);
    store->committed.params = store->next.params;
    store->committed.lower = store->next.lower;
    store->generation = store->next_generation;
    store->next_generation = 0;
}

static prov_status commit(struct prov_store *store, struct prov_error *err)
{
    bool changes_params = store->next_generation != 0 || provi_join_changes(store);
    bool changes_records = provi_records_differ(&store->committed.records, &store->staged.records);
    if (!changes_params && !changes_records && !needs_mending(store))
        return PROV_OK;
    struct provi_stage records;
    provi_stage_init(&records, &store->alloc, store->limits.max_store_bytes);
    prov_status status = changes_params ? join(store, err) : PROV_OK;
    if (status == PROV_OK)
        status =
            provi_records_join(&store->committed.records, &store->staged.records, &records, err);
    provi_changes_free(&store->staged); /* not needed any more: its memory serves the write */
    struct provi_holdings all = changes_params ? store->next : store->committed;
    all.records = records;
    if (status == PROV_OK && store->paths.file)
        status = provi_store_save(store, &all, err);
    if (status != PROV_OK) {
        provi_stage_free(&records);
        return status;
    }
    if (changes_params)
        apply_next(store);
    provi_stage_free(&store->committed.records);
    store->committed.records = records;
    return PROV_OK;
}

prov_status prov_store_commit(prov_store *store, struct prov_error *err)
{
    if (!store)
        return provi_fail_invalid(err, "store is NULL");
    if (!store->is_begun)
        return provi_fail(err, PROV_E_STATE, "no transaction is open");
    prov_status status = commit(store, err);
    if (status != PROV_OK && store->paths.file)
        provi_error_source(err, prov_str_from(store->paths.file));
    prov_store_rollback(store);
    return status;
}

bool provi_store_begin(struct prov_store *store)
{
    bool has_begun = !store->is_begun;
    store->is_begun = true;
    return has_begun;
}

prov_status provi_store_end(struct prov_store *store, bool has_begun, prov_status status,
                            struct prov_error *err)
{
    if (has_begun && status == PROV_OK)
        return prov_store_commit(store, err);
    if (has_begun)
        prov_store_rollback(store);
    return status;
}

prov_status prov_store_save_record(prov_store *store, prov_str name, const void *data, size_t len,
                                   struct prov_error *err)
{
    if (!store || (!data && len > 0) || !name.data || !provi_records_is_name(name) ||
        provi_str_eq(name, provi_origins_name))
        return provi_fail_invalid(
            err, "store or data is NULL, or name is not 1 to 16 letters a to z, or reserved");
    const struct prov_param record = {
        .size = sizeof record,
        .name = name,
        .value = {data, len},
        .has_value = PROV_VALUE_GIVEN,
    };
    bool has_begun = provi_store_begin(store);
    prov_status status = provi_stage_add(&store->staged.records, &record, err);
    return provi_store_end(store, has_begun, status, err);
}
