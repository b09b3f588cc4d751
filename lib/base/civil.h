/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Dates as people write them, from seconds. */
#ifndef PROVI_BASE_CIVIL_H
#define PROVI_BASE_CIVIL_H

#include <stdint.h>

/** A moment by the Gregorian calendar. */
struct provi_civil {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second;
};

/** @p s  Seconds since 1970-01-01, of whatever place the date is to be of. */
struct provi_civil provi_civil_from_seconds(int64_t s);

#endif
