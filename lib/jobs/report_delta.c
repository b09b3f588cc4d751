/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/report_delta.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "decode/digest.h"
#include "env/env.h"
#include "persist/save.h"

static const char mark[] = "PVD1";

enum {
    FIRST = sizeof mark - 1, /* offset of the first entry, which is a name and a digest */
    DIGEST_LEN = 8,          /* first bytes of the digest of value and access */
};

/* Replaces the digest of a parameter that must be part of the next delta. */
static const char unknown[DIGEST_LEN];

/* Find the digest of a parameter, trying the entry at @p at first; NULL: it has none. */
static const char *find(const struct provi_buffer *bytes, size_t *at, prov_str name)
{
    struct provi_reading reading = {.bytes = *bytes, .at = *at};
    for (bool is_wrapped = false;; is_wrapped = true) {
        while (reading.at < (is_wrapped ? *at : bytes->len)) {
            prov_str found = provi_reading_text(&reading);
            const char *digest = provi_reading_bytes(&reading, DIGEST_LEN);
            if (reading.is_short)
                return NULL;
            if (provi_str_eq(found, name)) {
                *at = reading.at;
                return digest;
            }
        }
        if (is_wrapped)
            return NULL;
        reading.at = FIRST;
    }
}

static bool is_saved_by_host(const struct provi_env *env)
{
    return env->host.save && env->host.load;
}

void provi_report_delta_open(struct provi_report_delta *delta)
{
    provi_report_delta_close(delta);
    delta->is_loaded = is_saved_by_host(delta->env) && delta->kept->len == 0;
    if (delta->is_loaded)
        provi_load(&delta->old, delta->env, delta->name, mark);
    else
        delta->old = (struct provi_reading){.bytes = *delta->kept};
    provi_report_delta_begin(delta);
}

static void release_records(struct provi_report_delta *delta)
{
    provi_buffer_free(&delta->next.bytes, &delta->env->alloc);
    provi_buffer_free(&delta->ahead.bytes, &delta->env->alloc);
}

void provi_report_delta_begin(struct provi_report_delta *delta)
{
    delta->old_at = delta->next_at = FIRST;
    release_records(delta);
    provi_save_begin(&delta->next, delta->env, mark);
    provi_save_begin(&delta->ahead, delta->env, mark);
}

static void add_entry(struct provi_record *record, prov_str name, const void *digest)
{
    provi_record_text(record, name);
    provi_record_bytes(record, digest, DIGEST_LEN);
}

prov_status provi_report_delta_add(struct provi_report_delta *delta, const struct prov_param *param,
                                   bool *is_changed, struct prov_error *err)
{
    struct provi_digest digest;
    struct provi_digester digester;
    const unsigned char access[] = {param->has_value, param->access};
    provi_digest_begin(&digester);
    provi_digest_add(&digester, access, sizeof access);
    provi_digest_add_text(&digester, param->value);
    prov_status status = provi_digest_end(&digester, &digest, err);
    if (status != PROV_OK)
        return status;
    const char *old = find(&delta->old.bytes, &delta->old_at, param->name);
    *is_changed = !old || memcmp(old, digest.bytes, DIGEST_LEN) != 0;
    add_entry(&delta->next, param->name, digest.bytes);
    add_entry(&delta->ahead, param->name, *is_changed ? unknown : (char *)digest.bytes);
    return delta->next.status == PROV_E_NOMEM ? provi_fail_nomem(err) : PROV_OK;
}

bool provi_report_delta_removed(struct provi_report_delta *delta, size_t *at, prov_str *name)
{
    struct provi_reading reading = {.bytes = delta->old.bytes, .at = *at ? *at : FIRST};
    if (delta->next.status != PROV_OK) /* the new record is incomplete, and will not be saved */
        return false;
    while (!reading.is_short && reading.at < reading.bytes.len) {
        *name = provi_reading_text(&reading);
        provi_reading_bytes(&reading, DIGEST_LEN);
        *at = reading.at;
        if (!reading.is_short && !find(&delta->next.bytes, &delta->next_at, *name)) {
            add_entry(&delta->ahead, *name, unknown);
            return true;
        }
    }
    return false;
}

/* Replace the record by @p record, which is then empty. A record that the host cannot save is held
 * in memory. */
static void replace(struct provi_report_delta *delta, struct provi_record *record)
{
    struct provi_env *env = delta->env;
    const struct provi_buffer *old = &delta->old.bytes;
    struct prov_error error = {0};
    struct provi_record copy;
    bool has_record = delta->is_loaded || !is_saved_by_host(env);
    bool is_whole = record->status == PROV_OK;
    if (has_record && is_whole && old->len == record->bytes.len &&
        memcmp(old->data, record->bytes.data, record->bytes.len) == 0)
        return;
    provi_save_begin(&copy, env, mark);
    if (is_whole)
        provi_record_bytes(&copy, record->bytes.data + FIRST, record->bytes.len - FIRST);
    else
        copy.status = record->status;
    prov_status status = provi_save_end(&copy, env, delta->name, &error);
    if (status != PROV_OK)
        provi_save_warn(env, delta->name, &error);
    if (record->status != PROV_OK)
        return;
    if (delta->is_loaded)
        provi_load_end(&delta->old, env);
    provi_buffer_free(delta->kept, &env->alloc);
    *delta->kept = delta->old.bytes = record->bytes;
    record->bytes = (struct provi_buffer){0};
    delta->is_loaded = false;
    delta->is_saved = status == PROV_OK && is_saved_by_host(env);
}

void provi_report_delta_prepare(struct provi_report_delta *delta)
{
    replace(delta, &delta->ahead);
}

void provi_report_delta_save(struct provi_report_delta *delta)
{
    replace(delta, &delta->next);
}

void provi_report_delta_close(struct provi_report_delta *delta)
{
    if (!delta->env)
        return;
    if (delta->is_loaded) /* the host may have been replaced meanwhile */
        provi_load_end(&delta->old, delta->env);
    if (delta->is_saved)
        provi_buffer_free(delta->kept, &delta->env->alloc);
    release_records(delta);
    delta->old = (struct provi_reading){0};
    delta->is_loaded = delta->is_saved = false;
}
