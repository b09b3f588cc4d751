/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Jitter after an event that reaches many devices in the same second: their link is back, or they
 * wake up. For the timers of the scheduler and those of other jobs.
 */
#ifndef PROVI_SCHED_SPREAD_H
#define PROVI_SCHED_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

/** The delay, uniform in 0 to 30 s, or to @p jitter_s if that is more. */
int64_t provi_spread_ms(uint32_t jitter_s, uint32_t entropy);

/** When an event that was due at @p due_ms is overdue by so much that the device slept. */
bool provi_spread_is_late(int64_t now_ms, int64_t due_ms);

/**
 * The moment of a retry after the link is back.
 *
 * @param due_ms       Its moment so far: the result is not later.
 * @param earliest_ms  The result is not earlier, unless @p due_ms is.
 */
int64_t provi_spread_retry_ms(int64_t due_ms, int64_t earliest_ms, int64_t now_ms,
                              uint32_t jitter_s, uint32_t entropy);

#endif
