/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tftp/timer.h"

#define FIRST_WAIT_MS 500
/* RFC 6298 has a second here, for all the Internet; one lost block in ten must not cost that. */
#define MIN_WAIT_MS 100
#define MAX_WAIT_MS 4000

static int64_t clamp(int64_t ms)
{
    if (ms < MIN_WAIT_MS)
        return MIN_WAIT_MS;
    return ms > MAX_WAIT_MS ? MAX_WAIT_MS : ms;
}

void provi_tftp_timer_init(struct provi_tftp_timer *timer)
{
    *timer = (struct provi_tftp_timer){.wait_ms = FIRST_WAIT_MS};
}

void provi_tftp_timer_sample(struct provi_tftp_timer *timer, int64_t round_trip_ms)
{
    if (!timer->has_sample) {
        timer->has_sample = true;
        timer->smoothed_ms = round_trip_ms;
        timer->variation_ms = round_trip_ms / 2;
    } else {
        int64_t error_ms = round_trip_ms - timer->smoothed_ms;
        int64_t distance_ms = error_ms < 0 ? -error_ms : error_ms;
        timer->variation_ms += (distance_ms - timer->variation_ms) / 4;
        timer->smoothed_ms += error_ms / 8;
    }
    timer->wait_ms = clamp(timer->smoothed_ms + 4 * timer->variation_ms);
}

void provi_tftp_timer_back_off(struct provi_tftp_timer *timer)
{
    timer->wait_ms = clamp(2 * timer->wait_ms);
}
