/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Reports of a run or a simulation: SVG pictures, and HTML pages that need no other file. */
#ifndef FLEET_REPORT_H
#define FLEET_REPORT_H

#include <stdio.h>

#include "options.h"
#include "result.h"
#include "simulate.h"

/** Requests per second over time, with bands for the outage, the link loss and the sleep. */
void report_load_svg(const struct load *load, const struct options *options, FILE *to);

/** The same, with the settings and the totals. */
void report_load_html(const struct load *load, const struct options *options, FILE *to);

/** Resyncs per second over time, with bands where none succeeded. */
void report_result_svg(const struct result *result, FILE *to);

/** The same, with the latencies and all figures. */
void report_result_html(const struct result *result, FILE *to);

#endif
