/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"
#include "store/posix_files.h"
#include "store/seal.h"

prov_status provi_store_fail_io(struct prov_error *err, const char *action, int32_t error)
{
    char reason[96];
    provi_posix_reason(error, reason, sizeof reason);
    provi_fail(err, PROV_E_IO, "cannot %s: %s", action, reason);
    provi_error_native(err, PROV_ORIGIN_OS, error);
    return PROV_E_IO;
}

void provi_holdings_init(struct provi_holdings *holdings, const struct prov_alloc *alloc,
                         size_t max_bytes)
{
    provi_stage_init(&holdings->params, alloc, max_bytes);
    provi_stage_init(&holdings->lower, alloc, max_bytes);
    provi_stage_init(&holdings->records, alloc, max_bytes);
}

void provi_holdings_free(struct provi_holdings *holdings)
{
    provi_stage_free(&holdings->params);
    provi_stage_free(&holdings->lower);
    provi_stage_free(&holdings->records);
}

void provi_changes_init(struct provi_changes *changes, const struct prov_alloc *alloc,
                        size_t max_bytes)
{
    provi_stage_init(&changes->server, alloc, max_bytes);
    provi_stage_init(&changes->user, alloc, max_bytes);
    provi_stage_init(&changes->records, alloc, max_bytes);
}

void provi_changes_free(struct provi_changes *changes)
{
    provi_stage_free(&changes->server);
    provi_stage_free(&changes->user);
    provi_stage_free(&changes->records);
}

uint64_t provi_holdings_generation(const struct provi_holdings *holdings)
{
    return provi_stage_hash(&holdings->lower, provi_stage_hash(&holdings->params, 0));
}

/* A parameter that cannot be written must be refused now: the next start could not read the
 * file. */
prov_status provi_store_check(const struct prov_param *param, struct prov_error *err)
{
    if (!provi_xml_is_param_name(param->name))
        return provi_fail_invalid(err,
                                  "the name is no XML name of up to 256 bytes, or flat-profile");
    return param->has_value ? provi_xml_check_value(param->value, err) : PROV_OK;
}

static const char *put_path(char **at, prov_str path, const char *suffix)
{
    char *start = *at;
    size_t suffix_len = strlen(suffix) + 1;
    memcpy(start, path.data, path.len);
    memcpy(start + path.len, suffix, suffix_len);
    *at = start + path.len + suffix_len;
    return start;
}

/* The text before the last '/'; `/` for the root, `.` if there is none. */
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
    if (path.len > SIZE_MAX / N_PATHS - MAX_SUFFIX) /* GCOV_EXCL_BR_LINE: memory has no such text */
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

static prov_status copy_files(struct prov_store *store, const struct prov_files *given,
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
        !files->close || !files->rename || !files->remove)
        return provi_fail_invalid(err, "a required file operation is missing");
    if (!files->lock != !files->unlock)
        return provi_fail_invalid(err, "files.lock and files.unlock are required together");
    return PROV_OK;
}

/* Fail only if another holder has the lock. If the lock file cannot be created, since nothing can
 * be written, a phone must still start with its values. */
static prov_status acquire_lock(struct prov_store *store, struct prov_error *err)
{
    if (!store->files.lock)
        return PROV_OK;
    int32_t error = store->files.lock(store->files.ctx, store->paths.lock, &store->lock);
    store->is_locked = error == 0;
    if (error == 0 || provi_posix_is_unwritable(error))
        return PROV_OK;
    if (provi_posix_is_held(error)) {
        provi_fail(err, PROV_E_BUSY, "the store is open elsewhere");
        provi_error_flags(err, PROV_ERROR_RETRYABLE);
        return PROV_E_BUSY;
    }
    return provi_store_fail_io(err, "lock the store", error);
}

/* The paths of a POSIX file system; if @p path is a link, those of its target. */
static prov_status make_posix_paths(struct prov_store *store, prov_str path, struct prov_error *err)
{
    enum { CAP = PROVI_POSIX_PATH_BYTES };
    if (path.len >= CAP)
        return provi_store_fail_io(err, "open the file", ENAMETOOLONG);
    char *block = provi_alloc_zero(&store->alloc, 2 * CAP);
    if (!block)
        return provi_fail_nomem(err);
    memcpy(block, path.data, path.len);
    int32_t error = provi_posix_follow(block, block + CAP, CAP);
    prov_status status = error != 0 ? provi_store_fail_io(err, "follow the link", error)
                                    : make_paths(store, prov_str_from(block), err);
    provi_free(&store->alloc, block, 2 * CAP);
    return status;
}

static prov_status open_file(struct prov_store *store, const struct prov_store_options *opt,
                             struct prov_error *err)
{
    prov_str path = prov_str_from(opt->path);
    prov_status status = copy_files(store, opt->files, err);
    if (status == PROV_OK)
        status = opt->files ? make_paths(store, path, err) : make_posix_paths(store, path, err);
    if (status == PROV_OK)
        status = acquire_lock(store, err);
    if (status != PROV_OK)
        return status;
    /* Left by an interrupted commit. If it cannot be removed, the next commit overwrites it. */
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
    provi_changes_init(&store->staged, &store->alloc, store->limits.max_staged_bytes);
    store->user_wins = opt->user_wins;
    store->is_sealing = opt->seal;
    status = provi_seal_copy(&store->seal, opt->seal, err);
    if (status != PROV_OK)
        return status;
    if (opt->path)
        status = open_file(store, opt, err);
    if (status != PROV_OK)
        provi_error_source(err, prov_str_from(opt->path));
    store->generation = provi_holdings_generation(&store->committed);
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
    store->next_index = &store->next_index_room;
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
