/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Profiles of any size that look like those which servers make for a phone of sixteen lines: names
 * of the catalogue and of a vendor's own, `ua` on every other one, comments, entities.
 */
#ifndef TEST_SUPPORT_REALISTIC_H
#define TEST_SUPPORT_REALISTIC_H

#include "dials.h"

/** The pass phrase of realistic_pack(). */
#define REALISTIC_KEY "MyOwnSecret"

enum {
    REALISTIC_NAMES = 4785 /**< distinct ones; a profile of more than 300 KB repeats them */
};

struct realistic {
    char *text;
    size_t len;
    size_t n_params;
};

/** The same profile for the same size, which is that of the text up to the last few elements. */
void realistic_init(struct realistic *profile, size_t n_bytes);

void realistic_free(struct realistic *profile);

/** gzip, then AES-256-CBC. @p packed is initialised here. */
void realistic_pack(const struct realistic *profile, struct capture *packed);

#endif
