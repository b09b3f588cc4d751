/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** @file Tests of sized structs that a caller hands in (docs/abi.md). */
#ifndef TEST_SUPPORT_IN_CASES_H
#define TEST_SUPPORT_IN_CASES_H

#include <provision/base.h>

/** A public function that takes a sized struct. */
struct in_case {
    const char *name;
    size_t size;
    void (*fill)(void *full);               /**< a zeroed struct of today; NULL: zero will do */
    prov_status (*pass)(const void *given); /**< to a public function */
};

#define IN(name, fill, pass)                                                                       \
    {                                                                                              \
#name " by " #pass, sizeof(struct name), fill, pass                                        \
    }

/**
 * Pass structs from the past, of today and from the future. A block is as large as its `size` says,
 * so that sanitizers and valgrind see a byte read too much.
 *
 * @return For main(): 0 when all passed.
 */
int in_cases_run(const struct in_case *cases, size_t n);

#endif
