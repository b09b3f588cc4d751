/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Names of the file so far, and their lines. */
#ifndef EXPLAIN_SEEN_H
#define EXPLAIN_SEEN_H

#include <stdint.h>

#include <provision/provision.h>

struct seen_name;

/** Zeroed, there are none. */
struct seen_names {
    void *tree;              /* of tsearch(), by name */
    struct seen_name *first; /* all of them */
};

/**
 * Remember a name; it is copied.
 *
 * @return Line it was met in last, 0 when it was not. Without memory it is not remembered.
 */
uint32_t seen_names_add(struct seen_names *seen, prov_str name, uint32_t line);

void seen_names_free(struct seen_names *seen);

#endif
