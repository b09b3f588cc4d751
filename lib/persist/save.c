/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "persist/save.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "persist/records.h"

enum {
    MARK_LEN = 4,
    CHECK_LEN = 8, /* first bytes of the digest of the whole record before it */
};

static size_t max_bytes(const struct provi_env *env)
{
    return 2 * (size_t)env->limits.max_staged_bytes; /* texts, and other fields of the same size */
}

static void warn(struct provi_env *env, const char *name, prov_str text,
                 const struct prov_error *error)
{
    provi_env_log(env, 0,
                  (struct prov_log_entry){
                      .severity = PROV_SEVERITY_WARNING,
                      .name = prov_str_from(name),
                      .text = text,
                      .error = error,
                  });
}

void provi_save_warn(struct provi_env *env, const char *name, const struct prov_error *error)
{
    warn(env, name, PROVI_LIT("a record cannot be saved"), error);
}

void provi_load_warn(struct provi_env *env, const char *name, const struct prov_error *error)
{
    warn(env, name, PROVI_LIT("a saved record cannot be used"), error);
}

void provi_save_begin(struct provi_record *record, struct provi_env *env, const char *mark)
{
    provi_record_init(record, &env->alloc, max_bytes(env));
    provi_record_bytes(record, mark, MARK_LEN);
}

void provi_save_digest(struct provi_record *record, const struct provi_digest *digest)
{
    provi_record_bytes(record, digest->bytes, sizeof digest->bytes);
}

/* The rest, zeros, is of format 1. */
enum { DOCUMENT_REST = sizeof(struct provi_digest) - sizeof(uint64_t) };

void provi_save_document(struct provi_record *record, uint64_t document)
{
    static const char rest[DOCUMENT_REST];
    provi_record_number(record, document, 8);
    provi_record_bytes(record, rest, sizeof rest);
}

static prov_status check_of(prov_str bytes, struct provi_digest *check, struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, bytes.data, bytes.len);
    return provi_digest_end(&digester, check, err);
}

static prov_status save_bytes(struct provi_env *env, const char *name, prov_str bytes,
                              struct prov_error *err)
{
    const struct prov_host *host = &env->host;
    if (!host->save || !host->load)
        return PROV_OK;
    prov_status status =
        host->save(host->store_ctx, prov_str_from(name), bytes.data, bytes.len, err);
    return provi_host_answer(status, "save", prov_str_from(name), err);
}

prov_status provi_save_end(struct provi_record *record, struct provi_env *env, const char *name,
                           struct prov_error *err)
{
    struct provi_digest check = {{0}};
    prov_status status = check_of(provi_buffer_str(&record->bytes), &check, err);
    provi_record_bytes(record, check.bytes, CHECK_LEN);
    if (status == PROV_OK && record->status != PROV_OK)
        status = provi_fail(err, record->status, "a record to be saved: %s",
                            prov_status_text(record->status));
    if (status == PROV_OK)
        status = save_bytes(env, name, provi_buffer_str(&record->bytes), err);
    provi_buffer_free(&record->bytes, &env->alloc);
    return status;
}

prov_status provi_save_erase(struct provi_env *env, const char *name, struct prov_error *err)
{
    return save_bytes(env, name, (prov_str){0}, err);
}

static prov_status recall(struct provi_env *env, const char *name, struct provi_buffer *out)
{
    const struct prov_host *host = &env->host;
    size_t len = 64;
    for (;;) {
        if (!host->save || !host->load) /* or no longer: the callback may free the agent */
            return PROV_E_NOT_FOUND;
        prov_status status = provi_buffer_reserve(out, &env->alloc, len);
        if (status != PROV_OK)
            return status;
        size_t cap = out->cap;
        len = 0;
        status = host->load(host->store_ctx, prov_str_from(name), out->data, cap, &len);
        status = provi_host_copied(status, cap, len);
        if (status == PROV_OK)
            out->len = len;
        if (status != PROV_E_LIMIT)
            return status;
    }
}

static prov_status check(struct provi_reading *reading, const char *mark, struct prov_error *err)
{
    struct provi_buffer *bytes = &reading->bytes;
    struct provi_digest digest;
    if (bytes->len < MARK_LEN + CHECK_LEN)
        return provi_fail(err, PROV_E_TRUNCATED, "a record of %zu bytes", bytes->len);
    bytes->len -= CHECK_LEN;
    prov_status status = check_of(provi_buffer_str(bytes), &digest, err);
    if (status != PROV_OK)
        return status;
    if (memcmp(bytes->data + bytes->len, digest.bytes, CHECK_LEN) != 0)
        return provi_fail(err, PROV_E_CORRUPT, "the checksum of a record is wrong");
    if (memcmp(bytes->data, mark, MARK_LEN) != 0)
        return provi_fail(err, PROV_E_UNSUPPORTED, "a record of another format");
    return PROV_OK;
}

bool provi_load(struct provi_reading *reading, struct provi_env *env, const char *name,
                const char *mark)
{
    struct prov_error error = {0};
    *reading = (struct provi_reading){.at = MARK_LEN};
    provi_buffer_init(&reading->bytes, max_bytes(env), true);
    prov_status status = recall(env, name, &reading->bytes);
    if (status == PROV_OK)
        status = check(reading, mark, &error);
    else if (status != PROV_E_NOT_FOUND)
        provi_fail(&error, status, "a record: %s", prov_status_text(status));
    if (status == PROV_OK)
        return true;
    if (status != PROV_E_NOT_FOUND)
        provi_load_warn(env, name, &error);
    provi_load_end(reading, env);
    reading->is_short = status != PROV_E_NOT_FOUND;
    return false;
}

uint64_t provi_load_document(struct provi_reading *reading)
{
    uint64_t document = provi_reading_number(reading, 8);
    provi_reading_bytes(reading, DOCUMENT_REST);
    return document;
}

void provi_load_digest(struct provi_reading *reading, struct provi_digest *digest)
{
    const char *bytes = provi_reading_bytes(reading, sizeof digest->bytes);
    if (bytes)
        memcpy(digest->bytes, bytes, sizeof digest->bytes);
    else
        *digest = (struct provi_digest){{0}};
}

void provi_load_end(struct provi_reading *reading, struct provi_env *env)
{
    provi_buffer_free(&reading->bytes, &env->alloc);
}
