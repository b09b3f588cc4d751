/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A check of a server: a resync of the phone, up to the commit. */
#ifndef EXPLAIN_FETCH_H
#define EXPLAIN_FETCH_H

#include "options.h"

/**
 * Resync the device, or each device of a file, with a store in memory, and report each step.
 *
 * @return The exit status.
 */
int fetch_check(const struct options *options);

#endif
