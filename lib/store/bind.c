/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <string.h>

#include "base/abi.h"
#include "base/error.h"

/* The storage callbacks of a host; their context is the store. */

static prov_status host_begin(void *store, struct prov_error *err)
{
    prov_status status = prov_store_begin(store, err);
    if (status == PROV_OK)
        ((struct prov_store *)store)->is_hosts = true;
    return status;
}

static prov_status host_set(void *store, const struct prov_param *param, struct prov_error *err)
{
    return prov_store_set(store, param, err);
}

static prov_status host_commit(void *store, struct prov_error *err)
{
    return prov_store_commit(store, err);
}

static void host_rollback(void *store)
{
    prov_store_rollback(store);
}

/* The agent calls this with PROV_LAYER_ANY for every parameter of a profile. */
static prov_status host_find(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    return layer == PROV_LAYER_ANY ? provi_store_find(store, name, out)
                                   : prov_store_find(store, name, layer, out);
}

static prov_status host_param(void *store, size_t index, struct prov_param *out)
{
    return prov_store_param(store, index, out);
}

/* Within a transaction of the store's user, the agent sees the committed generation. */
static uint64_t host_generation(void *store)
{
    return ((struct prov_store *)store)->is_hosts ? provi_store_next_generation(store)
                                                  : prov_store_generation(store);
}

static prov_status host_save(void *store, prov_str name, const void *data, size_t len,
                             struct prov_error *err)
{
    return prov_store_save_record(store, name, data, len, err);
}

static prov_status host_load(void *store, prov_str name, void *buf, size_t cap, size_t *len)
{
    return prov_store_load_record(store, name, buf, cap, len);
}

prov_status prov_store_bind(prov_store *store, struct prov_host *host, struct prov_error *err)
{
    enum {
        FIRST = offsetof(struct prov_host, store_ctx),
        LAST = offsetof(struct prov_host, load),
        END = LAST + sizeof host->load,
    };
    if (!store || !host)
        return provi_fail_invalid(err, "store or host is NULL");
    if (host->size < END || !provi_abi_is_size(host->size))
        return provi_fail(err, PROV_E_ABI, "expected size to be sizeof the struct, found %zu",
                          host->size);
    struct prov_host filled = {
        .store_ctx = store,
        .stores_access = 1,
        .user_wins = store->user_wins,
        .find = host_find,
        .param = host_param,
        .txn_begin = host_begin,
        .txn_set = host_set,
        .txn_commit = host_commit,
        .txn_rollback = host_rollback,
        .generation = host_generation,
        .save = host_save,
        .load = host_load,
    };
    memcpy((char *)host + FIRST, (char *)&filled + FIRST, END - FIRST);
    return PROV_OK;
}
