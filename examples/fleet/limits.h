/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The limits of this machine and of the server: raised, respected, and named when they are met. */
#ifndef FLEET_LIMITS_H
#define FLEET_LIMITS_H

#include "options.h"
#include "record.h"

/**
 * Raise the limit of descriptors as far as the connections of a run need it, and reduce the
 * connections to what descriptors and ports allow. Each is reported on standard error, and what was
 * reduced is noted in @p record.
 *
 * @return false without memory.
 */
bool limits_prepare(struct run_options *run, struct record *record);

/** Note the limits that the reasons of failures show. @return false without memory. */
bool limits_note(struct record *record);

#endif
