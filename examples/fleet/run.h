/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Many phones against a real server, in one process and on one transport. */
#ifndef FLEET_RUN_H
#define FLEET_RUN_H

#include "options.h"
#include "record.h"

/**
 * Run the phones until all have reached their aim, until the time is over, or until a signal
 * (SIGINT, SIGTERM).
 *
 * @param[in,out] options  The number of connections may be reduced.
 * @param[out]    record   Filled also after a signal; ended by record_free().
 * @return An exit status: EXIT_OK, also if phones failed; EXIT_USAGE, EXIT_MACHINE; EXIT_SIGNAL and
 *         the signal.
 */
int run_fleet(struct options *options, struct record *record);

#endif
