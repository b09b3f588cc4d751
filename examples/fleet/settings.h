/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The settings of a run or a simulation, for its report. */
#ifndef FLEET_SETTINGS_H
#define FLEET_SETTINGS_H

#include "options.h"
#include "record.h"

/**
 * Add the settings of `--run`, which are the same for all its shards. Secrets of the rule and of
 * parameters are masked.
 *
 * @return false without memory.
 */
bool settings_of_run(struct record *record, const struct options *options);

/** Likewise for `--simulate`. */
bool settings_of_simulation(struct record *record, const struct options *options);

#endif
