/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* tm_gmtoff */
#include "clock.h"

#include <time.h>

/* Continues while the machine sleeps, so that a resync is not delayed by the sleep. */
int64_t clock_machine_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
        clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_start(struct clock *clock, uint32_t factor)
{
    *clock = (struct clock){.factor = factor, .start_ms = clock_machine_ms()};
}

int64_t clock_now_ms(const struct clock *clock)
{
    return clock->start_ms + (clock_machine_ms() - clock->start_ms) * clock->factor;
}

/* The machine's time, plus the time that the phone is ahead of it; follows a machine's clock that
 * is set. */
bool clock_wall(const struct clock *clock, int64_t *utc_s, int32_t *utc_offset_s)
{
    time_t now = time(NULL);
    struct tm local;
    if (now == (time_t)-1)
        return false;
    now += (time_t)((clock_machine_ms() - clock->start_ms) * (clock->factor - 1) / 1000);
    if (!localtime_r(&now, &local))
        return false;
    *utc_s = now;
    *utc_offset_s = (int32_t)local.tm_gmtoff;
    return true;
}

int64_t clock_wait_ms(const struct clock *clock, int64_t ms)
{
    return ms < 0 ? -1 : (ms + clock->factor - 1) / clock->factor;
}
