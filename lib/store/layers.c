/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include "base/error.h"
#include "base/str.h"

static void find_lower(const struct prov_store *store, struct provi_layered *param)
{
    param->has_user = provi_stage_find(&store->committed.lower, param->upper.name, &param->lower);
}

void provi_join_committed(const struct prov_store *store, prov_str name,
                          struct provi_layered *param)
{
    param->upper = (struct prov_param){.size = sizeof param->upper, .name = name};
    provi_stage_find(&store->committed.params, name, &param->upper);
    find_lower(store, param);
}

static bool same_value(const struct prov_param *a, const struct prov_param *b)
{
    return a->has_value == b->has_value && (!a->has_value || provi_str_eq(a->value, b->value));
}

/* An unchanged value keeps its origin. */
static void set_value(struct prov_param *param, const struct prov_param *change)
{
    const bool has_value = change->has_value == PROV_VALUE_GIVEN;
    if (param->has_value == has_value && (!has_value || provi_str_eq(param->value, change->value)))
        return;
    param->has_value = has_value;
    param->value = change->value;
    param->source = change->source;
    param->line = change->line;
}

static void set_access(struct prov_param *param, uint8_t access)
{
    if (access == PROV_ACCESS_DEFAULT)
        param->access = PROV_ACCESS_KEEP; /* if it has no access yet, the default applies */
    else if (access != PROV_ACCESS_KEEP)
        param->access = access;
}

/* Delete the user's value, so that the server's applies. */
static void uncover(struct provi_layered *param)
{
    uint8_t access = param->upper.access;
    param->upper = param->lower;
    param->upper.access = access;
    param->has_user = false;
}

static void change_by_server(struct provi_layered *param, const struct prov_param *change,
                             bool user_wins)
{
    set_access(&param->upper, change->access);
    if (!change->has_value)
        return;
    if (param->has_user && user_wins && param->upper.access == PROV_ACCESS_WRITE) {
        set_value(&param->lower, change);
        return;
    }
    if (param->has_user && same_value(&param->upper, change))
        return; /* the user's value stays */
    if (param->has_user)
        uncover(param);
    set_value(&param->upper, change);
}

static void change_by_user(struct provi_layered *param, const struct prov_param *change)
{
    if (change->has_value == PROV_VALUE_FORGET && param->has_user)
        uncover(param);
    if (change->has_value != PROV_VALUE_GIVEN)
        return;
    if (!param->has_user) {
        param->lower = param->upper;
        param->upper.has_value = PROV_VALUE_STAYS; /* so that it differs from the user's value */
        param->has_user = true;
    }
    set_value(&param->upper, change);
}

static bool differ(const struct provi_layered *a, const struct provi_layered *b)
{
    return !same_value(&a->upper, &b->upper) || a->upper.access != b->upper.access ||
           a->has_user != b->has_user || (a->has_user && !same_value(&a->lower, &b->lower));
}

/* @p near as of provi_stage_index_near(), of both sets of changes. */
static void make_changes(const struct prov_store *store, struct provi_layered *param, size_t near)
{
    const struct provi_changes *staged = &store->staged;
    prov_str name = param->upper.name;
    size_t by_server = provi_stage_index_near(&staged->server, name, near);
    size_t by_user = provi_stage_index_near(&staged->user, name, near);
    struct prov_param change;
    if (by_server < provi_stage_n(&staged->server)) {
        change = provi_stage_get(&staged->server, by_server);
        change_by_server(param, &change, store->user_wins);
    }
    if (by_user < provi_stage_n(&staged->user)) {
        change = provi_stage_get(&staged->user, by_user);
        change_by_user(param, &change);
    }
}

void provi_join_staged(const struct prov_store *store, prov_str name, struct provi_layered *param)
{
    provi_join_committed(store, name, param);
    make_changes(store, param, 0);
}

static bool changes_any(const struct prov_store *store, const struct provi_stage *changes)
{
    for (size_t i = 0; i < provi_stage_n(changes); i++) {
        struct provi_layered before, after;
        provi_join_committed(store, provi_stage_name(changes, i), &before);
        after = before;
        make_changes(store, &after, i);
        if (differ(&before, &after))
            return true;
    }
    return false;
}

bool provi_join_changes(const struct prov_store *store)
{
    return changes_any(store, &store->staged.server) || changes_any(store, &store->staged.user);
}

static prov_status add(struct provi_holdings *next, const struct provi_layered *param,
                       struct prov_error *err)
{
    prov_status status = PROV_OK;
    if (param->upper.has_value || param->upper.access != PROV_ACCESS_KEEP)
        status = provi_stage_add(&next->params, &param->upper, err);
    if (status == PROV_OK && param->has_user)
        status = provi_stage_add(&next->lower, &param->lower, err);
    return status;
}

static prov_status add_committed(const struct prov_store *store, struct provi_holdings *next,
                                 struct prov_error *err)
{
    const struct provi_stage *committed = &store->committed.params;
    prov_status status = PROV_OK;
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(committed); i++) {
        struct provi_layered param = {.upper = provi_stage_get(committed, i)};
        find_lower(store, &param);
        make_changes(store, &param, i);
        status = add(next, &param, err);
    }
    return status;
}

/*
 * Add the parameters that are not committed; add_need() has marked their changes. The server's are
 * added first, and may include one that the user has changed too.
 */
static prov_status add_new(const struct prov_store *store, const struct provi_stage *changes,
                           struct provi_holdings *next, struct prov_error *err)
{
    const bool is_user = changes == &store->staged.user;
    prov_status status = PROV_OK;
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(changes); i++) {
        struct provi_layered param;
        prov_str name = provi_stage_name(changes, i);
        if (!changes->entries[i].differs ||
            (is_user && provi_stage_find(&next->params, name, NULL)))
            continue;
        param.upper = (struct prov_param){.size = sizeof param.upper, .name = name};
        param.has_user = false;
        make_changes(store, &param, i);
        status = add(next, &param, err);
    }
    return status;
}

/* Add the room that changes need in addition to the committed parameters, and mark the changes of
 * parameters that are not committed. */
static void add_need(const struct prov_store *store, const struct provi_stage *changes, size_t *n,
                     size_t *text_bytes)
{
    const struct provi_stage *committed = &store->committed.params;
    *text_bytes += provi_sources_text_bytes(&changes->sources);
    for (size_t i = 0; i < provi_stage_n(changes); i++) {
        prov_str name = provi_stage_name(changes, i);
        prov_str value = provi_stage_value(changes, i);
        size_t index = provi_stage_index_near(committed, name, i);
        changes->entries[i].differs = index == provi_stage_n(committed);
        if (changes->entries[i].differs) {
            ++*n;
            *text_bytes += name.len + value.len;
        } else if (value.len > provi_stage_value(committed, index).len) {
            *text_bytes += value.len - provi_stage_value(committed, index).len;
        }
    }
}

/* A store keeps its values for as long as it is open, so reserve no more than they need. */
static prov_status reserve(const struct prov_store *store, struct provi_holdings *next,
                           struct prov_error *err)
{
    size_t n = provi_stage_n(&store->committed.params);
    size_t text_bytes = provi_stage_text_bytes(&store->committed.params);
    add_need(store, &store->staged.server, &n, &text_bytes);
    add_need(store, &store->staged.user, &n, &text_bytes);
    return provi_stage_reserve(&next->params, n, text_bytes) == PROV_OK ? PROV_OK
                                                                        : provi_fail_nomem(err);
}

prov_status provi_join_params(const struct prov_store *store, struct provi_holdings *next,
                              struct prov_error *err)
{
    prov_status status = reserve(store, next, err);
    if (status == PROV_OK)
        status = add_committed(store, next, err);
    if (status == PROV_OK)
        status = add_new(store, &store->staged.server, next, err);
    if (status == PROV_OK)
        status = add_new(store, &store->staged.user, next, err);
    return status;
}

static prov_status change_as_user(struct prov_store *store, struct prov_param param,
                                  struct prov_error *err)
{
    if (!store || !param.name.data)
        return provi_fail_invalid(err, "store or name is NULL");
    bool has_begun = provi_store_begin(store);
    struct provi_layered staged;
    prov_status status = PROV_OK;
    provi_join_staged(store, param.name, &staged);
    param.size = sizeof param;
    param.layer = PROV_LAYER_USER;
    if (staged.upper.access == PROV_ACCESS_WRITE) {
        status = prov_store_set(store, &param, err);
    } else {
        status = provi_fail(err, PROV_E_POLICY, "the user may not change it: its access is not rw");
        provi_error_subject(err, param.name);
    }
    return provi_store_end(store, has_begun, status, err);
}

prov_status prov_store_set_user(prov_store *store, prov_str name, prov_str value, int64_t wall_s,
                                struct prov_error *err)
{
    const struct prov_source source = {
        .size = sizeof source, .rule = PROVI_LIT("user"), .wall_s = wall_s};
    const struct prov_param param = {
        .name = name, .value = value, .has_value = PROV_VALUE_GIVEN, .source = &source};
    return change_as_user(store, param, err);
}

prov_status prov_store_clear_user(prov_store *store, prov_str name, struct prov_error *err)
{
    const struct prov_param param = {.name = name, .has_value = PROV_VALUE_FORGET};
    return change_as_user(store, param, err);
}

/* Delete the server's value and access; keep the user's value. */
static prov_status forget_server(struct prov_store *store, const struct prov_param *upper,
                                 struct prov_error *err)
{
    const struct prov_param nothing = {
        .size = sizeof nothing,
        .name = upper->name,
        .has_value = PROV_VALUE_FORGET,
        .access = PROV_ACCESS_DEFAULT,
    };
    prov_status status = provi_stage_add(&store->staged.server, &nothing, err);
    bool has_user = provi_stage_find(&store->committed.lower, upper->name, NULL);
    return status == PROV_OK && has_user ? provi_stage_add(&store->staged.user, upper, err)
                                         : status;
}

static prov_status forget_user(struct prov_store *store, prov_str name, struct prov_error *err)
{
    const struct prov_param nothing = {
        .size = sizeof nothing, .name = name, .has_value = PROV_VALUE_FORGET};
    return provi_stage_add(&store->staged.user, &nothing, err);
}

prov_status prov_store_reset(prov_store *store, uint32_t layer, struct prov_error *err)
{
    if (!store || layer > PROV_LAYER_USER)
        return provi_fail_invalid(err, "store is NULL, or layer is out of range");
    bool is_user = layer == PROV_LAYER_USER;
    const struct provi_stage *all = is_user ? &store->committed.lower : &store->committed.params;
    bool has_begun = provi_store_begin(store);
    prov_status status = PROV_OK;
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(all); i++) {
        struct prov_param param = provi_stage_get(all, i);
        status = is_user ? forget_user(store, param.name, err) : forget_server(store, &param, err);
    }
    return provi_store_end(store, has_begun, status, err);
}
