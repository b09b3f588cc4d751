/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/job_values.h"

#include <stdio.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "env/param.h"
#include "fetch/apply.h"

enum { LINE_CAP = 400 }; /* a longer URL is cut, as in messages */

static prov_status stage(struct provi_apply *apply, const struct provi_job_value *value,
                         struct prov_error *err)
{
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(value->name),
        .value = prov_str_from(value->text),
        .has_value = PROV_VALUE_GIVEN,
        .info = provi_param_info(&apply->fetcher->env->params, prov_str_from(value->name)),
    };
    return value->text ? provi_stage_add(&apply->stage, &param, err) : PROV_OK;
}

struct transaction {
    const struct provi_job_record *record;
    struct provi_records *records;
    uint64_t generation; /* of the store before the transaction */
};

static prov_status save_record(const struct provi_job_record *record, struct prov_error *err)
{
    return record->save ? record->save(record->ctx, err) : PROV_OK;
}

/* The values come from no file: the store still has the values of all files. */
static prov_status save_all(void *ctx, struct prov_error *err)
{
    const struct transaction *transaction = ctx;
    prov_status status = save_record(transaction->record, err);
    if (status == PROV_OK)
        provi_validators_stage_carried(transaction->records, transaction->generation);
    return status;
}

prov_status provi_job_store(struct provi_job *job, const char *rule_name,
                            const struct provi_job_value *values, size_t n_values,
                            const struct provi_job_record *record, struct prov_error *err)
{
    struct provi_fetcher *fetcher = job->jobs->fetcher;
    struct transaction transaction = {
        .record = record,
        .records = fetcher->records,
        .generation = provi_env_generation(fetcher->env),
    };
    struct provi_apply apply;
    provi_apply_init(&apply, fetcher, job->type->job, prov_str_from(rule_name));
    apply.save_with = save_all;
    apply.save_ctx = &transaction;
    prov_status status = PROV_OK;
    for (size_t i = 0; i < n_values && status == PROV_OK; i++)
        status = stage(&apply, &values[i], err);
    if (status == PROV_OK)
        status = provi_apply_commit(&apply, err);
    provi_validators_carry(transaction.records, transaction.generation, apply.generation);
    if (status == PROV_OK && apply.n_changed == 0)
        status = save_record(record, err);
    provi_apply_free(&apply);
    return status;
}

void provi_job_write_date(const struct provi_env *env, char buf[PROVI_JOB_DATE_CAP])
{
    int64_t utc_s;
    int32_t offset_s;
    buf[0] = '\0';
    if (!provi_env_wall(env, &utc_s, &offset_s))
        return;
    struct provi_civil t = provi_civil_from_seconds(utc_s + offset_s);
    snprintf(buf, PROVI_JOB_DATE_CAP, "%02d/%02d/%04d %02d:%02d:%02d", t.month, t.day, (int)t.year,
             t.hour, t.minute, t.second);
}

/* Whether the stored line is equal but for its time. */
static bool is_stored(const struct provi_env *env, const char *name, prov_str line, prov_str end)
{
    char stored[LINE_CAP];
    size_t len;
    return provi_param_copy_stored(&env->params, prov_str_from(name), stored, sizeof stored,
                                   &len) == PROV_OK &&
           len == line.len && provi_str_eq(end, (prov_str){stored + len - end.len, end.len});
}

void provi_job_store_line(struct provi_job *job, const char *rule_name, const char *name,
                          const char *prefix, prov_str url, const char *text,
                          const struct provi_job_value *more)
{
    char date[PROVI_JOB_DATE_CAP], line[LINE_CAP];
    const struct provi_env *env = provi_job_env(job);
    provi_job_write_date(env, date);
    int start = snprintf(line, sizeof line, "%s[%s]", prefix, date);
    snprintf(line + start, sizeof line - (size_t)start, "[%.*s]%s", PROVI_STR(url), text);
    bool is_same = is_stored(env, name, prov_str_from(line), prov_str_from(line + start));
    const struct provi_job_value values[] = {
        {name, is_same ? NULL : line},
        {more ? more->name : name, more ? more->text : NULL},
    };
    const struct provi_job_record none = {0};
    provi_job_store(job, rule_name, values, PROVI_LEN(values), &none, NULL);
}

void provi_job_show(const struct provi_job *job, const char *section, const char *name,
                    struct provi_status_field *out)
{
    size_t len;
    out->section = section;
    snprintf(out->name, sizeof out->name, "%s", name);
    if (provi_param_copy(&provi_job_env(job)->params, prov_str_from(name), out->value,
                         sizeof out->value, &len) != PROV_OK)
        out->value[0] = '\0';
}
