/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <errno.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/join.h"
#include "store/posix_files.h"

/* Holdings ---------------------------------------------------------------------------------- */

void provi_holdings_init(struct provi_holdings *holdings, const struct prov_alloc *alloc,
                         size_t max_bytes)
{
    provi_stage_init(&holdings->params, alloc, max_bytes);
    provi_stage_init(&holdings->beneath, alloc, max_bytes);
    provi_stage_init(&holdings->kept, alloc, max_bytes);
}

void provi_holdings_free(struct provi_holdings *holdings)
{
    provi_stage_free(&holdings->params);
    provi_stage_free(&holdings->beneath);
    provi_stage_free(&holdings->kept);
}

static void changes_init(struct provi_changes *changes, const struct prov_alloc *alloc,
                         size_t max_bytes)
{
    provi_stage_init(&changes->server, alloc, max_bytes);
    provi_stage_init(&changes->user, alloc, max_bytes);
    provi_stage_init(&changes->kept, alloc, max_bytes);
}

void provi_changes_free(struct provi_changes *changes)
{
    provi_stage_free(&changes->server);
    provi_stage_free(&changes->user);
    provi_stage_free(&changes->kept);
}

/* FNV-1a in 64 bits: the same on every boot, other than the hash of an index. */
static uint64_t add_to_stamp(uint64_t stamp, prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        stamp = (stamp ^ (unsigned char)text.data[i]) * 0x100000001b3u;
    return stamp;
}

static uint64_t add_all_to_stamp(uint64_t stamp, const struct provi_stage *params)
{
    for (size_t i = 0; i < provi_stage_n(params); i++) {
        struct prov_param param = provi_stage_get(params, i);
        const char ends[] = {'\0', (char)param.has_value, (char)param.access};
        stamp = add_to_stamp(stamp, param.name);
        stamp = add_to_stamp(stamp, (prov_str){ends, sizeof ends});
        stamp = add_to_stamp(stamp, param.value);
        stamp = add_to_stamp(stamp, (prov_str){ends, 1});
    }
    return stamp;
}

uint64_t provi_store_stamp_of(const struct provi_stage *params)
{
    uint64_t stamp = add_all_to_stamp(0xcbf29ce484222325u, params);
    return stamp ? stamp : 1;
}

/* With nothing beneath, that of what counts. */
static uint64_t stamp_of(const struct provi_holdings *holdings)
{
    uint64_t stamp = provi_store_stamp_of(&holdings->params);
    stamp = add_all_to_stamp(stamp, &holdings->beneath);
    return stamp ? stamp : 1;
}

void provi_store_adopt(struct prov_store *store, const struct provi_holdings *next)
{
    provi_holdings_free(&store->committed);
    store->committed = *next;
    store->stamp = stamp_of(&store->committed);
}

/* Opening ----------------------------------------------------------------------------------- */

static const char *put_path(char **at, prov_str path, const char *suffix)
{
    char *start = *at;
    size_t suffix_len = strlen(suffix) + 1;
    memcpy(start, path.data, path.len);
    memcpy(start + path.len, suffix, suffix_len);
    *at = start + path.len + suffix_len;
    return start;
}

/* All before the last '/', `/` itself for the root, `.` where there is none. */
static prov_str folder_of(prov_str path)
{
    size_t len = path.len;
    while (len != 0 && path.data[len - 1] != '/')
        len--;
    if (len == 0)
        return PROVI_LIT(".");
    return (prov_str){path.data, len > 1 ? len - 1 : 1};
}

static prov_status make_paths(struct prov_store *store, prov_str path, struct prov_error *err)
{
    enum { N_PATHS = 6, MAX_SUFFIX = sizeof ".damaged" };
    struct provi_store_paths *paths = &store->paths;
    if (path.len == 0)
        return provi_fail_invalid(err, "path is empty");
    if (path.len > SIZE_MAX / N_PATHS - MAX_SUFFIX)
        return provi_fail_nomem(err);
    paths->block_size = N_PATHS * (path.len + MAX_SUFFIX);
    paths->block = provi_alloc(&store->alloc, paths->block_size);
    if (!paths->block)
        return provi_fail_nomem(err);
    char *at = paths->block;
    paths->file = put_path(&at, path, "");
    paths->fresh = put_path(&at, path, ".new");
    paths->backup = put_path(&at, path, ".bak");
    paths->damaged = put_path(&at, path, ".damaged");
    paths->lock = put_path(&at, path, ".lock");
    paths->folder = put_path(&at, folder_of(path), "");
    return PROV_OK;
}

static prov_status take_files(struct prov_store *store, const struct prov_files *given,
                              struct prov_error *err)
{
    struct prov_files *files = &store->files;
    if (!given) {
        *files = provi_posix_files();
        return PROV_OK;
    }
    prov_status status = provi_abi_in(files, sizeof *files, given, err);
    if (status != PROV_OK)
        return status;
    if (!files->open_read || !files->open_write || !files->read || !files->write || !files->sync ||
        !files->close || !files->rename || !files->remove || !files->sync_folder || !files->lock ||
        !files->unlock)
        return provi_fail_invalid(err, "a required file operation is missing");
    return PROV_OK;
}

/*
 * Only another holder keeps a store from opening. Where the lock file cannot be made because
 * nothing can be written, a phone still starts with its values.
 */
static prov_status take_lock(struct prov_store *store, struct prov_error *err)
{
    int32_t error = store->files.lock(store->files.ctx, store->paths.lock, &store->lock);
    store->is_locked = error == 0;
    if (error == 0 || error == EROFS || error == ENOSPC || error == EDQUOT)
        return PROV_OK;
    if (error == EWOULDBLOCK) {
        provi_fail(err, PROV_E_BUSY, "the store is open elsewhere");
        provi_error_flags(err, PROV_ERROR_RETRYABLE);
        return PROV_E_BUSY;
    }
    return provi_store_fail_io(err, "lock the store", error);
}

static prov_status open_file(struct prov_store *store, const struct prov_store_options *opt,
                             struct prov_error *err)
{
    prov_status status = take_files(store, opt->files, err);
    if (status == PROV_OK)
        status = make_paths(store, prov_str_from(opt->path), err);
    if (status == PROV_OK)
        status = take_lock(store, err);
    if (status != PROV_OK)
        return status;
    /* Left by an interrupted commit. Should removing fail, the next commit writes over it. */
    store->files.remove(store->files.ctx, store->paths.fresh);
    return provi_store_load(store, err);
}

static prov_status set_up(struct prov_store *store, const struct prov_store_options *opt,
                          struct prov_error *err)
{
    prov_status status = provi_limits_resolve(&store->limits, opt->limits, err);
    if (status != PROV_OK)
        return status;
    provi_holdings_init(&store->committed, &store->alloc, store->limits.max_store_bytes);
    changes_init(&store->staged, &store->alloc, store->limits.max_staged_bytes);
    store->user_wins = opt->user_wins;
    if (opt->path)
        status = open_file(store, opt, err);
    if (status != PROV_OK)
        provi_error_source(err, prov_str_from(opt->path));
    store->stamp = stamp_of(&store->committed);
    return status;
}

prov_status prov_store_open(prov_store **out, const struct prov_store_options *opt,
                            struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    struct prov_store_options own;
    prov_status status = provi_abi_in(&own, sizeof own, opt, err);
    if (status != PROV_OK)
        return status;
    struct prov_alloc alloc = provi_alloc_or_default(own.alloc);
    struct prov_store *store = provi_alloc_zero(&alloc, sizeof *store);
    if (!store)
        return provi_fail_nomem(err);
    store->alloc = alloc;
    status = set_up(store, &own, err);
    if (status != PROV_OK) {
        prov_store_close(store);
        return status;
    }
    *out = store;
    return PROV_OK;
}

void prov_store_close(prov_store *store)
{
    if (!store)
        return;
    provi_changes_free(&store->staged);
    provi_holdings_free(&store->committed);
    if (store->is_locked)
        store->files.unlock(store->files.ctx, store->lock);
    struct prov_alloc alloc = store->alloc;
    provi_free(&alloc, store->paths.block, store->paths.block_size);
    provi_free(&alloc, store, sizeof *store);
}

bool prov_store_was_restored(const prov_store *store, struct prov_error *why)
{
    if (!store || store->damage.status == PROV_OK)
        return false;
    provi_error_copy(why, &store->damage);
    return true;
}

/* Reading ----------------------------------------------------------------------------------- */

/*
 * Who compares a profile asks in the order of the one before: the parameter behind the last answer
 * mostly spares the search. The note of it is no part of what the store holds, hence not const.
 */
prov_status provi_store_find(const struct prov_store *store, prov_str name, struct prov_param *out)
{
    const struct provi_stage *params = &store->committed.params;
    size_t index = provi_stage_index_near(params, name, store->next_index);
    ((struct prov_store *)store)->next_index = index + 1;
    if (index == provi_stage_n(params))
        return PROV_E_NOT_FOUND;
    const struct provi_stage_entry *entry = params->entries[index];
    out->name = provi_stage_name(entry);
    out->value = provi_stage_value(entry);
    out->has_value = entry->has_value;
    out->access = entry->access;
    out->line = entry->line;
    out->source = provi_stage_source(params, entry);
    out->layer = provi_stage_n(&store->committed.beneath) > 0 &&
                         provi_stage_find(&store->committed.beneath, name, NULL)
                     ? PROV_LAYER_USER
                     : PROV_LAYER_SERVER;
    return PROV_OK;
}

prov_status prov_store_get(const prov_store *store, prov_str name, char *buf, size_t cap,
                           size_t *len)
{
    if (!store || !len || (!buf && cap != 0) || (!name.data && name.len != 0))
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
    if (provi_stage_find(&store->committed.beneath, param.name, NULL))
        param.layer = PROV_LAYER_USER;
    return provi_abi_out(out, &param, sizeof param);
}

prov_status prov_store_find(const prov_store *store, prov_str name, uint32_t layer,
                            struct prov_param *out)
{
    if (!store || !out || layer > PROV_LAYER_ANY || (!name.data && name.len != 0))
        return PROV_E_INVALID;
    struct provi_layered param;
    provi_join_committed(store, name, &param);
    struct prov_param *found = &param.front;
    found->layer = param.has_user ? PROV_LAYER_USER : PROV_LAYER_SERVER;
    if (layer == PROV_LAYER_SERVER && param.has_user) {
        param.beneath.access = param.front.access;
        found = &param.beneath;
    }
    bool is_there = found->has_value || found->access != PROV_ACCESS_KEEP;
    if (!is_there || (layer != PROV_LAYER_ANY && layer != found->layer))
        return PROV_E_NOT_FOUND;
    return provi_abi_out(out, found, sizeof *found);
}

uint32_t prov_store_access(const prov_store *store, prov_str name)
{
    struct prov_param param = {.access = PROV_ACCESS_KEEP};
    if (store && (name.data || name.len == 0))
        provi_store_find(store, name, &param);
    return param.access;
}

uint64_t prov_store_stamp(const prov_store *store)
{
    return store ? store->stamp : 0;
}
