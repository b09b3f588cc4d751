/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "picture.h"

#include <inttypes.h>
#include <string.h>

#include "common/json_object.h"
#include "common/terminal.h"

#define N_LINES 40
#define BAR_WIDTH 60

struct summary summarize(const struct load *load, uint32_t from_s)
{
    struct summary summary = {0};
    uint64_t n_requests = 0;
    uint32_t first_s = load->length_s;
    uint32_t last_s = from_s;
    for (uint32_t s = from_s; s < load->length_s; s++) {
        if (load->per_s[s] == 0)
            continue;
        first_s = s < first_s ? s : first_s;
        last_s = s;
        n_requests += load->per_s[s];
        if (load->per_s[s] > summary.peak) {
            summary.peak = load->per_s[s];
            summary.peak_at_s = s;
        }
    }
    if (n_requests) {
        summary.mean = (double)n_requests / (last_s - first_s + 1);
        summary.ratio = summary.peak / summary.mean;
    }
    return summary;
}

/* Time span @p i of @p n: its busiest second and its sum. */
static uint32_t stretch_peak(const struct load *load, uint32_t i, uint32_t n, uint64_t *sum)
{
    uint32_t begin_s = (uint32_t)((uint64_t)load->length_s * i / n);
    uint32_t end_s = (uint32_t)((uint64_t)load->length_s * (i + 1) / n);
    uint32_t peak = 0;
    *sum = 0;
    for (uint32_t s = begin_s; s < end_s; s++) {
        peak = load->per_s[s] > peak ? load->per_s[s] : peak;
        *sum += load->per_s[s];
    }
    return peak;
}

static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

void print_text(const struct load *load, bool has_colour, FILE *to)
{
    uint32_t highest = summarize(load, 0).peak;
    uint32_t n_lines = at_most(load->length_s, N_LINES);
    fprintf(to, "%9s %12s %9s\n", "from s", "requests", "peak /s");
    for (uint32_t i = 0; i < n_lines; i++) {
        uint64_t sum;
        uint32_t peak = stretch_peak(load, i, n_lines, &sum);
        int width = highest ? (int)((uint64_t)peak * BAR_WIDTH / highest) : 0;
        char bar[BAR_WIDTH + 1];
        memset(bar, '#', (size_t)width);
        bar[width] = '\0';
        bool is_marked = has_colour && peak == highest && highest > 0;
        fprintf(to, "%9" PRIu64 " %12" PRIu64 " %9u %s%s%s\n",
                (uint64_t)load->length_s * i / n_lines, sum, peak, is_marked ? YELLOW : "", bar,
                is_marked ? RESET : "");
    }
}

void print_summary(const struct load *load, const struct summary *summary, const char *colour,
                   FILE *to)
{
    fprintf(to, "%" PRIu64 " requests, %" PRIu64 " failed, %" PRIu64 " steps\n", load->n_requests,
            load->n_failed, load->n_steps);
    fprintf(to, "%speak %u/s at %u s, mean %.1f/s, peak/mean %.2f%s\n", colour, summary->peak,
            summary->peak_at_s, summary->mean, summary->ratio, colour[0] ? RESET : "");
}

static void add_stretches(struct json_object *object, const struct load *load)
{
    uint32_t n = at_most(load->length_s, N_LINES);
    struct json_object stretches = json_add_array(object, "stretches");
    for (uint32_t i = 0; i < n; i++) {
        uint64_t sum;
        uint32_t peak = stretch_peak(load, i, n, &sum);
        struct json_object stretch = json_add_object(&stretches, NULL);
        json_add_number(&stretch, "from_s", (int64_t)((uint64_t)load->length_s * i / n));
        json_add_number(&stretch, "n_requests", (int64_t)sum);
        json_add_number(&stretch, "peak", peak);
        json_end(&stretch);
    }
    json_end(&stretches);
}

void print_json(const struct load *load, const struct summary *summary, uint32_t n_devices,
                bool is_above, FILE *to)
{
    struct json_object object = json_begin(to);
    json_add_number(&object, "n_devices", n_devices);
    json_add_number(&object, "length_s", load->length_s);
    json_add_number(&object, "n_requests", (int64_t)load->n_requests);
    json_add_number(&object, "n_failed", (int64_t)load->n_failed);
    json_add_number(&object, "n_steps", (int64_t)load->n_steps);
    json_add_number(&object, "peak", summary->peak);
    json_add_number(&object, "peak_at_s", summary->peak_at_s);
    json_add_decimal(&object, "mean", summary->mean);
    json_add_decimal(&object, "ratio", summary->ratio);
    json_add_bool(&object, "is_above", is_above);
    add_stretches(&object, load);
    json_end(&object);
    fputc('\n', to);
}
