/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A server's load as numbers, as text and as JSON. */
#ifndef FLEET_PICTURE_H
#define FLEET_PICTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "simulate.h"

struct summary {
    uint32_t peak; /* requests in the busiest second */
    uint32_t peak_at_s;
    double mean;  /* requests per second, from the first second with a request to the last */
    double ratio; /* peak divided by mean; 0 without requests */
};

/** Summarize the seconds from @p from_s on. */
struct summary summarize(const struct load *load, uint32_t from_s);

/** Print a line for each span of time, with a bar for its busiest second. */
void print_text(const struct load *load, bool has_colour, FILE *to);

/** Print the sums and the peak; @p colour, empty or an escape sequence, marks the peak. */
void print_summary(const struct load *load, const struct summary *summary, const char *colour,
                   FILE *to);

/** Print the same as one JSON object, in a line: docs/programs.md. */
void print_json(const struct load *load, const struct summary *summary, uint32_t n_devices,
                bool is_above, FILE *to);

#endif
