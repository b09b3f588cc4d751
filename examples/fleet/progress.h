/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A line with a progress bar on a terminal, while a fleet runs. */
#ifndef FLEET_PROGRESS_H
#define FLEET_PROGRESS_H

#include "phone.h"

enum { PROGRESS_MS = 200 };

/** State of the line. */
struct progress {
    bool is_wanted;
    bool has_colour;
    int64_t shown_ms;
    uint64_t n_shown; /* number of resyncs when last drawn */
    size_t n_seen;    /* number of samples when last drawn */
};

/** Begin. The line is shown only if standard error is a suitable terminal. */
struct progress progress_begin(const struct options *options, int64_t now_ms);

/** Draw the line, if it is due. @return milliseconds until the next time; -1: never. */
int64_t progress_show(struct progress *progress, const struct fleet *fleet);

/** Clear the line, before a message is printed. */
void progress_interrupt(const struct progress *progress);

/** Draw the last state, and end the line. */
void progress_end(struct progress *progress, const struct fleet *fleet);

#endif
