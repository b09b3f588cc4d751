/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "result.h"

#include <inttypes.h>

#include <provision/names.h>

#include "common/json_object.h"

static void add_settings(struct json_object *object, const struct record *record)
{
    struct json_object settings = json_add_array(object, "settings");
    for (size_t i = 0; i < record->n_settings; i++) {
        struct json_object setting = json_add_object(&settings, NULL);
        json_add_word(&setting, "name", record->settings[i].name);
        json_add_word(&setting, "value", record->settings[i].value);
        json_end(&setting);
    }
    json_end(&settings);
}

static void add_parts(struct json_object *object, const struct record *record)
{
    struct json_object parts = json_add_array(object, "parts");
    for (size_t i = 0; i < record->n_parts; i++) {
        const struct part *part = &record->parts[i];
        struct json_object entry = json_add_object(&parts, NULL);
        json_add_number(&entry, "shard", part->number);
        json_add_number(&entry, "n_shards", part->n_parts);
        json_add_number(&entry, "n_phones", part->n_phones);
        json_add_number(&entry, "aim", part->aim);
        json_add_number(&entry, "n_done", part->n_done);
        json_add_number(&entry, "n_running", part->n_running);
        json_add_number(&entry, "start_ms", part->start_ms);
        json_add_number(&entry, "elapsed_ms", part->elapsed_ms);
        json_add_number(&entry, "cpu_us", part->cpu_us);
        json_add_number(&entry, "idle_bytes", (int64_t)part->idle_bytes);
        json_add_number(&entry, "end_bytes", (int64_t)part->end_bytes);
        json_add_number(&entry, "peak_bytes", (int64_t)part->peak_bytes);
        json_add_number(&entry, "process_bytes", (int64_t)part->process_bytes);
        json_end(&entry);
    }
    json_end(&parts);
}

static void add_totals(struct json_object *object, const struct result *result)
{
    const struct totals *totals = &result->totals;
    json_add_number(object, "n_phones", (int64_t)totals->n_phones);
    json_add_number(object, "n_done", (int64_t)totals->n_done);
    json_add_bool(object, "is_good", result_is_good(result));
    json_add_number(object, "elapsed_ms", totals->elapsed_ms);
    json_add_number(object, "n_resyncs", (int64_t)totals->n_resyncs);
    json_add_number(object, "n_failed", (int64_t)totals->n_failed);
    json_add_number(object, "bytes", (int64_t)totals->bytes);
    json_add_number(object, "n_connections", (int64_t)totals->n_connections);
    json_add_number(object, "n_reused", (int64_t)totals->n_reused);
    json_add_number(object, "cpu_us", totals->cpu_us);
    if (totals->n_phones)
        json_add_number(object, "phone_bytes", (int64_t)(totals->end_bytes / totals->n_phones));
}

static void add_stages(struct json_object *object, const struct result *result)
{
    static const char *const names[N_PERCENTILES] = {"p50", "p90", "p95", "p99", "p999"};
    struct json_object stages = json_add_object(object, "stages");
    for (int i = 0; i < N_STAGES; i++) {
        const struct figures *figures = &result->stages[i];
        if (figures->n == 0)
            continue;
        struct json_object stage = json_add_object(&stages, stage_name(i));
        json_add_number(&stage, "n", (int64_t)figures->n);
        json_add_number(&stage, "min_ms", figures->min);
        for (int j = 0; j < N_PERCENTILES; j++) {
            char name[16];
            snprintf(name, sizeof name, "%s_ms", names[j]);
            json_add_number(&stage, name, figures->percentile[j]);
        }
        json_add_number(&stage, "max_ms", figures->max);
        json_add_decimal(&stage, "mean_ms", figures->mean);
        json_end(&stage);
    }
    json_end(&stages);
}

static void add_reasons(struct json_object *object, const struct result *result)
{
    const struct totals *totals = &result->totals;
    struct json_object reasons = json_add_array(object, "reasons");
    for (size_t i = 0; i < result->record.n_reasons; i++) {
        struct json_object reason = json_add_object(&reasons, NULL);
        json_add_word(&reason, "status", result->record.reasons[i].status);
        json_add_word(&reason, "message", result->record.reasons[i].message);
        json_add_number(&reason, "n", (int64_t)totals->n_of_reason[i + 1]);
        json_add_number(&reason, "first_ms", totals->first_of_reason_ms[i + 1]);
        json_add_number(&reason, "last_ms", totals->last_of_reason_ms[i + 1]);
        json_end(&reason);
    }
    json_end(&reasons);
}

static void add_retries(struct json_object *object, const struct totals *totals)
{
    struct json_object retries = json_add_array(object, "retries");
    for (size_t i = 0; i < totals->n_retries; i++) {
        const struct retry *retry = &totals->retries[i];
        if (retry->n == 0)
            continue;
        struct json_object entry = json_add_object(&retries, NULL);
        json_add_number(&entry, "retry", retry->number);
        json_add_number(&entry, "n", retry->n);
        json_add_number(&entry, "n_good", retry->n_good);
        json_add_number(&entry, "min_ms", retry->min_ms);
        json_add_decimal(&entry, "mean_ms", retry->mean_ms);
        json_add_number(&entry, "max_ms", retry->max_ms);
        json_end(&entry);
    }
    json_end(&retries);
}

static void add_outages(struct json_object *object, const struct totals *totals)
{
    struct json_object outages = json_add_array(object, "outages");
    for (size_t i = 0; i < totals->n_outages; i++) {
        struct json_object outage = json_add_object(&outages, NULL);
        json_add_number(&outage, "from_ms", totals->outages[i].from_ms);
        json_add_number(&outage, "to_ms", totals->outages[i].to_ms);
        json_end(&outage);
    }
    json_end(&outages);
}

static void add_limits(struct json_object *object, const struct record *record)
{
    struct json_object limits = json_add_array(object, "limits");
    for (size_t i = 0; i < record->n_notes; i++)
        json_add_word(&limits, NULL, record->notes[i]);
    json_end(&limits);
}

static void add_columns(struct json_object *object)
{
    static const char *const names[] = {"phone",  "end_ms", "bytes", "code",  "outcome",
                                        "reason", "flags",  "retry", "gap_ms"};
    struct json_object columns = json_add_array(object, "columns");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_add_word(&columns, NULL, names[i]);
    for (int i = 0; i < N_STAGES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s_ms", stage_name(i));
        json_add_word(&columns, NULL, name);
    }
    json_end(&columns);
}

/* Add an array of numbers for each sample, in the order of the columns; result_read.c reads
 * them. */
static void add_samples(struct json_object *object, const struct record *record)
{
    struct json_object samples = json_add_array(object, "samples");
    for (size_t i = 0; i < record->n_samples; i++) {
        const struct sample *sample = &record->samples[i];
        fprintf(object->out,
                "%s[%" PRIu32 ",%" PRId64 ",%" PRIu64 ",%" PRId32 ",%" PRIu32 ",%" PRIu32
                ",%" PRIu32 ",%" PRIu32 ",%" PRId32,
                i ? "," : "", sample->phone, sample->end_ms, sample->bytes, sample->code,
                sample->outcome, sample->reason, sample->flags, sample->retry, sample->gap_ms);
        for (int j = 0; j < N_STAGES; j++)
            fprintf(object->out, ",%" PRId32, sample->stage_ms[j]);
        fputc(']', object->out);
    }
    json_end(&samples);
}

void result_print_json(const struct result *result, FILE *to)
{
    struct json_object object = json_begin(to);
    add_totals(&object, result);
    add_stages(&object, result);
    add_reasons(&object, result);
    add_retries(&object, &result->totals);
    add_outages(&object, &result->totals);
    add_limits(&object, &result->record);
    add_settings(&object, &result->record);
    add_parts(&object, &result->record);
    add_columns(&object);
    add_samples(&object, &result->record);
    json_end(&object);
    fputc('\n', to);
}
