/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <errno.h>

#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"
#include "store/trailer.h"
#include "store/seal.h"

enum { READ_BYTES = 4096 };

/* At the end, PROV_OK with @p len 0. */
static prov_status read_piece(struct prov_store *store, void *file, struct provi_buffer *text,
                              size_t *len, struct prov_error *err)
{
    if (provi_buffer_reserve(text, &store->alloc, READ_BYTES) != PROV_OK)
        return provi_fail_nomem(err);
    int32_t error =
        store->files.read(store->files.ctx, file, text->data + text->len, READ_BYTES, len);
    if (error != 0 || *len > READ_BYTES)
        return provi_store_fail_io(err, "read the file", error ? error : EIO);
    text->len += *len;
    if (text->len > store->limits.max_store_bytes)
        return provi_fail(err, PROV_E_LIMIT, "the file exceeds %lu bytes",
                          (unsigned long)store->limits.max_store_bytes);
    return PROV_OK;
}

/* PROV_E_NOT_FOUND without an error record: the file does not exist. */
static prov_status read_file(struct prov_store *store, const char *path, struct provi_buffer *text,
                             struct prov_error *err)
{
    void *file = NULL;
    int32_t error = store->files.open_read(store->files.ctx, path, &file);
    if (error == ENOENT)
        return PROV_E_NOT_FOUND;
    if (error == EISDIR || error == ENODEV) {
        provi_fail(err, PROV_E_IO, "expected a regular file, found %s",
                   error == EISDIR ? "a folder" : "a FIFO, a device or a socket");
        provi_error_native(err, PROV_ORIGIN_OS, error);
        return PROV_E_IO;
    }
    if (error != 0)
        return provi_store_fail_io(err, "open the file", error);
    prov_status status = PROV_OK;
    for (size_t len = 1; status == PROV_OK && len != 0;)
        status = read_piece(store, file, text, &len, err);
    store->files.close(store->files.ctx, file);
    return status;
}

static prov_status add_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct prov_store *store = ctx;
    struct prov_param own = *param;
    own.line = 0;
    return provi_stage_add(&store->committed.params, &own, err);
}

static prov_status parse(struct prov_store *store, prov_str text, struct prov_error *err)
{
    /* The size was checked above; the content was valid when it was saved, under other limits. */
    uint32_t max_bytes = store->limits.max_store_bytes;
    struct prov_limits limits = {
        .size = sizeof limits,
        .max_value_bytes = max_bytes,
        .max_name_bytes = PROVI_XML_MAX_NAME, /* a longer name could not be written again */
        .max_name_table_bytes = max_bytes,
        .max_token_bytes = max_bytes,
    };
    struct prov_profile_options opt = {
        .size = sizeof opt,
        .alloc = &store->alloc,
        .limits = &limits,
        .strict_names = 1,
    };
    struct prov_profile_handler handler = {.param = add_param, .ctx = store};
    prov_profile_parser *parser = NULL;
    prov_status status = prov_profile_parser_new(&parser, &opt, &handler, err);
    if (status == PROV_OK)
        status = prov_profile_parser_write(parser, text.data, text.len, err);
    if (status == PROV_OK)
        status = prov_profile_parser_finish(parser, err);
    prov_profile_parser_free(parser);
    return status;
}

/* Read the document, the records, and the origins of the values. */
static prov_status read_all(struct prov_store *store, prov_str *text, struct prov_error *err)
{
    struct provi_reading origins = {0};
    prov_status status = provi_records_read(&store->committed.records, &origins.bytes, text, err);
    if (status == PROV_OK)
        status = parse(store, *text, err);
    if (status == PROV_OK)
        provi_stage_record_hash(&store->committed.params);
    if (status == PROV_OK && provi_origins_read(&origins, &store->committed) != PROV_OK)
        status = provi_fail_nomem(err);
    provi_buffer_free(&origins.bytes, &store->alloc);
    return status;
}

static prov_status read_file_text(struct prov_store *store, prov_str text, struct prov_error *err)
{
    if (text.len == 0)
        return provi_fail(err, PROV_E_TRUNCATED, "the file is empty");
    if (provi_store_format(text) != PROVI_STORE_FORMAT)
        return provi_fail(
            err, PROV_E_UNSUPPORTED,
            "the file has a format of a newer release, expected format %u: it is left "
            "as it is",
            (unsigned)PROVI_STORE_FORMAT);
    bool is_broken = provi_checksum_check(text) == PROVI_CHECKSUM_WRONG;
    prov_status status = read_all(store, &text, err);
    if (status != PROV_OK)
        return status; /* with the place of the fault, which a checksum lacks */
    if (is_broken)
        return provi_fail(err, PROV_E_CORRUPT,
                          "the checksum in the last line does not fit the file");
    return PROV_OK;
}

/* Decrypt the text if it is encrypted; refuse a file that the store's options do not permit. */
static prov_status unseal(struct prov_store *store, struct provi_buffer *text,
                          struct prov_error *err)
{
    bool is_sealed = provi_str_starts(provi_buffer_str(text), provi_seal_mark);
    store->is_plain = !is_sealed;
    if (!is_sealed && store->seal.refuses_plain && text->len > 0)
        return provi_fail(err, PROV_E_NOT_ENCRYPTED,
                          "expected an encrypted file: seal.refuses_plain is set");
    if (is_sealed && !store->is_sealing)
        return provi_fail(err, PROV_E_NO_KEY,
                          "the file is encrypted, and prov_store_options.seal is NULL");
    return is_sealed ? provi_seal_read(&store->seal, &store->alloc, text, err) : PROV_OK;
}

static prov_status load(struct prov_store *store, const char *path, struct prov_error *err)
{
    struct provi_buffer text;
    provi_buffer_init(&text, (size_t)store->limits.max_store_bytes + READ_BYTES, true);
    store->is_plain = true;
    prov_status status = read_file(store, path, &text, err);
    if (status == PROV_OK)
        status = unseal(store, &text, err);
    if (status == PROV_OK)
        status = read_file_text(store, provi_buffer_str(&text), err);
    provi_buffer_free(&text, &store->alloc);
    if (status == PROV_OK && provi_stage_compact(&store->committed.params) != PROV_OK)
        status = provi_fail_nomem(err);
    if (status != PROV_OK)
        provi_holdings_free(&store->committed);
    return status;
}

static bool is_bad_content(prov_status status)
{
    return status == PROV_E_CORRUPT || status == PROV_E_TRUNCATED || status == PROV_E_KEY ||
           status == PROV_E_NOT_ENCRYPTED;
}

/* Whether the content is damaged, or a block of it cannot be read any more. */
static bool is_damage(const struct prov_error *err)
{
    return is_bad_content(err->status) || (err->status == PROV_E_IO && err->native == EIO);
}

/* Read the backup in place of a damaged file. If the backup is damaged or missing, report the fault
 * of the file; if the backup cannot be read, the reason for that. */
static prov_status restore(struct prov_store *store, const struct prov_error *damage,
                           struct prov_error *err)
{
    struct prov_error second = {.size = sizeof second};
    bool is_plain = store->is_plain;
    prov_status status = load(store, store->paths.backup, &second);
    store->is_backup_plain = store->is_plain;
    store->is_plain = is_plain;
    if (status == PROV_OK) {
        store->state = PROVI_STORE_DAMAGED;
        store->damage = *damage;
        return PROV_OK;
    }
    if (status == PROV_E_NOT_FOUND || is_bad_content(status)) {
        provi_error_copy(err, damage);
        return damage->status;
    }
    provi_error_source(&second, prov_str_from(store->paths.backup));
    provi_error_copy(err, &second);
    return status;
}

prov_status provi_store_load(struct prov_store *store, struct prov_error *err)
{
    struct prov_error first = {.size = sizeof first};
    prov_status status = load(store, store->paths.file, &first);
    if (status == PROV_OK)
        store->state = PROVI_STORE_GOOD;
    if (status == PROV_OK || status == PROV_E_NOT_FOUND)
        return PROV_OK; /* without a file, the store is empty */
    provi_error_source(&first, prov_str_from(store->paths.file));
    if (is_damage(&first))
        return restore(store, &first, err);
    provi_error_copy(err, &first);
    return status;
}
