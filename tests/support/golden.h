/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Golden cases: one folder per case, so that adding one needs no C.
 */
#ifndef TEST_SUPPORT_GOLDEN_H
#define TEST_SUPPORT_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One case: its folder and the folder's name. */
struct golden {
    char folder[512];
    const char *name;
};

typedef void (*golden_check)(void *ctx, const struct golden *golden);

/**
 * Call @p check for every folder below @p root, in the order of their names. A case that fails an
 * assertion is named on standard error.
 *
 * @return how many there are; a test asserts that it is not 0.
 */
size_t golden_run(const char *root, golden_check check, void *ctx);

/** A file of the case with a NUL behind it, to be freed; NULL if there is none. */
uint8_t *golden_read(const struct golden *golden, const char *file, size_t *len);

/**
 * The rest of the line of @p text that begins with @p name and a blank. Lines look like
 * `key MyOwnSecret`.
 *
 * @return false if there is no such line; dies if the value does not fit.
 */
bool golden_option(const char *text, const char *name, char *value, size_t cap);

#endif
