/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Dates as people write them, from seconds. */
#ifndef PROVI_BASE_CIVIL_H
#define PROVI_BASE_CIVIL_H

#include <provision/base.h>

/** A moment by the Gregorian calendar. */
struct provi_civil {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second;
};

/** @p s  Seconds since 1970-01-01, of whatever place the date is to be of. */
struct provi_civil provi_civil_from_seconds(int64_t s);

/**
 * Read a time of day, `0000` to `2400`; the last is 0000 of the next day.
 *
 * @param[out] s  Seconds since midnight. Left alone unless the text is one.
 * @return false if it is none.
 */
bool provi_hhmm_read(prov_str text, int64_t *s);

#endif
