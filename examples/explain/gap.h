/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Macros of a rule that are empty because the command line does not set them. */
#ifndef EXPLAIN_GAP_H
#define EXPLAIN_GAP_H

#include <stdbool.h>
#include <stddef.h>

#include <provision/provision.h>

#include "options.h"

struct gap {
    const char *macro; /* with its `$` */
    const char *words;
};

/** Whether --mac was given. */
bool gap_has_mac(const struct options *options);

/** Find the next gap of a rule. @param[in,out] next  0 at first. @return false: no more. */
bool gap_find(const struct options *options, prov_str rule, size_t *next, struct gap *gap);

#endif
