/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"
#include "store/kept.h"

/* Staging ----------------------------------------------------------------------------------- */

prov_status prov_store_begin(prov_store *store, struct prov_error *err)
{
    if (!store)
        return provi_fail_invalid(err, "store is NULL");
    if (store->is_begun)
        return provi_fail(err, PROV_E_STATE, "a transaction is open already");
    store->is_begun = true;
    return PROV_OK;
}

/* What cannot be read back is refused here, not found out when the file is next opened. */
static const char *unwritable(const struct prov_param *param)
{
    if (!provi_xml_is_name(param->name))
        return "the name is no XML name";
    if (!param->has_value)
        return NULL;
    if (provi_str_trim(param->value).len != param->value.len)
        return "the value has blanks at its ends";
    return provi_xml_is_one_line(param->value) ? NULL : "the value is not one line of UTF-8 text";
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
    if (param->access > PROV_ACCESS_DEFAULT || param->has_value > PROV_VALUE_FORGET)
        return provi_fail_invalid(err, "access or has_value has a number nobody knows");
    const char *fault = unwritable(param);
    return fault ? provi_fail_invalid(err, fault) : PROV_OK;
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
    status = check_param(store, &own, err);
    if (status != PROV_OK) {
        provi_error_subject(err, own.name);
        return status;
    }
    own.info = NULL; /* may be gone before the store */
    return provi_stage_add(&store->staged.params, &own, err);
}

void prov_store_rollback(prov_store *store)
{
    if (!store)
        return;
    provi_holdings_free(&store->staged);
    store->is_begun = false;
}

/* Joining ----------------------------------------------------------------------------------- */

/* A parameter as it will be once a staged change is made. */
static struct prov_param changed(struct prov_param param, const struct prov_param *change)
{
    if (change->has_value) {
        bool is_given = change->has_value == PROV_VALUE_GIVEN;
        param.value = is_given ? change->value : (prov_str){0};
        param.has_value = is_given;
    }
    if (change->access == PROV_ACCESS_DEFAULT)
        param.access = PROV_ACCESS_KEEP; /* a store that names none leaves the default in force */
    else if (change->access != PROV_ACCESS_KEEP)
        param.access = change->access;
    return param;
}

/* A parameter as committed, or one that says nothing yet. */
static struct prov_param committed_param(const struct prov_store *store, prov_str name)
{
    struct prov_param param = {.size = sizeof param, .name = name};
    provi_stage_find(&store->committed.params, name, &param);
    return param;
}

static bool says_something(const struct prov_param *param)
{
    return param->has_value || param->access != PROV_ACCESS_KEEP;
}

static bool changes_params(const struct prov_store *store)
{
    for (size_t i = 0; i < provi_stage_n(&store->staged.params); i++) {
        struct prov_param change = provi_stage_get(&store->staged.params, i);
        struct prov_param before = committed_param(store, change.name);
        struct prov_param after = changed(before, &change);
        if (before.has_value != after.has_value || before.access != after.access ||
            !provi_str_eq(before.value, after.value))
            return true;
    }
    return false;
}

static prov_status add_if_it_says_something(struct provi_stage *next, struct prov_param param,
                                            struct prov_error *err)
{
    param.line = 0;
    return says_something(&param) ? provi_stage_add(next, &param, err) : PROV_OK;
}

/* The committed parameters with the staged changes made, then those that are new. */
static prov_status join_params(const struct prov_store *store, struct provi_stage *next,
                               struct prov_error *err)
{
    const struct provi_stage *committed = &store->committed.params;
    const struct provi_stage *staged = &store->staged.params;
    prov_status status = PROV_OK;
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(committed); i++) {
        struct prov_param param = provi_stage_get(committed, i);
        struct prov_param change = {0};
        provi_stage_find(staged, param.name, &change);
        status = add_if_it_says_something(next, changed(param, &change), err);
    }
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(staged); i++) {
        struct prov_param change = provi_stage_get(staged, i);
        if (provi_stage_find(committed, change.name, NULL))
            continue;
        struct prov_param param = committed_param(store, change.name);
        status = add_if_it_says_something(next, changed(param, &change), err);
    }
    return status;
}

static prov_status join(const struct prov_store *store, struct provi_holdings *next,
                        struct prov_error *err)
{
    prov_status status = join_params(store, &next->params, err);
    if (status == PROV_OK)
        status = provi_kept_join(&store->committed.kept, &store->staged.kept, &next->kept, err);
    return status;
}

/* Committing -------------------------------------------------------------------------------- */

/* Whether the file has to be written although no value changes. */
static bool needs_mending(const struct prov_store *store)
{
    return store->state == PROVI_STORE_DAMAGED || store->state == PROVI_STORE_UNSURE;
}

static prov_status commit(struct prov_store *store, struct prov_error *err)
{
    bool changes_kept = provi_kept_differs(&store->committed.kept, &store->staged.kept);
    if (!changes_params(store) && !changes_kept && !needs_mending(store))
        return PROV_OK;
    struct provi_holdings next;
    provi_holdings_init(&next, &store->alloc, store->limits.max_store_bytes);
    prov_status status = join(store, &next, err);
    provi_holdings_free(&store->staged); /* over in any case: make room for the text of the file */
    if (status == PROV_OK && store->paths.file)
        status = provi_store_save(store, &next, err);
    if (status != PROV_OK) {
        provi_holdings_free(&next);
        return status;
    }
    provi_store_adopt(store, &next);
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
