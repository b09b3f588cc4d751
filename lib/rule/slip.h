/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Slips: characters that word processors, templates or XML leave in a value by mistake. */
#ifndef PROVI_RULE_SLIP_H
#define PROVI_RULE_SLIP_H

#include <provision/base.h>

/** The kinds of values in which a character is a slip. */
enum {
    PROVI_SLIP_ANY = 1 << 0,
    PROVI_SLIP_RULE = 1 << 1, /* rules and servers: elsewhere it may be intended */
    PROVI_SLIP_URL = 1 << 2,
};

struct provi_slip {
    uint32_t kind; /* enum prov_lint_kind */
    size_t offset;
    const char *message;
};

/**
 * The next slip of some sorts.
 *
 * @param[in,out] at  Where to search from, 0 at first; behind the slip afterwards.
 * @return false: there are no more.
 */
bool provi_slip_next(prov_str text, uint32_t sorts, size_t *at, struct provi_slip *slip);

#endif
