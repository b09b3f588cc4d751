/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <string.h>

#include "base/abi.h"
#include "base/str.h"

/* A profile usually has the order of the previous one, so try the parameter after the last found
 * one first. This hint is not part of the content, so it is writable in a const store. */
prov_status provi_store_find(const struct prov_store *store, prov_str name, struct prov_param *out)
{
    const struct provi_stage *params = &store->committed.params;
    size_t index = provi_stage_index_near(params, name, *store->next_index);
    *store->next_index = index + 1;
    if (index == provi_stage_n(params))
        return PROV_E_NOT_FOUND;
    const struct provi_stage_entry *entry = &params->entries[index];
    out->name = provi_stage_name(params, index);
    out->value = provi_stage_value(params, index);
    out->has_value = entry->has_value;
    out->access = entry->access;
    out->line = entry->line;
    out->source = provi_stage_source(params, index);
    out->layer = provi_stage_n(&store->committed.lower) > 0 &&
                         provi_stage_find(&store->committed.lower, name, NULL)
                     ? PROV_LAYER_USER
                     : PROV_LAYER_SERVER;
    return PROV_OK;
}

prov_status prov_store_get(const prov_store *store, prov_str name, char *buf, size_t cap,
                           size_t *len)
{
    if (!store || !len || (!buf && cap != 0) || !provi_str_is_sound(name))
        return PROV_E_INVALID;
    *len = 0;
    struct prov_param param = {0};
    if (provi_store_find(store, name, &param) != PROV_OK || !param.has_value)
        return PROV_E_NOT_FOUND;
    return provi_str_out(param.value, buf, cap, len);
}

size_t prov_store_n_params(const prov_store *store)
{
    return store ? provi_stage_n(&store->committed.params) : 0;
}

prov_status prov_store_param(const prov_store *store, size_t index, struct prov_param *out)
{
    if (!store || !out)
        return PROV_E_INVALID;
    if (index >= provi_stage_n(&store->committed.params))
        return PROV_E_NOT_FOUND;
    struct prov_param param = provi_stage_get(&store->committed.params, index);
    if (provi_stage_find(&store->committed.lower, param.name, NULL))
        param.layer = PROV_LAYER_USER;
    return provi_abi_out(out, &param, sizeof param);
}

prov_status prov_store_find(const prov_store *store, prov_str name, uint32_t layer,
                            struct prov_param *out)
{
    if (!store || !out || layer > PROV_LAYER_ANY || !provi_str_is_sound(name))
        return PROV_E_INVALID;
    struct provi_layered param;
    provi_join_committed(store, name, &param);
    struct prov_param *found = &param.upper;
    found->layer = param.has_user ? PROV_LAYER_USER : PROV_LAYER_SERVER;
    if (layer == PROV_LAYER_SERVER && param.has_user) {
        param.lower.access = param.upper.access;
        found = &param.lower;
    }
    bool is_there = found->has_value || found->access != PROV_ACCESS_KEEP;
    if (!is_there || (layer != PROV_LAYER_ANY && layer != found->layer))
        return PROV_E_NOT_FOUND;
    return provi_abi_out(out, found, sizeof *found);
}

uint32_t prov_store_access(const prov_store *store, prov_str name)
{
    struct prov_param param = {.access = PROV_ACCESS_KEEP};
    if (store && provi_str_is_sound(name))
        provi_store_find(store, name, &param);
    return param.access;
}

uint64_t prov_store_generation(const prov_store *store)
{
    return store ? store->generation : 0;
}

prov_status prov_store_load_record(const prov_store *store, prov_str name, void *buf, size_t cap,
                                   size_t *len)
{
    if (!store || !len || (!buf && cap > 0) || !provi_str_is_sound(name))
        return PROV_E_INVALID;
    *len = 0;
    struct prov_param record;
    if (!provi_stage_find(&store->committed.records, name, &record))
        return PROV_E_NOT_FOUND;
    *len = record.value.len;
    if (record.value.len > cap)
        return PROV_E_LIMIT;
    memcpy(buf, record.value.data, record.value.len); /* not NULL: the value is not empty */
    return PROV_OK;
}
