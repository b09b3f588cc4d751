/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "figures.h"

#include <stdlib.h>

enum { MS_PER_S = 1000 };

double percentile_share(enum percentile percentile)
{
    static const double shares[N_PERCENTILES] = {0.5, 0.9, 0.95, 0.99, 0.999};
    return shares[percentile];
}

static int by_value(const void *a, const void *b)
{
    int32_t first = *(const int32_t *)a, second = *(const int32_t *)b;
    return (first > second) - (first < second);
}

int32_t *figures_sorted(const struct record *record, enum stage stage, size_t from, size_t *n)
{
    *n = 0;
    if (from >= record->n_samples)
        return NULL;
    int32_t *values = malloc((record->n_samples - from) * sizeof *values);
    if (!values)
        return NULL;
    for (size_t i = from; i < record->n_samples; i++)
        if (record->samples[i].stage_ms[stage] >= 0)
            values[(*n)++] = record->samples[i].stage_ms[stage];
    qsort(values, *n, sizeof *values, by_value);
    return values;
}

bool figures_of_stage(struct figures *figures, const struct record *record, enum stage stage,
                      size_t from)
{
    size_t n;
    int32_t *values = figures_sorted(record, stage, from, &n);
    *figures = (struct figures){.n = n};
    if (n == 0) {
        free(values);
        return values || from >= record->n_samples;
    }
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    figures->mean = sum / (double)n;
    figures->min = values[0];
    figures->max = values[n - 1];
    for (int i = 0; i < N_PERCENTILES; i++) {
        double rank = percentile_share(i) * (double)n;
        size_t above = (size_t)rank;
        above += (double)above < rank;
        figures->percentile[i] = values[above ? above - 1 : 0];
    }
    free(values);
    return true;
}

static void add_retry(struct totals *totals, const struct sample *sample)
{
    size_t number = sample->retry < MAX_RETRIES ? sample->retry : MAX_RETRIES;
    if (number == 0 || sample->gap_ms < 0)
        return;
    struct retry *retry = &totals->retries[number - 1];
    if (retry->n == 0 || sample->gap_ms < retry->min_ms)
        retry->min_ms = sample->gap_ms;
    if (sample->gap_ms > retry->max_ms)
        retry->max_ms = sample->gap_ms;
    retry->number = (uint32_t)number;
    retry->mean_ms += sample->gap_ms; /* a sum, until all are added */
    retry->n++;
    retry->n_good += sample->reason == 0;
    if (number > totals->n_retries)
        totals->n_retries = number;
}

static void add_resync(struct totals *totals, const struct sample *sample, struct second *second)
{
    bool has_failed = sample->reason != 0;
    totals->n_resyncs++;
    totals->n_failed += has_failed;
    totals->n_good += !has_failed;
    second->n_failed += has_failed;
    second->n_good += !has_failed;
    second->n_retries += sample->retry > 0;
    add_retry(totals, sample);
}

static void add_sample(struct totals *totals, const struct sample *sample)
{
    struct second *second = &totals->seconds[sample->end_ms / MS_PER_S];
    if (sample->flags & SAMPLE_IS_LAST)
        add_resync(totals, sample, second);
    second->bytes += sample->bytes;
    totals->bytes += sample->bytes;
    totals->n_outcomes[sample->outcome & 15]++;
    totals->n_connections += (sample->flags & SAMPLE_CONNECTED) != 0;
    totals->n_reused += (sample->flags & SAMPLE_REUSED) != 0;
    if (totals->n_of_reason[sample->reason]++ == 0 ||
        sample->end_ms < totals->first_of_reason_ms[sample->reason])
        totals->first_of_reason_ms[sample->reason] = sample->end_ms;
    if (sample->end_ms > totals->last_of_reason_ms[sample->reason])
        totals->last_of_reason_ms[sample->reason] = sample->end_ms;
}

static void add_parts(struct totals *totals, const struct record *record)
{
    int64_t begin_ms = INT64_MAX, end_ms = 0;
    for (size_t i = 0; i < record->n_parts; i++) {
        const struct part *part = &record->parts[i];
        begin_ms = part->start_ms < begin_ms ? part->start_ms : begin_ms;
        end_ms =
            part->start_ms + part->elapsed_ms > end_ms ? part->start_ms + part->elapsed_ms : end_ms;
        totals->n_phones += part->n_phones;
        totals->n_done += part->n_done;
        totals->n_running += part->n_running;
        totals->cpu_us += part->cpu_us;
        totals->idle_bytes += part->idle_bytes;
        totals->end_bytes += part->end_bytes;
        totals->peak_bytes += part->peak_bytes;
        totals->process_bytes += part->process_bytes;
    }
    totals->elapsed_ms = record->n_parts ? end_ms - begin_ms : 0;
}

static void end_outage(struct totals *totals, int64_t from_ms, int64_t to_ms)
{
    if (from_ms >= 0 && to_ms - from_ms >= MS_PER_S && totals->n_outages < MAX_OUTAGES)
        totals->outages[totals->n_outages++] = (struct outage){from_ms, to_ms};
}

/* Samples are in the order of their ends. */
static void find_outages(struct totals *totals, const struct record *record)
{
    int64_t from_ms = -1, last_ms = -1; /* of the failures since the last success; -1: none */
    for (size_t i = 0; i < record->n_samples; i++) {
        const struct sample *sample = &record->samples[i];
        if (!(sample->flags & SAMPLE_IS_LAST))
            continue;
        last_ms = sample->end_ms;
        if (sample->reason) {
            from_ms = from_ms < 0 ? last_ms : from_ms;
            continue;
        }
        end_outage(totals, from_ms, last_ms);
        from_ms = -1;
    }
    end_outage(totals, from_ms, last_ms);
}

bool totals_of(struct totals *totals, const struct record *record)
{
    int64_t last_ms = 0;
    *totals = (struct totals){.n_seconds = 0};
    add_parts(totals, record);
    for (size_t i = 0; i < record->n_samples; i++)
        if (record->samples[i].end_ms > last_ms)
            last_ms = record->samples[i].end_ms;
    if (totals->elapsed_ms > last_ms)
        last_ms = totals->elapsed_ms;
    totals->n_seconds = (size_t)(last_ms / MS_PER_S) + 1;
    totals->seconds = calloc(totals->n_seconds, sizeof *totals->seconds);
    if (!totals->seconds)
        return false;
    for (size_t i = 0; i < record->n_samples; i++)
        add_sample(totals, &record->samples[i]);
    for (size_t i = 0; i < totals->n_retries; i++)
        if (totals->retries[i].n)
            totals->retries[i].mean_ms /= totals->retries[i].n;
    find_outages(totals, record);
    return true;
}

void totals_free(struct totals *totals)
{
    free(totals->seconds);
    totals->seconds = NULL;
}
