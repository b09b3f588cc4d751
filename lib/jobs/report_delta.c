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
    FIRST = sizeof mark - 1, /* byte of the first entry: name, and digest */
    DIGEST_LEN = 8,          /* first bytes of the digest of value and access */
};

/* The digest in the entry of a parameter, expected at @p at; NULL: there is none. */
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
    if (is_saved_by_host(delta->env))
        provi_load(&delta->old, delta->env, delta->name, mark);
    else
        delta->old = (struct provi_reading){.bytes = *delta->kept};
    provi_save_begin(&delta->next, delta->env, mark);
}

void provi_report_delta_begin(struct provi_report_delta *delta)
{
    delta->old_at = delta->next_at = FIRST;
    provi_buffer_free(&delta->next.bytes, &delta->env->alloc);
    provi_save_begin(&delta->next, delta->env, mark);
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
    provi_record_text(&delta->next, param->name);
    provi_record_bytes(&delta->next, digest.bytes, DIGEST_LEN);
    return delta->next.status == PROV_E_NOMEM ? provi_fail_nomem(err) : PROV_OK;
}

bool provi_report_delta_removed(struct provi_report_delta *delta, size_t *at, prov_str *name)
{
    struct provi_reading reading = {.bytes = delta->old.bytes, .at = *at ? *at : FIRST};
    if (delta->next.status != PROV_OK) /* it lacks some that are stored, and is not saved */
        return false;
    while (!reading.is_short && reading.at < reading.bytes.len) {
        *name = provi_reading_text(&reading);
        provi_reading_bytes(&reading, DIGEST_LEN);
        *at = reading.at;
        if (!reading.is_short && !find(&delta->next.bytes, &delta->next_at, *name))
            return true;
    }
    return false;
}

static bool is_same(const struct provi_report_delta *delta)
{
    const struct provi_buffer *old = &delta->old.bytes;
    const struct provi_buffer *next = &delta->next.bytes;
    return old->len == next->len && memcmp(old->data, next->data, next->len) == 0;
}

void provi_report_delta_save(struct provi_report_delta *delta)
{
    struct provi_env *env = delta->env;
    struct prov_error error = {0};
    if (is_same(delta))
        return;
    if (is_saved_by_host(env)) {
        if (provi_save_end(&delta->next, env, delta->name, &error) != PROV_OK)
            provi_save_warn(env, delta->name, &error);
    } else if (delta->next.status == PROV_OK) {
        provi_buffer_free(delta->kept, &env->alloc);
        *delta->kept = delta->next.bytes;
        delta->old.bytes = delta->next.bytes = (struct provi_buffer){0};
    }
}

void provi_report_delta_close(struct provi_report_delta *delta)
{
    if (!delta->env)
        return;
    if (is_saved_by_host(delta->env))
        provi_load_end(&delta->old, delta->env);
    provi_buffer_free(&delta->next.bytes, &delta->env->alloc);
    delta->old = (struct provi_reading){0};
}
