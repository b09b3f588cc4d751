/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Results for other programs: CSV (RFC 4180), and the text format of Prometheus, version 0.0.4. */
#include "result.h"

#include <inttypes.h>

#include <provision/names.h>

static void put_quoted(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

/* The field of a stage that was not reached is empty. */
void result_print_csv(const struct result *result, FILE *to)
{
    const struct record *record = &result->record;
    fputs("phone,end_ms,is_last,outcome,code,bytes,connection,retry,gap_ms", to);
    for (int i = 0; i < N_STAGES; i++)
        fprintf(to, ",%s_ms", stage_name(i));
    fputs(",status,reason\r\n", to);
    for (size_t i = 0; i < record->n_samples; i++) {
        const struct sample *sample = &record->samples[i];
        const char *connection = sample->flags & SAMPLE_CONNECTED ? "new"
                                 : sample->flags & SAMPLE_REUSED  ? "reused"
                                                                  : "";
        fprintf(to, "%" PRIu32 ",%" PRId64 ",%d,%s,%" PRId32 ",%" PRIu64 ",%s,%" PRIu32 ",",
                sample->phone, sample->end_ms, (sample->flags & SAMPLE_IS_LAST) != 0,
                prov_outcome_name(sample->outcome), sample->code, sample->bytes, connection,
                sample->retry);
        if (sample->gap_ms >= 0)
            fprintf(to, "%" PRId32, sample->gap_ms);
        for (int j = 0; j < N_STAGES; j++)
            if (sample->stage_ms[j] >= 0)
                fprintf(to, ",%" PRId32, sample->stage_ms[j]);
            else
                fputc(',', to);
        fprintf(to, ",%s,", sample->reason ? record->reasons[sample->reason - 1].status : "");
        if (sample->reason)
            put_quoted(to, record->reasons[sample->reason - 1].message);
        fputs("\r\n", to);
    }
}

static void put_metric(FILE *to, const char *name, const char *type, const char *help)
{
    fprintf(to, "# HELP provision_fleet_%s %s\n# TYPE provision_fleet_%s %s\n", name, help, name,
            type);
}

static void put_label(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
}

static void print_counts(const struct totals *totals, FILE *to)
{
    put_metric(to, "phones", "gauge", "Phones of the fleet.");
    fprintf(to, "provision_fleet_phones %" PRIu64 "\n", totals->n_phones);
    put_metric(to, "phones_done", "gauge", "Phones that did all their resyncs.");
    fprintf(to, "provision_fleet_phones_done %" PRIu64 "\n", totals->n_done);
    put_metric(to, "resyncs_total", "counter", "Resyncs that ended.");
    fprintf(to, "provision_fleet_resyncs_total{result=\"good\"} %" PRIu64 "\n", totals->n_good);
    fprintf(to, "provision_fleet_resyncs_total{result=\"failed\"} %" PRIu64 "\n", totals->n_failed);
    put_metric(to, "connections_total", "counter", "Requests by the connection they used.");
    fprintf(to, "provision_fleet_connections_total{kind=\"new\"} %" PRIu64 "\n",
            totals->n_connections);
    fprintf(to, "provision_fleet_connections_total{kind=\"reused\"} %" PRIu64 "\n",
            totals->n_reused);
    put_metric(to, "received_bytes_total", "counter", "Bytes of bodies.");
    fprintf(to, "provision_fleet_received_bytes_total %" PRIu64 "\n", totals->bytes);
    put_metric(to, "elapsed_seconds", "gauge", "Time from the first start to the last end.");
    fprintf(to, "provision_fleet_elapsed_seconds %.3f\n", (double)totals->elapsed_ms / 1000);
    put_metric(to, "cpu_seconds_total", "counter", "Processor time of the phones.");
    fprintf(to, "provision_fleet_cpu_seconds_total %.6f\n", (double)totals->cpu_us / 1e6);
    put_metric(to, "phone_memory_bytes", "gauge", "Memory of a phone after its last resync.");
    fprintf(to, "provision_fleet_phone_memory_bytes %" PRIu64 "\n",
            totals->n_phones ? totals->end_bytes / totals->n_phones : 0);
}

static void print_stage(const struct figures *figures, const char *name, FILE *to)
{
    for (int i = 0; i < N_PERCENTILES; i++)
        fprintf(to, "provision_fleet_stage_seconds{stage=\"%s\",quantile=\"%g\"} %.3f\n", name,
                percentile_share(i), (double)figures->percentile[i] / 1000);
    fprintf(to, "provision_fleet_stage_seconds_sum{stage=\"%s\"} %.3f\n", name,
            figures->mean * (double)figures->n / 1000);
    fprintf(to, "provision_fleet_stage_seconds_count{stage=\"%s\"} %zu\n", name, figures->n);
}

void result_print_prometheus(const struct result *result, FILE *to)
{
    const struct record *record = &result->record;
    print_counts(&result->totals, to);
    put_metric(to, "stage_seconds", "summary", "Time until each stage of a resync.");
    for (int i = 0; i < N_STAGES; i++)
        if (result->stages[i].n)
            print_stage(&result->stages[i], stage_name(i), to);
    put_metric(to, "failures_total", "counter", "Rules that failed, by status and reason.");
    for (size_t i = 0; i < record->n_reasons; i++) {
        fprintf(to, "provision_fleet_failures_total{status=\"%s\",reason=\"",
                record->reasons[i].status);
        put_label(to, record->reasons[i].message);
        fprintf(to, "\"} %" PRIu64 "\n", result->totals.n_of_reason[i + 1]);
    }
}
