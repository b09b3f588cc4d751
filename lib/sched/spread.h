/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Jitter after an event that reaches many devices at once, such as a restored link or the end of a
 * sleep. Used by the timers of the scheduler and of other jobs.
 */
#ifndef PROVI_SCHED_SPREAD_H
#define PROVI_SCHED_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

/** A delay, uniform in 0 to 30 s, or in 0 to @p jitter_s if that is more. */
int64_t provi_spread_ms(uint32_t jitter_s, uint32_t entropy);

/** Whether an event due at @p due_ms is so late that the device must have slept. */
bool provi_spread_is_late(int64_t now_ms, int64_t due_ms);

/**
 * The time of a retry after the link is back.
 *
 * @param due_ms       Its present time; the result is not later.
 * @param earliest_ms  The result is not earlier, unless @p due_ms is.
 */
int64_t provi_spread_retry_ms(int64_t due_ms, int64_t earliest_ms, int64_t now_ms,
                              uint32_t jitter_s, uint32_t entropy);

#endif
