/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The phone's clocks, which --time-scale makes faster than the machine's. */
#ifndef PHONE_CLOCK_H
#define PHONE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_MAX_FACTOR = 1000 };

struct clock {
    uint32_t factor;  /* seconds of the phone in one second of the machine; at least 1 */
    int64_t start_ms; /* on the machine's monotonic clock */
};

/** Start the clocks at the machine's time. */
void clock_start(struct clock *clock, uint32_t factor);

/** The monotonic clock; continues while the machine sleeps. */
int64_t clock_now_ms(const struct clock *clock);

/** The wall clock, in UTC seconds, and the offset of local time. @return false: it is not set. */
bool clock_wall(const struct clock *clock, int64_t *utc_s, int32_t *utc_offset_s);

/** The machine's monotonic clock, for times that --time-scale does not change. */
int64_t clock_machine_ms(void);

/** Milliseconds of the machine for @p ms of the phone, rounded up; -1 is unchanged. */
int64_t clock_wait_ms(const struct clock *clock, int64_t ms);

#endif
