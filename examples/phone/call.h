/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The phone's one line. During a call, all work waits that requires idle lines. */
#ifndef PHONE_CALL_H
#define PHONE_CALL_H

#include <stdint.h>

struct phone;

/** Begin a call, or give the present one a new end. @p seconds  0: it lasts until call_end(). */
void call_begin(struct phone *phone, uint32_t seconds);

/** End the call, if there is one. */
void call_end(struct phone *phone);

/** Milliseconds until the call ends by itself; -1: it does not. */
int64_t call_timeout_ms(const struct phone *phone);

/** End the call if its time is over. */
void call_process(struct phone *phone);

#endif
