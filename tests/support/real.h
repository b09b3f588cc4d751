/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * For a test program with a function that stands in front of a library's: that library's own.
 *
 * To be included first, before any header of the C library.
 */
#ifndef TEST_SUPPORT_REAL_H
#define TEST_SUPPORT_REAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif

#include <dlfcn.h>
#include <string.h>

#include "dials.h"

/** Declares `real`, a pointer to the function @p name of the libraries: result and parameters. */
#define REAL(name, result, ...)                                                                    \
    result (*real)(__VA_ARGS__);                                                                   \
    void *found_##name = dlsym(RTLD_NEXT, #name);                                                  \
    if (!found_##name)                                                                             \
        test_die("no %s in any library", #name);                                                   \
    memcpy(&real, &found_##name, sizeof real)

#endif
