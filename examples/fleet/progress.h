/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A line with a bar on a terminal, while a fleet runs. */
#ifndef FLEET_PROGRESS_H
#define FLEET_PROGRESS_H

#include "phone.h"

enum { PROGRESS_MS = 200 };

/** What the line needs to remember. */
struct progress {
    bool is_wanted;
    bool has_colour;
    int64_t shown_ms;
    uint64_t n_shown; /* resyncs at that time */
    size_t n_seen;    /* samples at that time */
};

/** Whether standard error is a terminal that can show it. */
struct progress progress_begin(const struct options *options, int64_t now_ms);

/** Draw it again, if it is time to. @return milliseconds until the next time; -1: never. */
int64_t progress_show(struct progress *progress, const struct fleet *fleet);

/** The last state, and a line of its own for what follows. */
void progress_end(struct progress *progress, const struct fleet *fleet);

#endif
