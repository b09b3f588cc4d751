/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Lists of delays in seconds as parameters hold them: `600,1200+30,300`. */
#ifndef PROVI_BASE_DELAY_H
#define PROVI_BASE_DELAY_H

#include <provision/base.h>

/** One element of a list: anything from `min_s` to `min_s + jitter_s`, both included. */
struct provi_delay {
    uint32_t min_s;
    uint32_t jitter_s; /* 0 where no `+` is written */
};

/**
 * Cut the next element off the front of a list.
 *
 * @param[in,out] rest   The whole value at first; blanks around numbers are fine.
 * @param[out]    delay  The element, on PROV_OK.
 * @return PROV_OK; PROV_E_NOT_FOUND when nothing is left (at once for an empty or blank value);
 *         PROV_E_SYNTAX when the front of the list is no element or a comma ends it.
 */
prov_status provi_delay_next(prov_str *rest, struct provi_delay *delay);

#endif
