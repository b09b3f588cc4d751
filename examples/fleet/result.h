/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The results of a run as text, JSON, CSV and Prometheus text. docs/fleet.md describes each. */
#ifndef FLEET_RESULT_H
#define FLEET_RESULT_H

#include <stdbool.h>
#include <stdio.h>

#include "figures.h"
#include "options.h"
#include "record.h"

/** A record with its figures. */
struct result {
    struct record record; /* its samples are sorted by their ends */
    struct totals totals;
    struct figures stages[N_STAGES];
};

/** Compute the figures of a record. @return false without memory. */
bool result_complete(struct result *result);

void result_free(struct result *result);

/** Whether each phone had to complete a number of resyncs. */
bool result_has_aim(const struct result *result);

/**
 * Whether all phones have reached their aim; without an aim, whether no resync failed. A run in
 * which rules were carried out and no file was requested is not good, nor is a merge without all
 * shards.
 */
bool result_is_good(const struct result *result);

void result_print_text(const struct result *result, bool has_colour, FILE *to);
void result_print_json(const struct result *result, FILE *to);
void result_print_csv(const struct result *result, FILE *to);
void result_print_prometheus(const struct result *result, FILE *to);

/**
 * Read a file that result_print_json() wrote.
 *
 * @param[out] record  Ended by record_free(), also on failure.
 * @return An exit status; a failure is reported.
 */
int result_read(const char *path, struct record *record);

/** Join the results of several files. @return As result_read(). */
int result_merge(const struct command_words *files, struct record *record);

#endif
