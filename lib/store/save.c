/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <errno.h>

#include "base/error.h"
#include "store/kept.h"
#include "store/origins.h"
#include "store/seal.h"

/* The text ---------------------------------------------------------------------------------- */

struct text {
    const struct prov_store *store;
    const struct provi_holdings *holdings;
    struct provi_buffer buffer;
};

static prov_status tell_buffer(const struct prov_store *store, prov_status status,
                               struct prov_error *err)
{
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "the file would exceed %lu bytes",
                          (unsigned long)store->limits.max_store_bytes);
    return status;
}

static prov_status text_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct text *text = ctx;
    prov_status status = provi_buffer_add(&text->buffer, &text->store->alloc, data, len);
    return tell_buffer(text->store, status, err);
}

static prov_status write_origins(struct text *text)
{
    struct provi_record record;
    if (!provi_origins_are_known(text->holdings))
        return PROV_OK;
    provi_record_init(&record, &text->store->alloc, text->buffer.max);
    provi_origins_write(&record, text->holdings);
    prov_status status = record.status;
    if (status == PROV_OK)
        status = provi_kept_write_line(provi_origins_name, provi_buffer_str(&record.bytes),
                                       &text->buffer, &text->store->alloc);
    provi_buffer_free(&record.bytes, &text->store->alloc);
    return status;
}

static prov_status text_finish(void *ctx, struct prov_error *err)
{
    struct text *text = ctx;
    prov_status status =
        provi_kept_write(&text->holdings->kept, &text->buffer, &text->store->alloc);
    if (status == PROV_OK)
        status = write_origins(text);
    if (status == PROV_OK)
        status = provi_seal_add(&text->buffer, &text->store->alloc);
    return tell_buffer(text->store, status, err);
}

static prov_status write_text(struct text *text, struct prov_error *err)
{
    const struct provi_stage *params = &text->holdings->params;
    struct prov_profile_writer_options opt = {.size = sizeof opt, .alloc = &text->store->alloc};
    struct prov_sink sink = {.write = text_write, .finish = text_finish, .ctx = text};
    prov_profile_writer *writer = NULL;
    prov_status status = prov_profile_writer_new(&writer, &opt, sink, err);
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(params); i++) {
        struct prov_param param = provi_stage_get(params, i);
        status = prov_profile_writer_param(writer, &param, err);
    }
    if (status == PROV_OK)
        status = prov_profile_writer_finish(writer, err);
    prov_profile_writer_free(writer);
    return status;
}

/* The file ---------------------------------------------------------------------------------- */

static prov_status fill_file(struct prov_store *store, void *file, prov_str text,
                             struct prov_error *err)
{
    const struct prov_files *files = &store->files;
    int32_t error = files->write(files->ctx, file, text.data, text.len);
    if (error != 0)
        return provi_store_fail_io(err, "write the new file", error);
    error = files->sync(files->ctx, file);
    return error != 0 ? provi_store_fail_io(err, "sync the new file", error) : PROV_OK;
}

static prov_status write_fresh(struct prov_store *store, prov_str text, struct prov_error *err)
{
    const struct prov_files *files = &store->files;
    void *file = NULL;
    int32_t error = files->open_write(files->ctx, store->paths.fresh, &file);
    if (error != 0)
        return provi_store_fail_io(err, "create the new file", error);
    prov_status status = fill_file(store, file, text, err);
    error = files->close(files->ctx, file);
    if (status == PROV_OK && error != 0)
        status = provi_store_fail_io(err, "close the new file", error);
    if (status != PROV_OK)
        files->remove(files->ctx, store->paths.fresh);
    return status;
}

/*
 * Give the present file a second name before it is replaced: a good one is the next backup, a
 * damaged one is kept apart for a person to look at, beside the backup that has stood in for it.
 * Returns the name, or NULL where there is no file or no second name could be had.
 */
static const char *keep_present(struct prov_store *store)
{
    const struct prov_files *files = &store->files;
    bool is_damaged = store->state == PROVI_STORE_DAMAGED;
    const char *name = is_damaged ? store->paths.damaged : store->paths.backup;
    int32_t error = files->remove(files->ctx, name);
    if (error != 0 || store->state == PROVI_STORE_NONE || !files->copy)
        return NULL;
    error = files->copy(files->ctx, store->paths.file, name);
    return error == 0 ? name : NULL;
}

/* Errno of putting back what was there before the rename. */
static int32_t bring_back(const struct prov_store *store, const char *kept)
{
    const struct prov_files *files = &store->files;
    if (kept)
        return files->rename(files->ctx, kept, store->paths.file);
    if (store->state == PROVI_STORE_NONE)
        return files->remove(files->ctx, store->paths.file);
    return ENOENT;
}

/* The new file is in place, but not for good. */
static void undo_replace(struct prov_store *store, const char *kept)
{
    const struct prov_files *files = &store->files;
    int32_t error = bring_back(store, kept);
    if (error == 0)
        error = files->sync_folder(files->ctx, store->paths.folder);
    if (error != 0 && store->state != PROVI_STORE_DAMAGED)
        store->state = PROVI_STORE_UNSURE;
}

static prov_status replace(struct prov_store *store, struct prov_error *err)
{
    const struct prov_files *files = &store->files;
    const char *kept = keep_present(store);
    int32_t error = files->rename(files->ctx, store->paths.fresh, store->paths.file);
    if (error != 0) {
        provi_store_fail_io(err, "rename the new file", error);
        files->remove(files->ctx, store->paths.fresh);
        return PROV_E_IO;
    }
    error = files->sync_folder(files->ctx, store->paths.folder);
    if (error != 0) {
        undo_replace(store, kept);
        return provi_store_fail_io(err, "sync the folder", error);
    }
    store->state = PROVI_STORE_GOOD;
    return PROV_OK;
}

prov_status provi_store_save(struct prov_store *store, const struct provi_holdings *holdings,
                             struct prov_error *err)
{
    struct text text = {.store = store, .holdings = holdings};
    provi_buffer_init(&text.buffer, store->limits.max_store_bytes, true);
    prov_status status = write_text(&text, err);
    if (status == PROV_OK)
        status = write_fresh(store, provi_buffer_str(&text.buffer), err);
    provi_buffer_free(&text.buffer, &store->alloc);
    return status == PROV_OK ? replace(store, err) : status;
}
