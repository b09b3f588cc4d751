/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "persist/validators.h"

#include <string.h>

#include <provision/version.h>

#include "persist/records.h"
#include "persist/save.h"
#include "base/abi.h"
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

prov_status provi_validators_init(struct provi_records *records, const struct prov_device *device,
                                  struct prov_error *err)
{
    const struct provi_env_options *options = &records->env->options;
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, prov_str_from(prov_version_string()));
    provi_digest_add_text(&digester, device->sw_version);
    provi_digest_add(&digester, &options->decode_policy, sizeof options->decode_policy);
    provi_digest_add(&digester, &options->derivations, sizeof options->derivations);
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

/* The validator of a rule, if its file came from @p source; else NULL. */
static const struct provi_validator *find_any(const struct provi_records *records, size_t rule,
                                              const struct provi_digest *source)
{
    if (rule >= PROVI_N_RULES)
        return NULL;
    const struct provi_validator *file = records->validators.files[rule];
    return file && provi_digest_eq(&file->source, source) ? file : NULL;
}

/* Likewise, and only if the store still has the values of the file. */
static const struct provi_validator *find(const struct provi_records *records, size_t rule,
                                          const struct provi_digest *source)
{
    const struct provi_validator *file = find_any(records, rule, source);
    return file && file->generation != 0 && file->generation == provi_env_generation(records->env)
               ? file
               : NULL;
}

bool provi_validators_is_refused(const struct provi_records *records, size_t rule,
                                 const struct provi_digest *source)
{
    const struct provi_validator *file = find_any(records, rule, source);
    return file && !find(records, rule, source) &&
           provi_quarantine_has(&records->quarantine, file->document);
}

prov_str provi_validators_etag(const struct provi_records *records, size_t rule,
                               const struct provi_digest *source)
{
    bool is_refused = provi_validators_is_refused(records, rule, source);
    const struct provi_validator *file =
        is_refused ? find_any(records, rule, source) : find(records, rule, source);
    return file ? file->etag : (prov_str){0};
}

bool provi_validators_has(const struct provi_records *records, size_t rule,
                          const struct provi_digest *source, uint64_t document)
{
    const struct provi_validator *file = find(records, rule, source);
    return file && file->document == document;
}

static void discard(struct provi_validator *file, const struct prov_alloc *alloc)
{
    if (file)
        provi_free(alloc, file, sizeof *file + file->etag.len);
}

/* Reuse the block where it has the same size: most devices have one rule, and ETags of equal
 * length. False: no memory. */
static bool put_file(struct provi_records *records, size_t rule, const struct provi_validator *file)
{
    const struct prov_alloc *alloc = &records->env->alloc;
    struct provi_validator **known = &records->validators.files[rule];
    struct provi_validator *block = *known;
    if (!block || block->etag.len != file->etag.len)
        block = provi_alloc(alloc, sizeof *block + file->etag.len);
    if (!block)
        return false;
    if (block != *known)
        discard(*known, alloc);
    *block = *file;
    block->etag.data = (char *)(block + 1);
    if (file->etag.len)
        memcpy(block + 1, file->etag.data, file->etag.len);
    *known = block;
    return true;
}

void provi_validators_free(struct provi_records *records)
{
    for (size_t i = 0; i < PROVI_N_RULES; i++)
        discard(records->validators.files[i], &records->env->alloc);
}

/* A change of the ETag alone is not written to flash: some servers send a new one with every
 * response. */
static bool differs(const struct provi_validator *a, const struct provi_validator *b)
{
    return a->generation != b->generation || !provi_digest_eq(&a->source, &b->source) ||
           a->document != b->document;
}

/* Fill in the validator of a file; its ETag is borrowed. False: there is nothing to record. */
static bool describe(const struct provi_records *records, size_t rule,
                     const struct provi_digest *source, uint64_t document, prov_str etag,
                     struct provi_validator *file)
{
    *file = (struct provi_validator){
        .source = *source,
        .wall_s = provi_env_wall_s(records->env),
    };
    bool is_refused = document && provi_quarantine_has(&records->quarantine, document);
    if (!is_refused)
        file->generation = provi_env_generation(records->env);
    if (rule >= PROVI_N_RULES || (file->generation == 0 && !is_refused))
        return false;
    const struct provi_validator *before = find(records, rule, source);
    if (document)
        file->document = document;
    else if (before)
        file->document =
            before->document; /* the store has not changed, so it still has these values */
    if (etag.len <= PROVI_MAX_ETAG)
        file->etag = etag;
    return true;
}

void provi_validators_set(struct provi_records *records, size_t rule,
                          const struct provi_digest *source, uint64_t document, prov_str etag)
{
    struct provi_validators *all = &records->validators;
    uint64_t staged_generation = all->staged_generation;
    all->staged_generation = 0;
    struct provi_validator file;
    if (!describe(records, rule, source, document, etag, &file))
        return;
    const struct provi_validator *known = all->files[rule];
    bool is_new = !known || differs(known, &file);
    bool is_kept = staged_generation != 0 && staged_generation == file.generation;
    if (put_file(records, rule, &file))
        all->is_changed = !is_kept && (all->is_changed || is_new);
}

static prov_status save_record(struct provi_records *records, struct prov_error *err)
{
    static const struct provi_validator nothing;
    struct provi_record record;
    provi_save_begin(&record, records->env, mark);
    for (size_t i = 0; i < PROVI_N_RULES; i++) {
        const struct provi_validator *file = records->validators.files[i];
        provi_record_number(&record, file != NULL, 1);
        file = file ? file : &nothing;
        provi_save_digest(&record, &file->source);
        provi_save_document(&record, file->document);
        provi_record_number(&record, file->generation, 8);
        provi_record_text(&record, file->etag);
    }
    return provi_save_end(&record, records->env, name, err);
}

void provi_validators_save(struct provi_records *records)
{
    struct prov_error error = {0};
    if (!records->validators.is_changed)
        return;
    records->validators.is_changed = save_record(records, &error) != PROV_OK;
    if (records->validators.is_changed)
        provi_save_warn(records->env, name, &error);
}

void provi_validators_stage(struct provi_records *records, size_t rule,
                            const struct provi_digest *source, uint64_t document, prov_str etag)
{
    struct provi_validators *all = &records->validators;
    struct provi_validator file;
    all->staged_generation = 0;
    if (!records->env->host.save || !describe(records, rule, source, document, etag, &file))
        return;
    struct provi_validator *before = all->files[rule];
    all->files[rule] = &file;
    if (save_record(records, NULL) == PROV_OK)
        all->staged_generation = file.generation;
    all->files[rule] =
        before; /* restored once the record is saved: the values are not committed yet */
}

/* Set the generation of all files that have @p from to @p to; returns a bit for each of them. */
static unsigned set_generation(struct provi_records *records, uint64_t from, uint64_t to)
{
    unsigned changed = 0;
    for (size_t i = 0; i < PROVI_N_RULES; i++) {
        struct provi_validator *file = records->validators.files[i];
        if (!file || file->generation != from || from == 0 || to == 0)
            continue;
        file->generation = to;
        changed |= 1u << i;
    }
    return changed;
}

void provi_validators_stage_carried(struct provi_records *records, uint64_t before)
{
    struct provi_validators *all = &records->validators;
    uint64_t after = provi_env_generation(records->env);
    all->staged_generation = 0;
    if (!records->env->host.save || after == before)
        return;
    unsigned changed = set_generation(records, before, after);
    if (changed && save_record(records, NULL) == PROV_OK)
        all->staged_generation = after;
    for (size_t i = 0; i < PROVI_N_RULES; i++) /* undone here: the values are not committed yet */
        if (changed & 1u << i)
            all->files[i]->generation = before;
}

void provi_validators_carry(struct provi_records *records, uint64_t before, uint64_t after)
{
    struct provi_validators *all = &records->validators;
    bool is_kept = all->staged_generation == after;
    all->staged_generation = 0;
    if (after == before || !set_generation(records, before, after))
        return;
    all->is_changed |= !is_kept;
    provi_validators_save(records);
}

/* Read a validator; its ETag is borrowed. False: there is none, or the record is too short. */
static bool read_file(struct provi_reading *reading, struct provi_validator *file)
{
    bool is_set = provi_reading_number(reading, 1) != 0;
    *file = (struct provi_validator){.wall_s = -1};
    provi_load_digest(reading, &file->source);
    file->document = provi_load_document(reading);
    file->generation = provi_reading_number(reading, 8);
    prov_str etag = provi_reading_text(reading);
    if (etag.len <= PROVI_MAX_ETAG)
        file->etag = etag;
    return is_set && !reading->is_short;
}

void provi_validators_load(struct provi_records *records)
{
    struct provi_reading reading;
    if (!provi_load(&reading, records->env, name, mark))
        return;
    for (size_t i = 0; i < PROVI_N_RULES; i++) {
        struct provi_validator file;
        if (read_file(&reading, &file))
            put_file(records, i, &file);
    }
    provi_load_end(&reading, records->env);
}

prov_status provi_validators_get(const struct provi_records *records, size_t rule,
                                 struct prov_validator *out)
{
    const struct provi_validator *file =
        rule < PROVI_N_RULES ? records->validators.files[rule] : NULL;
    if (!file)
        return PROV_E_NOT_FOUND;
    bool is_current =
        file->generation != 0 && file->generation == provi_env_generation(records->env);
    const struct prov_validator found = {
        .size = sizeof found,
        .rule = prov_str_from(provi_rule_names[rule]),
        .etag = file->etag,
        .wall_s = file->wall_s,
        .is_current = is_current,
        .is_refused = !is_current && provi_quarantine_has(&records->quarantine, file->document),
    };
    return provi_abi_out(out, &found, sizeof found);
}
