/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Names that occurred in a file, and their lines. */
#ifndef EXPLAIN_SEEN_H
#define EXPLAIN_SEEN_H

#include <stdint.h>

#include <provision/provision.h>

struct seen_name;

/** All zero: empty. */
struct seen_names {
    void *tree;              /* of tsearch(), by name */
    struct seen_name *first; /* list of all */
};

/**
 * Add a name; it is copied.
 *
 * @return Line of its last occurrence; 0: there was none. Without memory it is not added.
 */
uint32_t seen_names_add(struct seen_names *seen, prov_str name, uint32_t line);

void seen_names_free(struct seen_names *seen);

#endif
