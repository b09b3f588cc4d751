/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "result.h"

#include <inttypes.h>

#include <provision/names.h>

#include "common/names.h"
#include "common/terminal.h"
#include "common/text.h"

enum { BYTES_CAP = 32, MAX_SHOWN_REASONS = 20 };

/* Rules were carried out, and none led to a file. */
static bool is_without_load(const struct totals *totals)
{
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof totals->n_outcomes / sizeof totals->n_outcomes[0]; i++)
        n += totals->n_outcomes[i];
    return n > 0 && n == totals->n_outcomes[PROV_OUTCOME_SKIPPED] +
                             totals->n_outcomes[PROV_OUTCOME_ASSIGNED];
}

bool result_complete(struct result *result)
{
    record_sort(&result->record);
    bool has_memory = totals_of(&result->totals, &result->record);
    if (has_memory && is_without_load(&result->totals))
        has_memory = record_add_note(&result->record, NOTE_RULE
                                     "no phone requested a file, since --rule is empty, only "
                                     "assigns, or none of its conditions holds");
    for (int i = 0; i < N_STAGES && has_memory; i++)
        has_memory = figures_of_stage(&result->stages[i], &result->record, i, 0);
    return has_memory;
}

void result_free(struct result *result)
{
    totals_free(&result->totals);
    record_free(&result->record);
}

bool result_has_aim(const struct result *result)
{
    bool has_aim = true;
    for (size_t i = 0; i < result->record.n_parts; i++)
        has_aim &= result->record.parts[i].aim > 0;
    return has_aim;
}

bool result_is_good(const struct result *result)
{
    if (result->record.n_missing || is_without_load(&result->totals))
        return false;
    return result_has_aim(result) ? result->totals.n_done == result->totals.n_phones
                                  : result->totals.n_failed == 0;
}

static void print_stages(const struct result *result, FILE *to)
{
    fprintf(to, "\n%-12s %9s %7s %7s %7s %7s %7s %7s %7s %9s\n", "ms", "n", "min", "p50", "p90",
            "p95", "p99", "p99.9", "max", "mean");
    for (int i = 0; i < N_STAGES; i++) {
        const struct figures *figures = &result->stages[i];
        if (figures->n == 0)
            continue;
        fprintf(to, "%-12s %9zu %7d", stage_words(i), figures->n, figures->min);
        for (int j = 0; j < N_PERCENTILES; j++)
            fprintf(to, " %7d", figures->percentile[j]);
        fprintf(to, " %7d %9.1f\n", figures->max, figures->mean);
    }
}

static void print_reasons(const struct result *result, bool has_colour, FILE *to)
{
    const struct record *record = &result->record;
    const struct totals *totals = &result->totals;
    if (record->n_reasons)
        fprintf(to, "\n%9s  failures of rules\n", "n");
    for (size_t i = 0; i < record->n_reasons && i < MAX_SHOWN_REASONS; i++) {
        char message[2 * sizeof record->reasons[i].message];
        prov_str text = prov_str_from(record->reasons[i].message);
        fprintf(to, "%s%9" PRIu64 "%s  %s: %s (%.1f to %.1f s)\n", has_colour ? RED : "",
                totals->n_of_reason[i + 1], has_colour ? RESET : "", record->reasons[i].status,
                text_clean(text, message, sizeof message),
                (double)totals->first_of_reason_ms[i + 1] / 1000,
                (double)totals->last_of_reason_ms[i + 1] / 1000);
    }
}

static void print_retries(const struct result *result, FILE *to)
{
    const struct totals *totals = &result->totals;
    if (totals->n_retries)
        fprintf(to, "\n%9s %9s %9s  %s\n", "retry", "n", "succeeded",
                "seconds after the failure: min, mean, max");
    for (size_t i = 0; i < totals->n_retries; i++) {
        const struct retry *retry = &totals->retries[i];
        if (retry->n)
            fprintf(to, "%9u %9u %9u  %.1f, %.1f, %.1f\n", retry->number, retry->n, retry->n_good,
                    (double)retry->min_ms / 1000, retry->mean_ms / 1000,
                    (double)retry->max_ms / 1000);
    }
    for (size_t i = 0; i < totals->n_outages; i++)
        fprintf(to, "from %.1f to %.1f s no resync succeeded, and some failed\n",
                (double)totals->outages[i].from_ms / 1000, (double)totals->outages[i].to_ms / 1000);
}

static uint64_t each(uint64_t sum, uint64_t n)
{
    return n ? sum / n : 0;
}

static void print_memory(const struct totals *totals, FILE *to)
{
    char process[BYTES_CAP];
    fprintf(to,
            "memory of a phone: %" PRIu64 " bytes before its first resync, %" PRIu64
            " after the last, %" PRIu64 " at most on the average; of the process: %s\n",
            each(totals->idle_bytes, totals->n_phones), each(totals->end_bytes, totals->n_phones),
            each(totals->peak_bytes, totals->n_phones),
            words_for_bytes(totals->process_bytes, process, sizeof process));
}

static void print_outcomes(const struct totals *totals, FILE *to)
{
    const char *before = "rules: ";
    for (uint32_t i = 0; i < sizeof totals->n_outcomes / sizeof totals->n_outcomes[0]; i++) {
        if (totals->n_outcomes[i] == 0)
            continue;
        fprintf(to, "%s%" PRIu64 " %s", before, totals->n_outcomes[i], prov_outcome_name(i));
        before = ", ";
    }
    if (before[0] == ',')
        fputc('\n', to);
}

void result_print_text(const struct result *result, bool has_colour, FILE *to)
{
    const struct totals *totals = &result->totals;
    char bytes[BYTES_CAP];
    double seconds = (double)totals->elapsed_ms / 1000;
    bool is_good = result_is_good(result);
    fputs(has_colour ? is_good ? GREEN : RED : "", to);
    if (result_has_aim(result))
        fprintf(to, "%" PRIu64 " of ", totals->n_done);
    fprintf(to, "%" PRIu64 " phones%s%s in %.1f s", totals->n_phones,
            result_has_aim(result) ? " done" : "", has_colour ? RESET : "", seconds);
    fprintf(to, ": %" PRIu64 " resyncs, %" PRIu64 " failed, %.0f/s\n", totals->n_resyncs,
            totals->n_failed, seconds > 0 ? (double)totals->n_resyncs / seconds : 0);
    if (totals->n_running)
        fprintf(to, "%" PRIu64 " resyncs were running at the end\n", totals->n_running);
    print_outcomes(totals, to);
    fprintf(to, "%s of bodies; %" PRIu64 " connections made, %" PRIu64 " reused\n",
            words_for_bytes(totals->bytes, bytes, sizeof bytes), totals->n_connections,
            totals->n_reused);
    if (totals->n_resyncs)
        fprintf(to, "processor time of a resync: %.1f us\n",
                (double)totals->cpu_us / (double)totals->n_resyncs);
    print_memory(totals, to);
    print_stages(result, to);
    print_reasons(result, has_colour, to);
    print_retries(result, to);
    for (size_t i = 0; i < result->record.n_notes; i++)
        fprintf(to, "%slimit: %s%s\n", has_colour ? YELLOW : "", result->record.notes[i],
                has_colour ? RESET : "");
}
