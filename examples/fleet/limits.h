/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The limits of this machine and of the server: raised if possible, respected, and reported when
 * reached.
 */
#ifndef FLEET_LIMITS_H
#define FLEET_LIMITS_H

#include "options.h"
#include "record.h"

/**
 * Raise the limit of descriptors to the connections of a run, and reduce the connections to the
 * available descriptors and ports. Each change is reported on standard error, and each reduction
 * recorded in @p record.
 *
 * @return false without memory.
 */
bool limits_prepare(struct run_options *run, struct record *record);

/** Record the limits that the reasons of failures show. @return false without memory. */
bool limits_note(struct record *record);

#endif
