/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** When to send again (RFC 6298, in milliseconds). */
#ifndef PROVI_TFTP_TIMER_H
#define PROVI_TFTP_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct provi_tftp_timer {
    int64_t wait_ms;     /* from sending until sending again */
    int64_t smoothed_ms; /* round trip */
    int64_t variation_ms;
    bool has_sample;
};

void provi_tftp_timer_init(struct provi_tftp_timer *timer);

/** A round trip was seen whose question went out once only. */
void provi_tftp_timer_sample(struct provi_tftp_timer *timer, int64_t round_trip_ms);

/** An answer did not come in time. */
void provi_tftp_timer_back_off(struct provi_tftp_timer *timer);

#endif
