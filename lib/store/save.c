/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/record.h"
#include "store/trailer.h"
#include "store/seal.h"

enum { PIECE_BYTES = PROVI_SEAL_PIECE };

/* The document being written to the file; only a piece of it is in memory. */
struct text {
    const struct prov_store *store;
    const struct provi_holdings *holdings;
    void *file;
    char *piece;  /* of PIECE_BYTES; may be secret */
    char *block;  /* room for the encrypted piece; NULL: the file is plain */
    size_t start; /* of the text in the piece */
    size_t len;   /* end of the text in the piece */
    size_t room;  /* bytes by which the file may still grow */
    uint32_t crc;
    struct provi_seal_chain chain;
};

static prov_status fail_limit(const struct text *text, struct prov_error *err)
{
    return provi_fail(err, PROV_E_LIMIT, "the file would exceed %lu bytes",
                      (unsigned long)text->store->limits.max_store_bytes);
}

static prov_status write_bytes(struct text *text, const void *bytes, size_t len,
                               struct prov_error *err)
{
    const struct prov_files *files = &text->store->files;
    int32_t error = files->write(files->ctx, text->file, bytes, len);
    return error != 0 ? provi_store_fail_io(err, "write the new file", error) : PROV_OK;
}

/* The room was checked for the text; encryption makes it longer. */
static prov_status write_block(struct text *text, bool is_last, struct prov_error *err)
{
    size_t len;
    prov_status status = provi_seal_write(&text->store->seal, &text->chain, text->piece, text->len,
                                          is_last, text->block, &len, err);
    if (status != PROV_OK)
        return status;
    size_t growth = len - (text->len - text->start);
    if (growth > text->room)
        return fail_limit(text, err);
    text->room -= growth;
    return write_bytes(text, text->block, len, err);
}

static prov_status flush(struct text *text, bool is_last, struct prov_error *err)
{
    prov_str waiting = {text->piece + text->start, text->len - text->start};
    if (waiting.len == 0)
        return PROV_OK;
    text->crc = provi_crc32(text->crc, waiting);
    prov_status status = text->block ? write_block(text, is_last, err)
                                     : write_bytes(text, waiting.data, waiting.len, err);
    text->len = text->start;
    return status;
}

static prov_status text_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct text *text = ctx;
    const char *from = data;
    if (len > text->room)
        return fail_limit(text, err);
    text->room -= len;
    while (len > 0) {
        size_t n = PIECE_BYTES - text->len < len ? PIECE_BYTES - text->len : len;
        memcpy(text->piece + text->len, from, n);
        text->len += n;
        from += n;
        len -= n;
        prov_status status = text->len == PIECE_BYTES ? flush(text, false, err) : PROV_OK;
        if (status != PROV_OK)
            return status;
    }
    return PROV_OK;
}

static prov_status write_origins(struct text *text, const struct prov_sink *sink,
                                 struct prov_error *err)
{
    struct provi_record record;
    if (!provi_origins_exist(text->holdings))
        return PROV_OK;
    provi_record_init(&record, &text->store->alloc, text->store->limits.max_store_bytes);
    provi_origins_write(&record, text->holdings);
    prov_status status = record.status == PROV_E_NOMEM ? provi_fail_nomem(err) : record.status;
    if (status == PROV_OK)
        status = provi_records_write_line(provi_origins_name, provi_buffer_str(&record.bytes), sink,
                                          err);
    else if (status == PROV_E_LIMIT)
        fail_limit(text, err);
    provi_buffer_free(&record.bytes, &text->store->alloc);
    return status;
}

/* Write the lines that follow the document. */
static prov_status text_finish(void *ctx, struct prov_error *err)
{
    struct text *text = ctx;
    const struct prov_sink sink = {.write = text_write, .ctx = text};
    char line[PROVI_CHECKSUM_BYTES];
    const struct provi_stage *records = &text->holdings->records;
    prov_status status = PROV_OK;
    for (size_t i = 0; i < provi_stage_n(records) && status == PROV_OK; i++)
        status = provi_records_write_line(provi_stage_name(records, i),
                                          provi_stage_value(records, i), &sink, err);
    if (status == PROV_OK)
        status = write_origins(text, &sink, err);
    if (status == PROV_OK)
        status = flush(text, false, err);
    if (status != PROV_OK)
        return status;
    prov_str checksum = provi_checksum_line(text->crc, line);
    status = text_write(text, checksum.data, checksum.len, err);
    return status == PROV_OK ? flush(text, true, err) : status;
}

static prov_status write_mark(struct text *text, struct prov_error *err)
{
    if (provi_seal_mark.len > text->room)
        return fail_limit(text, err);
    text->room -= provi_seal_mark.len;
    return write_bytes(text, provi_seal_mark.data, provi_seal_mark.len, err);
}

static prov_status write_text(struct text *text, struct prov_error *err)
{
    const struct provi_stage *params = &text->holdings->params;
    prov_status status = text->block ? write_mark(text, err) : PROV_OK;
    if (status != PROV_OK)
        return status;
    struct prov_profile_writer_options opt = {.size = sizeof opt, .alloc = &text->store->alloc};
    struct prov_sink sink = {.write = text_write, .finish = text_finish, .ctx = text};
    prov_profile_writer *writer = NULL;
    status = prov_profile_writer_new(&writer, &opt, sink, err);
    for (size_t i = 0; status == PROV_OK && i < provi_stage_n(params); i++) {
        struct prov_param param = provi_stage_get(params, i);
        status = prov_profile_writer_param(writer, &param, err);
    }
    if (status == PROV_OK)
        status = prov_profile_writer_finish(writer, err);
    prov_profile_writer_free(writer);
    return status;
}

static prov_status fill_file(struct text *text, struct prov_error *err)
{
    const struct prov_files *files = &text->store->files;
    prov_status status = write_text(text, err);
    if (status != PROV_OK)
        return status;
    int32_t error = files->sync(files->ctx, text->file);
    return error != 0 ? provi_store_fail_io(err, "sync the new file", error) : PROV_OK;
}

static prov_status write_fresh(struct prov_store *store, struct text *text, struct prov_error *err)
{
    const struct prov_files *files = &store->files;
    int32_t error = files->open_write(files->ctx, store->paths.fresh, &text->file);
    if (error != 0)
        return provi_store_fail_io(err, "create the new file", error);
    prov_status status = fill_file(text, err);
    error = files->close(files->ctx, text->file);
    if (status == PROV_OK && error != 0)
        status = provi_store_fail_io(err, "close the new file", error);
    if (status != PROV_OK)
        files->remove(files->ctx, store->paths.fresh);
    return status;
}

/*
 * Rename the present file before it is replaced: a good one becomes the backup; a damaged one is
 * kept next to the backup, for inspection. Returns the new name, or NULL if there is no file to
 * keep.
 */
static const char *copy_present(struct prov_store *store)
{
    const struct prov_files *files = &store->files;
    bool is_damaged = store->state == PROVI_STORE_DAMAGED;
    const char *name = is_damaged ? store->paths.damaged : store->paths.backup;
    int32_t error = files->remove(files->ctx, name);
    bool may_show = store->is_sealing && store->is_plain;
    if (may_show && !is_damaged) /* this is the first encrypted file: keep no plain one */
        files->remove(files->ctx, store->paths.damaged);
    if (error != 0 || store->state == PROVI_STORE_NONE || may_show || !files->copy)
        return NULL;
    error = files->copy(files->ctx, store->paths.file, name);
    return error == 0 ? name : NULL;
}

static int32_t sync_folder(const struct prov_store *store)
{
    const struct prov_files *files = &store->files;
    return files->sync_folder ? files->sync_folder(files->ctx, store->paths.folder) : 0;
}

/* Undo the rename. @return errno. */
static int32_t undo_rename(const struct prov_store *store, const char *kept)
{
    const struct prov_files *files = &store->files;
    if (kept)
        return files->rename(files->ctx, kept, store->paths.file);
    if (store->state == PROVI_STORE_NONE)
        return files->remove(files->ctx, store->paths.file);
    return ENOENT;
}

/* The new file was renamed into place, but may not be durable. */
static void undo_replace(struct prov_store *store, const char *kept)
{
    int32_t error = undo_rename(store, kept);
    if (error == 0)
        error = sync_folder(store);
    if (error != 0 && store->state != PROVI_STORE_DAMAGED)
        store->state = PROVI_STORE_UNSURE;
}

static prov_status replace(struct prov_store *store, struct prov_error *err)
{
    const struct prov_files *files = &store->files;
    const char *kept = copy_present(store);
    int32_t error = files->rename(files->ctx, store->paths.fresh, store->paths.file);
    if (error != 0) {
        provi_store_fail_io(err, "rename the new file", error);
        files->remove(files->ctx, store->paths.fresh);
        return PROV_E_IO;
    }
    error = sync_folder(store);
    if (error != 0) {
        undo_replace(store, kept);
        return provi_store_fail_io(err, "sync the folder", error);
    }
    if (store->is_sealing && store->is_backup_plain) { /* the new file has its values */
        files->remove(files->ctx, store->paths.backup);
        sync_folder(store);
    }
    store->is_backup_plain = false;
    store->state = PROVI_STORE_GOOD;
    store->is_plain = !store->is_sealing;
    return PROV_OK;
}

prov_status provi_store_save(struct prov_store *store, const struct provi_holdings *holdings,
                             struct prov_error *err)
{
    size_t block_bytes = PROVI_SEAL_LENGTH + PIECE_BYTES + store->seal.growth_bytes;
    size_t n_bytes = PIECE_BYTES + (store->is_sealing ? block_bytes : 0);
    struct text text = {
        .store = store, .holdings = holdings, .room = store->limits.max_store_bytes};
    text.piece = provi_alloc(&store->alloc, n_bytes);
    if (!text.piece)
        return provi_fail_nomem(err);
    if (store->is_sealing) {
        text.block = text.piece + PIECE_BYTES;
        text.start = text.len = PROVI_SEAL_HEAD;
    }
    prov_status status = write_fresh(store, &text, err);
    provi_free_secret(&store->alloc, text.piece, n_bytes);
    return status == PROV_OK ? replace(store, err) : status;
}
