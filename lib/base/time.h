/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Dates, times of day and lists of delays, in the format of parameters and messages. */
#ifndef PROVI_BASE_TIME_H
#define PROVI_BASE_TIME_H

#include <provision/base.h>

/** A time in the Gregorian calendar. */
struct provi_civil {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, minute, second;
};

/** @p s  Seconds since 1970-01-01 in the time zone of the date. */
struct provi_civil provi_civil_from_seconds(int64_t s);

/**
 * Read a time of day, `0000` to `2400`; the last is 0000 of the next day.
 *
 * @param[out] s  Seconds since midnight; unchanged on failure.
 * @return false if the text is not a time of day.
 */
bool provi_hhmm_read(prov_str text, int64_t *s);

/** An element of a list: a delay from `min_s` to `min_s + jitter_s`, both included. */
struct provi_delay {
    uint32_t min_s;
    uint32_t jitter_s; /* 0 without a `+` */
};

/**
 * Cut the next element off the front of a list.
 *
 * @param[in,out] rest   The whole value at first; blanks around numbers are fine.
 * @param[out]    delay  The element, on PROV_OK.
 * @return PROV_OK; PROV_E_NOT_FOUND when nothing is left, also for an empty or blank value;
 *         PROV_E_SYNTAX when the list does not start with an element, or ends with a comma.
 */
prov_status provi_delay_next(prov_str *rest, struct provi_delay *delay);

#endif
