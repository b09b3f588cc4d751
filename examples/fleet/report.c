/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <provision/names.h>

#include "common/names.h"

#include "chart.h"
#include "picture.h"
#include "settings.h"

enum { MAX_COLUMNS = 240, MS_PER_S = 1000, TEXT_CAP = 512, BYTES_CAP = 32, NOTE_LINES = 2 };

/* Write the settings below a picture, in as many lines as fit. */
static void put_settings(struct chart *chart, const struct record *record)
{
    enum { LINE_CHARS = 160 };
    char line[TEXT_CAP] = "";
    size_t number = 0, len = 0;
    for (size_t i = 0; i < record->n_settings && number < NOTE_LINES; i++) {
        const struct setting *setting = &record->settings[i];
        size_t more = strlen(setting->name) + strlen(setting->value) + 4;
        if (len && len + more > LINE_CHARS) {
            chart_note(chart, number++, line);
            len = 0;
        }
        int n = snprintf(line + len, sizeof line - len, "%s%s %s", len ? "   " : "", setting->name,
                         setting->value);
        len += (size_t)n < sizeof line - len ? (size_t)n : sizeof line - len - 1;
    }
    if (len && number < NOTE_LINES)
        chart_note(chart, number, line);
}

/* @p shape contains one `%s`, for the number. */
__attribute__((format(printf, 3, 0))) static void write_title(char *title, size_t cap,
                                                              const char *shape, double number)
{
    char text[32];
    chart_write_number(text, sizeof text, number);
    snprintf(title, cap, shape, text);
}

/* The length of a column in milliseconds: 1, 2 or 5 times a power of ten, at least @p least_ms. */
static int64_t column_ms(int64_t length_ms, int64_t least_ms)
{
    static const int64_t steps[] = {1, 2, 5};
    for (int64_t power = least_ms;; power *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            if (length_ms / (power * steps[i]) < MAX_COLUMNS)
                return power * steps[i];
}

/* A run, divided into columns of time. */
struct columns {
    size_t n;
    double step_s;
    double good[MAX_COLUMNS + 1], all[MAX_COLUMNS + 1], retries[MAX_COLUMNS + 1]; /* per second */
    double middle_ms[MAX_COLUMNS + 1], late_ms[MAX_COLUMNS + 1]; /* p50, p99; -1: no resync */
    double most, most_ms;
};

static int64_t run_ms(const struct result *result)
{
    return (int64_t)result->totals.n_seconds * MS_PER_S;
}

static void count_columns(struct columns *columns, const struct result *result)
{
    const struct record *record = &result->record;
    int64_t step_ms = column_ms(run_ms(result), 100);
    double per_s = 1000.0 / (double)step_ms;
    *columns = (struct columns){.n = (size_t)((run_ms(result) + step_ms - 1) / step_ms),
                                .step_s = (double)step_ms / MS_PER_S};
    for (size_t i = 0; i < record->n_samples; i++) {
        const struct sample *sample = &record->samples[i];
        size_t at = (size_t)(sample->end_ms / step_ms);
        if (!(sample->flags & SAMPLE_IS_LAST) || at >= columns->n)
            continue;
        columns->all[at] += per_s;
        columns->good[at] += sample->reason == 0 ? per_s : 0;
        columns->retries[at] += sample->retry > 0 ? per_s : 0;
        columns->most = columns->all[at] > columns->most ? columns->all[at] : columns->most;
    }
}

/* Samples are in the order of their ends. */
static bool find_latencies(struct columns *columns, const struct result *result)
{
    const struct record *record = &result->record;
    int64_t step_ms = (int64_t)(columns->step_s * MS_PER_S + 0.5);
    size_t from = 0;
    for (size_t i = 0; i < columns->n; i++) {
        size_t to = from;
        while (to < record->n_samples && record->samples[to].end_ms < (int64_t)(i + 1) * step_ms)
            to++;
        struct record part = {.n_samples = to - from};
        if (part.n_samples)
            part.samples = &record->samples[from];
        struct figures figures;
        if (!figures_of_stage(&figures, &part, STAGE_RESYNC, 0))
            return false;
        columns->middle_ms[i] = figures.n ? figures.percentile[P50] : -1;
        columns->late_ms[i] = figures.n ? figures.percentile[P99] : -1;
        if (columns->late_ms[i] > columns->most_ms)
            columns->most_ms = columns->late_ms[i];
        from = to;
    }
    return true;
}

static void put_outages(struct chart *chart, const struct totals *totals, double unit_s)
{
    for (size_t i = 0; i < totals->n_outages; i++)
        chart_band(chart, (double)totals->outages[i].from_ms / MS_PER_S / unit_s,
                   (double)totals->outages[i].to_ms / MS_PER_S / unit_s, CHART_RED, "no success");
}

static void describe(const struct result *result, char text[TEXT_CAP])
{
    const struct totals *totals = &result->totals;
    snprintf(text, TEXT_CAP,
             "%" PRIu64 " phones, %" PRIu64 " resyncs in %.1f s, %" PRIu64
             " failed; p50 %d ms, p99 %d ms",
             totals->n_phones, totals->n_resyncs, (double)totals->elapsed_ms / MS_PER_S,
             totals->n_failed, result->stages[STAGE_RESYNC].percentile[P50],
             result->stages[STAGE_RESYNC].percentile[P99]);
}

static void draw_rate(const struct result *result, const struct columns *columns, FILE *to)
{
    const char *unit;
    char subtitle[TEXT_CAP], x_label[64], title[64];
    double unit_s = chart_time_unit((double)result->totals.n_seconds, &unit);
    describe(result, subtitle);
    snprintf(x_label, sizeof x_label, "time since the start [%s]", unit);
    write_title(title, sizeof title, "Resyncs of %s phones", (double)result->totals.n_phones);
    const struct chart_axes axes = {
        .title = title,
        .subtitle = subtitle,
        .x_label = x_label,
        .y_label = "resyncs per second",
        .x_max = (double)result->totals.n_seconds / unit_s,
        .y_max = columns->most,
    };
    struct chart chart;
    double step = columns->step_s / unit_s;
    chart_begin(&chart, &axes, NOTE_LINES, to);
    put_outages(&chart, &result->totals, unit_s);
    chart_columns(&chart, 0, step, NULL, columns->good, columns->n, CHART_GREEN);
    chart_columns(&chart, 0, step, columns->good, columns->all, columns->n, CHART_RED);
    chart_legend(&chart, CHART_GREEN, "succeeded");
    chart_legend(&chart, CHART_RED, "failed");
    if (result->totals.n_retries) {
        chart_line(&chart, 0, step, columns->retries, columns->n, CHART_BLACK);
        chart_legend(&chart, CHART_BLACK, "retries among them");
    }
    put_settings(&chart, &result->record);
    chart_end(&chart);
}

static void draw_latency_over_time(const struct result *result, const struct columns *columns,
                                   FILE *to)
{
    const char *unit;
    char x_label[64];
    double unit_s = chart_time_unit((double)result->totals.n_seconds, &unit);
    snprintf(x_label, sizeof x_label, "time since the start [%s]", unit);
    const struct chart_axes axes = {
        .title = "Duration of a resync over time",
        .subtitle = "from its start to its end, without the wait for a transfer; of the resyncs "
                    "that ended in each column",
        .x_label = x_label,
        .y_label = "duration [ms]",
        .x_max = (double)result->totals.n_seconds / unit_s,
        .y_max = columns->most_ms,
    };
    struct chart chart;
    double step = columns->step_s / unit_s;
    chart_begin(&chart, &axes, 0, to);
    put_outages(&chart, &result->totals, unit_s);
    chart_line(&chart, 0, step, columns->late_ms, columns->n, CHART_ORANGE);
    chart_line(&chart, 0, step, columns->middle_ms, columns->n, CHART_BLUE);
    chart_legend(&chart, CHART_ORANGE, "99th percentile");
    chart_legend(&chart, CHART_BLUE, "median");
    chart_end(&chart);
}

/* Draw the share of resyncs that reached a stage within a time, with at most one point for each
 * pixel. */
static void draw_share(struct chart *chart, const int32_t *values, size_t n, const char *colour)
{
    enum { MAX_POINTS = 1000 };
    double xs[MAX_POINTS + 2], ys[MAX_POINTS + 2];
    size_t n_points = 0;
    for (size_t i = 0; i <= MAX_POINTS; i++) {
        size_t rank = i * (n - 1) / MAX_POINTS;
        if (n_points && i < MAX_POINTS && values[rank] == values[(i - 1) * (n - 1) / MAX_POINTS])
            continue;
        xs[n_points] = values[rank] > 1 ? values[rank] : 1;
        ys[n_points++] = 100.0 * (double)(rank + 1) / (double)n;
    }
    chart_steps(chart, xs, ys, n_points, colour);
}

static bool draw_latencies(const struct result *result, FILE *to)
{
    static const char *const colours[N_STAGES] = {CHART_GREY, CHART_PURPLE, CHART_ORANGE, CHART_SKY,
                                                  CHART_BLUE, CHART_GREEN,  CHART_BLACK};
    double most_ms = 10;
    for (int i = 0; i < N_STAGES; i++)
        while (result->stages[i].n && result->stages[i].max > most_ms)
            most_ms *= 10;
    const struct chart_axes axes = {
        .title = "Time until each stage",
        .subtitle = "share of those that reached it; below 1 ms counts as 1 ms",
        .x_label =
            "time since the transfer's start [ms], logarithmic; wait: before it; resync: the "
            "whole",
        .y_label = "share [%]",
        .x_min = 1,
        .x_max = most_ms,
        .y_max = 100,
        .is_log = true,
    };
    struct chart chart;
    chart_begin(&chart, &axes, 0, to);
    for (int i = 0; i < N_STAGES; i++) {
        size_t n;
        int32_t *values = figures_sorted(&result->record, i, 0, &n);
        if (n)
            draw_share(&chart, values, n, colours[i]);
        if (n)
            chart_legend(&chart, colours[i], stage_words(i));
        free(values);
    }
    chart_end(&chart);
    return true;
}

void report_result_svg(const struct result *result, FILE *to)
{
    struct columns columns;
    count_columns(&columns, result);
    draw_rate(result, &columns, to);
}

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>\n"
    "<meta name='viewport' content='width=device-width, initial-scale=1'>\n<title>";
static const char page_style[] =
    "</title>\n<style>\n"
    "body{font-family:Helvetica,Arial,'DejaVu Sans',sans-serif;color:#222;max-width:1160px;"
    "margin:24px auto;padding:0 20px;background:#fff}\n"
    "h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px}\n"
    "p.sub{color:#666;margin:0 0 20px}\n"
    ".cards{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin:0 0 20px}\n"
    ".card{border:1px solid #ddd;border-radius:8px;padding:12px 14px}\n"
    ".card b{display:block;font-size:24px}.card span{color:#666;font-size:13px}\n"
    ".good b{color:#00785a}.bad b{color:#c04f00}\n"
    "svg{width:100%;height:auto;border:1px solid #e4e4e4;border-radius:8px;margin:0 0 16px}\n"
    "table{border-collapse:collapse;width:100%;font-size:14px}\n"
    "th,td{padding:5px 10px;border-bottom:1px solid #e8e8e8;text-align:right}\n"
    "th{color:#555;font-weight:600;border-bottom:2px solid #ccc}\n"
    "td:first-child,th:first-child,td.text,th.text{text-align:left}\n"
    "td.text{overflow-wrap:anywhere}\n"
    "li{margin:4px 0}\n"
    "@media print{.card,svg,table{break-inside:avoid}}\n"
    "</style></head><body>\n";

static void begin_page(const char *title, const char *subtitle, FILE *to)
{
    fputs(page_head, to);
    chart_put_text(to, title);
    fputs(page_style, to);
    fputs("<h1>", to);
    chart_put_text(to, title);
    fputs("</h1>\n<p class='sub'>", to);
    chart_put_text(to, subtitle);
    fputs("</p>\n", to);
}

static void put_card(FILE *to, const char *kind, const char *value, const char *label)
{
    fprintf(to, "<div class='card %s'><b>", kind);
    chart_put_text(to, value);
    fputs("</b><span>", to);
    chart_put_text(to, label);
    fputs("</span></div>\n", to);
}

static void put_settings_table(FILE *to, const struct record *record)
{
    fputs("<h2>Settings</h2>\n<table><tr><th>option</th><th class='text'>value</th></tr>\n", to);
    for (size_t i = 0; i < record->n_settings; i++) {
        fputs("<tr><td>", to);
        chart_put_text(to, record->settings[i].name);
        fputs("</td><td class='text'>", to);
        chart_put_text(to, record->settings[i].value);
        fputs("</td></tr>\n", to);
    }
    fputs("</table>\n", to);
}

static void put_cards(const struct result *result, FILE *to)
{
    const struct totals *totals = &result->totals;
    const struct figures *resync = &result->stages[STAGE_RESYNC];
    double seconds = (double)totals->elapsed_ms / MS_PER_S;
    char text[TEXT_CAP], bytes[BYTES_CAP];
    fputs("<div class='cards'>\n", to);
    char n_done[BYTES_CAP], n_phones[BYTES_CAP];
    chart_write_number(n_done, sizeof n_done, (double)totals->n_done);
    chart_write_number(n_phones, sizeof n_phones, (double)totals->n_phones);
    snprintf(text, sizeof text, "%s of %s", n_done, n_phones);
    if (result_has_aim(result))
        put_card(to, result_is_good(result) ? "good" : "bad", text, "phones done");
    else
        put_card(to, "", n_phones, "phones");
    chart_write_number(text, sizeof text, (double)totals->n_failed);
    put_card(to, totals->n_failed ? "bad" : "good", text, "resyncs failed");
    snprintf(text, sizeof text, "%.0f/s", seconds > 0 ? (double)totals->n_resyncs / seconds : 0);
    put_card(to, "", text, "resyncs a second, mean");
    snprintf(text, sizeof text, "%d / %d ms", resync->percentile[P50], resync->percentile[P99]);
    put_card(to, "", text, "duration of a resync, p50 / p99");
    put_card(to, "", words_for_bytes(totals->bytes, bytes, sizeof bytes), "of files received");
    snprintf(text, sizeof text, "%" PRIu64 " + %" PRIu64, totals->n_connections, totals->n_reused);
    put_card(to, "", text, "requests over new + kept connections");
    snprintf(text, sizeof text, "%.0f \xc2\xb5s",
             totals->n_resyncs ? (double)totals->cpu_us / (double)totals->n_resyncs : 0);
    put_card(to, "", text, "processor time of a resync");
    put_card(to, "",
             words_for_bytes(totals->n_phones ? totals->end_bytes / totals->n_phones : 0, bytes,
                             sizeof bytes),
             "memory of a phone");
    fputs("</div>\n", to);
}

static void put_stages_table(const struct result *result, FILE *to)
{
    fputs("<h2>Stages, in milliseconds</h2>\n<table><tr><th>stage</th><th>n</th><th>min</th>"
          "<th>p50</th><th>p90</th><th>p95</th><th>p99</th><th>p99.9</th><th>max</th><th>mean</th>"
          "</tr>\n",
          to);
    for (int i = 0; i < N_STAGES; i++) {
        const struct figures *figures = &result->stages[i];
        if (figures->n == 0)
            continue;
        fprintf(to, "<tr><td>%s</td><td>%zu</td><td>%d</td>", stage_words(i), figures->n,
                figures->min);
        for (int j = 0; j < N_PERCENTILES; j++)
            fprintf(to, "<td>%d</td>", figures->percentile[j]);
        fprintf(to, "<td>%d</td><td>%.1f</td></tr>\n", figures->max, figures->mean);
    }
    fputs("</table>\n", to);
}

static void put_reasons_table(const struct result *result, FILE *to)
{
    const struct totals *totals = &result->totals;
    if (result->record.n_reasons == 0)
        return;
    fputs("<h2>Failures</h2>\n<table><tr><th>kind</th><th class='text'>reason</th><th>n</th>"
          "<th>first [s]</th><th>last [s]</th></tr>\n",
          to);
    for (size_t i = 0; i < result->record.n_reasons; i++) {
        fputs("<tr><td>", to);
        chart_put_text(to, result->record.reasons[i].status);
        fputs("</td><td class='text'>", to);
        chart_put_text(to, result->record.reasons[i].message);
        fprintf(to, "</td><td>%" PRIu64 "</td><td>%.1f</td><td>%.1f</td></tr>\n",
                totals->n_of_reason[i + 1], (double)totals->first_of_reason_ms[i + 1] / MS_PER_S,
                (double)totals->last_of_reason_ms[i + 1] / MS_PER_S);
    }
    fputs("</table>\n", to);
}

static void put_retries_table(const struct totals *totals, FILE *to)
{
    if (totals->n_retries == 0)
        return;
    fputs("<h2>Retries: seconds after the failure</h2>\n<table><tr><th>retry</th><th>n</th>"
          "<th>succeeded</th><th>min</th><th>mean</th><th>max</th></tr>\n",
          to);
    for (size_t i = 0; i < totals->n_retries; i++) {
        const struct retry *retry = &totals->retries[i];
        if (retry->n)
            fprintf(to,
                    "<tr><td>%u</td><td>%u</td><td>%u</td><td>%.1f</td><td>%.1f</td><td>%.1f</td>"
                    "</tr>\n",
                    retry->number, retry->n, retry->n_good, (double)retry->min_ms / MS_PER_S,
                    retry->mean_ms / MS_PER_S, (double)retry->max_ms / MS_PER_S);
    }
    fputs("</table>\n", to);
}

static void put_limits(const struct record *record, FILE *to)
{
    if (record->n_notes == 0)
        return;
    fputs("<h2>Limits that were met</h2>\n<ul>\n", to);
    for (size_t i = 0; i < record->n_notes; i++) {
        fputs("<li>", to);
        chart_put_text(to, record->notes[i]);
        fputs("</li>\n", to);
    }
    fputs("</ul>\n", to);
}

void report_result_html(const struct result *result, FILE *to)
{
    char title[64], subtitle[TEXT_CAP];
    struct columns columns;
    count_columns(&columns, result);
    write_title(title, sizeof title, "A fleet of %s phones", (double)result->totals.n_phones);
    snprintf(subtitle, sizeof subtitle, "provision-fleet, %zu of %u parts, %.1f s",
             result->record.n_parts, result->record.n_parts ? result->record.parts[0].n_parts : 0,
             (double)result->totals.elapsed_ms / MS_PER_S);
    begin_page(title, subtitle, to);
    put_cards(result, to);
    draw_rate(result, &columns, to);
    draw_latencies(result, to);
    if (find_latencies(&columns, result))
        draw_latency_over_time(result, &columns, to);
    put_limits(&result->record, to);
    put_stages_table(result, to);
    put_reasons_table(result, to);
    put_retries_table(&result->totals, to);
    put_settings_table(to, &result->record);
    fputs("</body></html>\n", to);
}

struct load_columns {
    size_t n;
    double step_s;
    double mean[MAX_COLUMNS + 1], peak[MAX_COLUMNS + 1];
    double most;
};

static void count_load(struct load_columns *columns, const struct load *load)
{
    uint32_t step_s = (uint32_t)column_ms(load->length_s, 1);
    *columns = (struct load_columns){.n = (load->length_s + step_s - 1) / step_s, .step_s = step_s};
    for (uint32_t s = 0; s < load->length_s; s++) {
        size_t at = s / step_s;
        double n = load->per_s[s];
        columns->mean[at] += n / step_s;
        columns->peak[at] = n > columns->peak[at] ? n : columns->peak[at];
        columns->most = n > columns->most ? n : columns->most;
    }
}

static void put_span(struct chart *chart, const struct span *span, double unit_s,
                     const char *colour, const char *label)
{
    if (span->to_s)
        chart_band(chart, span->from_s / unit_s, span->to_s / unit_s, colour, label);
}

static void describe_load(const struct load *load, const struct options *options,
                          char text[TEXT_CAP])
{
    const struct summary summary = summarize(load, options->peak_from_s);
    snprintf(text, TEXT_CAP,
             "%" PRIu64 " requests, %" PRIu64
             " failed; busiest second %u requests at %u s, mean %.1f, ratio %.2f",
             load->n_requests, load->n_failed, summary.peak, summary.peak_at_s, summary.mean,
             summary.ratio);
}

void report_load_svg(const struct load *load, const struct options *options, FILE *to)
{
    const struct scenario *scenario = &options->scenario;
    const char *unit;
    char title[96], subtitle[TEXT_CAP], x_label[64], legend[64];
    double unit_s = chart_time_unit(load->length_s, &unit);
    struct load_columns columns;
    struct record settings = {.n_samples = 0};
    count_load(&columns, load);
    describe_load(load, options, subtitle);
    write_title(title, sizeof title, "Load of a server of %s simulated phones",
                scenario->n_devices);
    snprintf(x_label, sizeof x_label, "time since the start [%s]", unit);
    snprintf(legend, sizeof legend, "mean of %.0f s", columns.step_s);
    const struct chart_axes axes = {
        .title = title,
        .subtitle = subtitle,
        .x_label = x_label,
        .y_label = "requests per second",
        .x_max = load->length_s / unit_s,
        .y_max = columns.most,
    };
    struct chart chart;
    double step = columns.step_s / unit_s;
    chart_begin(&chart, &axes, NOTE_LINES, to);
    put_span(&chart, &scenario->outage, unit_s, CHART_RED, "outage");
    put_span(&chart, &scenario->link_loss, unit_s, CHART_ORANGE, "no link");
    put_span(&chart, &scenario->sleep, unit_s, CHART_PURPLE, "asleep");
    if (columns.step_s > 1) {
        chart_columns(&chart, 0, step, NULL, columns.peak, columns.n, CHART_SKY);
        chart_legend(&chart, CHART_SKY, "busiest second");
        chart_line(&chart, 0, step, columns.mean, columns.n, CHART_BLUE);
        chart_legend(&chart, CHART_BLUE, legend);
    } else {
        chart_columns(&chart, 0, step, NULL, columns.peak, columns.n, CHART_BLUE);
        chart_legend(&chart, CHART_BLUE, "requests");
    }
    if (settings_of_simulation(&settings, options))
        put_settings(&chart, &settings);
    record_free(&settings);
    chart_end(&chart);
}

static void put_load_cards(const struct load *load, const struct options *options, FILE *to)
{
    const struct summary summary = summarize(load, options->peak_from_s);
    bool is_above = options->max_peak > 0 && summary.ratio > options->max_peak;
    char text[TEXT_CAP];
    fputs("<div class='cards'>\n", to);
    snprintf(text, sizeof text, "%u/s", summary.peak);
    put_card(to, "", text, "busiest second");
    snprintf(text, sizeof text, "%.1f/s", summary.mean);
    put_card(to, "", text, "mean");
    snprintf(text, sizeof text, "%.2f", summary.ratio);
    put_card(to,
             options->max_peak <= 0 ? ""
             : is_above             ? "bad"
                                    : "good",
             text, "busiest second, of the mean");
    chart_write_number(text, sizeof text, (double)load->n_failed);
    put_card(to, "", text, "requests failed");
    fputs("</div>\n", to);
}

void report_load_html(const struct load *load, const struct options *options, FILE *to)
{
    char title[96], subtitle[TEXT_CAP];
    struct record settings = {.n_samples = 0};
    write_title(title, sizeof title, "%s simulated phones", options->scenario.n_devices);
    describe_load(load, options, subtitle);
    begin_page(title, subtitle, to);
    put_load_cards(load, options, to);
    report_load_svg(load, options, to);
    if (settings_of_simulation(&settings, options))
        put_settings_table(to, &settings);
    record_free(&settings);
    fputs("</body></html>\n", to);
}
