/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/store.h>

#include <string.h>

/* The storage callbacks of a host, with the store as their context. */

static prov_status host_get(void *store, prov_str name, char *buf, size_t cap, size_t *len)
{
    return prov_store_get(store, name, buf, cap, len);
}

static prov_status host_begin(void *store, struct prov_error *err)
{
    return prov_store_begin(store, err);
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

prov_status prov_store_bind(prov_store *store, struct prov_host *host)
{
    enum {
        FIRST = offsetof(struct prov_host, store_ctx),
        LAST = offsetof(struct prov_host, txn_rollback),
        END = LAST + sizeof host->txn_rollback,
    };
    if (!store || !host)
        return PROV_E_INVALID;
    if (host->size < END)
        return PROV_E_ABI;
    struct prov_host filled = {
        .store_ctx = store,
        .get = host_get,
        .txn_begin = host_begin,
        .txn_set = host_set,
        .txn_commit = host_commit,
        .txn_rollback = host_rollback,
    };
    memcpy((char *)host + FIRST, (char *)&filled + FIRST, END - FIRST);
    return PROV_OK;
}
