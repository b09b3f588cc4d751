/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "common/terminal.h"

#include "figures.h"

enum { BAR_WIDTH = 24, BYTES_CAP = 32 };

struct progress progress_begin(const struct options *options, int64_t now_ms)
{
    return (struct progress){
        .is_wanted = terminal_is_smart(stderr),
        .has_colour = terminal_has_colour(stderr, options->answer.colour),
        .shown_ms = now_ms,
    };
}

/* Completed share of the work, from 0 to 1: of the phones, or of the time if that ends the run. */
static double share_done(const struct fleet *fleet)
{
    const struct options *options = fleet->options;
    double by_phones = (double)fleet->n_done / fleet->n_phones;
    if (options->scenario.length_s == 0)
        return by_phones;
    double by_time =
        (double)(fleet->now_ms - fleet->begin_ms) / ((double)options->scenario.length_s * 1000.0);
    double share = by_time > by_phones ? by_time : by_phones;
    return share < 1 ? share : 1;
}

static void draw_bar(char *bar, double share)
{
    size_t n = (size_t)(share * BAR_WIDTH);
    memset(bar, '#', n);
    memset(bar + n, '.', BAR_WIDTH - n);
    bar[BAR_WIDTH] = '\0';
}

static void draw(struct progress *progress, const struct fleet *fleet)
{
    char bar[BAR_WIDTH + 1], bytes[BYTES_CAP];
    int64_t passed_ms = fleet->now_ms - progress->shown_ms;
    double per_s = passed_ms > 0
                       ? 1000.0 * (double)(fleet->n_resyncs - progress->n_shown) / (double)passed_ms
                       : 0;
    struct figures recent = {.n = 0};
    figures_of_stage(&recent, fleet->record, STAGE_RESYNC, progress->n_seen);
    draw_bar(bar, share_done(fleet));
    fprintf(stderr, "\r[%s%s%s] %u of %u phones, %.0f/s, %s%u failed%s, %u running, %s",
            progress->has_colour ? GREEN : "", bar, progress->has_colour ? RESET : "",
            fleet->n_done, fleet->n_phones, per_s,
            progress->has_colour && fleet->n_failed ? RED : "", fleet->n_failed,
            progress->has_colour && fleet->n_failed ? RESET : "", fleet->n_busy,
            words_for_bytes(fleet->n_bytes, bytes, sizeof bytes));
    if (recent.n)
        fprintf(stderr, ", p50 %d p99 %d ms", recent.percentile[P50], recent.percentile[P99]);
    else if (fleet->n_busy == 0 && fleet->next_ms > fleet->now_ms && fleet->next_ms != NEVER_MS)
        fprintf(stderr, ", next in %" PRId64 " s", (fleet->next_ms - fleet->now_ms + 999) / 1000);
    fputs("\033[K", stderr);
    fflush(stderr);
    progress->shown_ms = fleet->now_ms;
    progress->n_shown = fleet->n_resyncs;
    progress->n_seen = fleet->record->n_samples;
}

int64_t progress_show(struct progress *progress, const struct fleet *fleet)
{
    if (!progress->is_wanted)
        return -1;
    int64_t left_ms = progress->shown_ms + PROGRESS_MS - fleet->now_ms;
    if (left_ms > 0)
        return left_ms;
    draw(progress, fleet);
    return PROGRESS_MS;
}

void progress_interrupt(const struct progress *progress)
{
    if (progress->is_wanted)
        fputs("\r\033[K", stderr);
}

void progress_end(struct progress *progress, const struct fleet *fleet)
{
    if (!progress->is_wanted)
        return;
    draw(progress, fleet);
    fputc('\n', stderr);
}
