/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Resync_Trigger_1 and Resync_Trigger_2. */
#ifndef PROVI_AGENT_TRIGGER_H
#define PROVI_AGENT_TRIGGER_H

#include <provision/base.h>

struct provi_fetcher;

/**
 * Evaluate both, for a resync of this cause.
 *
 * @param[out] is_allowed  At least one is true; or there is none, empty ones and ones that cannot
 *                         be evaluated left out, and @p cause is not that of a trigger itself.
 * @return False: one of them cannot be read at present, and none is true.
 */
bool provi_triggers_ask(struct provi_fetcher *fetcher, uint32_t cause, bool *is_allowed);

#endif
