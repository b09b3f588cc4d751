/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What the user of a device may do to its parameters. */
#include <provision/store.h>

#include "base/error.h"
#include "base/str.h"
#include "store/join.h"

static prov_status stage_user(struct prov_store *store, prov_str name, prov_str value,
                              int64_t wall_s, struct prov_error *err)
{
    const struct prov_source source = {
        .size = sizeof source, .rule = PROVI_LIT("user"), .wall_s = wall_s};
    const struct prov_param param = {
        .size = sizeof param,
        .name = name,
        .value = value,
        .has_value = value.data ? PROV_VALUE_GIVEN : PROV_VALUE_FORGET,
        .layer = PROV_LAYER_USER,
        .source = &source,
    };
    struct provi_layered staged;
    provi_join_staged(store, name, &staged);
    if (staged.front.access == PROV_ACCESS_WRITE)
        return prov_store_set(store, &param, err);
    provi_fail(err, PROV_E_POLICY, "the user may not change it: its access is not rw");
    provi_error_subject(err, name);
    return PROV_E_POLICY;
}

prov_status prov_store_set_user(prov_store *store, prov_str name, prov_str value, int64_t wall_s,
                                struct prov_error *err)
{
    if (!store || !name.data)
        return provi_fail_invalid(err, "store or name is NULL");
    bool has_begun = provi_store_begin(store);
    prov_status status = stage_user(store, name, value, wall_s, err);
    return provi_store_end(store, has_begun, status, err);
}

/* The server's value and access go; what the user set stays. */
static prov_status forget_server(struct prov_store *store, const struct prov_param *front,
                                 struct prov_error *err)
{
    const struct prov_param nothing = {
        .size = sizeof nothing,
        .name = front->name,
        .has_value = PROV_VALUE_FORGET,
        .access = PROV_ACCESS_DEFAULT,
    };
    prov_status status = provi_stage_add(&store->staged.server, &nothing, err);
    bool has_user = provi_stage_find(&store->committed.beneath, front->name, NULL);
    return status == PROV_OK && has_user ? provi_stage_add(&store->staged.user, front, err)
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
        return provi_fail_invalid(err, "store is NULL, or layer a number nobody knows");
    bool is_user = layer == PROV_LAYER_USER;
    const struct provi_stage *all = is_user ? &store->committed.beneath : &store->committed.params;
    bool has_begun = provi_store_begin(store);
    prov_status status = PROV_OK;
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(all); i++) {
        struct prov_param param = provi_stage_get(all, i);
        status = is_user ? forget_user(store, param.name, err) : forget_server(store, &param, err);
    }
    return provi_store_end(store, has_begun, status, err);
}
