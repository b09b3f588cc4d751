/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "persist/validators.h"

#include <string.h>

#include <provision/version.h>

#include "persist/records.h"
#include "persist/save.h"
#include "base/alloc.h"
#include "base/str.h"

const char *const provi_rule_names[PROVI_N_RULES] = {
    "Profile_Rule",
    "Profile_Rule_B",
    "Profile_Rule_C",
    "Profile_Rule_D",
};

static const char name[] = "known";
static const char mark[] = "PVK1";

static uint64_t generation_of(const struct provi_env *env)
{
    const struct prov_host *host = &env->host;
    return host->generation ? host->generation(host->store_ctx) : 0;
}

prov_status provi_validators_init(struct provi_records *records, const struct prov_device *device,
                                  struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, prov_str_from(prov_version_string()));
    provi_digest_add_text(&digester, device->sw_version);
    provi_digest_add(&digester, &records->env->decode_policy, sizeof records->env->decode_policy);
    provi_digest_add(&digester, &records->env->derivations, sizeof records->env->derivations);
    return provi_digest_end(&digester, &records->validators.reader, err);
}

prov_status provi_validators_source(struct provi_records *records,
                                    const struct prov_request *request, struct provi_digest *source,
                                    struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, records->validators.reader.bytes,
                     sizeof records->validators.reader.bytes);
    provi_digest_add(&digester, &request->method, sizeof request->method);
    provi_digest_add_text(&digester, request->url);
    provi_digest_add_text(&digester, request->uid);
    return provi_digest_end(&digester, source, err);
}

/* What is known of a rule's file, if it came from there; else NULL. */
static const struct provi_validator *find_any(const struct provi_records *records, size_t rule,
                                              const struct provi_digest *source)
{
    if (rule >= PROVI_N_RULES)
        return NULL;
    const struct provi_validator *file = records->validators.files[rule];
    return file && file->is_set && provi_digest_eq(&file->source, source) ? file : NULL;
}

/* The same, if its values still stand. */
static const struct provi_validator *find(const struct provi_records *records, size_t rule,
                                          const struct provi_digest *source)
{
    const struct provi_validator *file = find_any(records, rule, source);
    return file && file->generation != 0 && file->generation == generation_of(records->env) ? file
                                                                                            : NULL;
}

bool provi_validators_is_refused(const struct provi_records *records, size_t rule,
                                 const struct provi_digest *source)
{
    const struct provi_validator *file = find_any(records, rule, source);
    return file && !find(records, rule, source) &&
           provi_quarantine_has(&records->quarantine, &file->document);
}

prov_str provi_validators_etag(const struct provi_records *records, size_t rule,
                               const struct provi_digest *source)
{
    bool is_refused = provi_validators_is_refused(records, rule, source);
    const struct provi_validator *file =
        is_refused ? find_any(records, rule, source) : find(records, rule, source);
    return file ? (prov_str){file->etag, file->etag_len} : (prov_str){0};
}

bool provi_validators_has(const struct provi_records *records, size_t rule,
                          const struct provi_digest *source, const struct provi_digest *document)
{
    const struct provi_validator *file = find(records, rule, source);
    return file && provi_digest_eq(&file->document, document);
}

/* Most devices have one rule. NULL: no memory. */
static struct provi_validator *make_file(struct provi_records *records, size_t rule)
{
    struct provi_validator **file = &records->validators.files[rule];
    if (!*file)
        *file = provi_alloc_zero(&records->env->alloc, sizeof **file);
    return *file;
}

void provi_validators_free(struct provi_records *records)
{
    for (size_t i = 0; i < PROVI_N_RULES; i++)
        provi_free(&records->env->alloc, records->validators.files[i],
                   sizeof *records->validators.files[i]);
}

/* An ETag alone is not worth a write to flash: some servers make a new one with every answer. */
static bool differs(const struct provi_validator *a, const struct provi_validator *b)
{
    return !a->is_set || a->generation != b->generation ||
           !provi_digest_eq(&a->source, &b->source) || !provi_digest_eq(&a->document, &b->document);
}

/* What is to be remembered; false: nothing. */
static bool describe(const struct provi_records *records, size_t rule,
                     const struct provi_digest *source, const struct provi_digest *document,
                     prov_str etag, struct provi_validator *file)
{
    *file = (struct provi_validator){.is_set = true, .source = *source};
    bool is_refused = document && provi_quarantine_has(&records->quarantine, document);
    if (!is_refused)
        file->generation = generation_of(records->env);
    if (rule >= PROVI_N_RULES || (file->generation == 0 && !is_refused))
        return false;
    const struct provi_validator *before = find(records, rule, source);
    if (document)
        file->document = *document;
    else if (before)
        file->document = before->document; /* the store has not changed: its values still stand */
    if (etag.len > 0 && etag.len <= sizeof file->etag) {
        memcpy(file->etag, etag.data, etag.len);
        file->etag_len = etag.len;
    }
    return true;
}

void provi_validators_set(struct provi_records *records, size_t rule,
                          const struct provi_digest *source, const struct provi_digest *document,
                          prov_str etag)
{
    struct provi_validators *all = &records->validators;
    uint64_t staged_generation = all->staged_generation;
    all->staged_generation = 0;
    struct provi_validator file;
    struct provi_validator *known = NULL;
    if (describe(records, rule, source, document, etag, &file))
        known = make_file(records, rule);
    if (!known)
        return;
    bool is_kept = staged_generation != 0 && staged_generation == file.generation;
    all->is_changed = !is_kept && (all->is_changed || differs(known, &file));
    *known = file;
}

static prov_status keep(struct provi_records *records, struct prov_error *err)
{
    static const struct provi_validator nothing;
    struct provi_record record;
    provi_save_begin(&record, records->env, mark);
    for (size_t i = 0; i < PROVI_N_RULES; i++) {
        const struct provi_validator *file = records->validators.files[i];
        file = file ? file : &nothing;
        provi_record_number(&record, file->is_set, 1);
        provi_save_digest(&record, &file->source);
        provi_save_digest(&record, &file->document);
        provi_record_number(&record, file->generation, 8);
        provi_record_text(&record, (prov_str){file->etag, file->etag_len});
    }
    return provi_save_end(&record, records->env, name, err);
}

void provi_validators_save(struct provi_records *records)
{
    struct prov_error error = {0};
    if (!records->validators.is_changed)
        return;
    records->validators.is_changed = keep(records, &error) != PROV_OK;
    if (records->validators.is_changed)
        provi_save_warn(records->env, name, &error);
}

void provi_validators_stage(struct provi_records *records, size_t rule,
                            const struct provi_digest *source, const struct provi_digest *document,
                            prov_str etag)
{
    struct provi_validator file;
    struct provi_validator *known = NULL;
    records->validators.staged_generation = 0;
    if (records->env->host.save && describe(records, rule, source, document, etag, &file))
        known = make_file(records, rule);
    if (!known)
        return;
    const struct provi_validator before = *known;
    *known = file;
    if (keep(records, NULL) == PROV_OK)
        records->validators.staged_generation = file.generation;
    *known = before; /* until the values are committed */
}

static void read_file(struct provi_reading *reading, struct provi_validator *file)
{
    *file = (struct provi_validator){.is_set = provi_reading_number(reading, 1) != 0};
    provi_load_digest(reading, &file->source);
    provi_load_digest(reading, &file->document);
    file->generation = provi_reading_number(reading, 8);
    prov_str etag = provi_reading_text(reading);
    if (etag.len > sizeof file->etag)
        etag.len = 0;
    if (etag.len)
        memcpy(file->etag, etag.data, etag.len);
    file->etag_len = etag.len;
    file->is_set &= !reading->is_short;
}

void provi_validators_load(struct provi_records *records)
{
    struct provi_reading reading;
    if (!provi_load(&reading, records->env, name, mark))
        return;
    for (size_t i = 0; i < PROVI_N_RULES; i++) {
        struct provi_validator file;
        read_file(&reading, &file);
        struct provi_validator *known = file.is_set ? make_file(records, i) : NULL;
        if (known)
            *known = file;
    }
    provi_load_end(&reading, records->env);
}
