/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The map of `--alias`: `/path/of/elements = /flat-profile/Name ;` repeated, blanks anywhere.
 *
 * Source: Linksys SPA Provisioning Guide, "Element Aliases"; docs/profiles.md.
 */
#ifndef PROVI_PROFILE_ALIAS_H
#define PROVI_PROFILE_ALIAS_H

#include <provision/base.h>

/* Most entries of a map; further ones are ignored. */
enum { PROVI_ALIAS_MAX = 30 };

/* One entry. Its texts point into `provi_alias_map.text`. */
struct provi_alias {
    prov_str path;  /* `/a/b` */
    prov_str param; /* name in the flat profile */
    bool is_used;   /* an element was found at the path */
};

struct provi_alias_map {
    char *text; /* copy of the text */
    size_t text_len;
    size_t n_entries; /* <= PROVI_ALIAS_MAX */
    size_t n_ignored; /* entries past the maximum, or not for a parameter of the flat profile */
    struct provi_alias entries[PROVI_ALIAS_MAX];
};

/**
 * Read a map.
 *
 * @param[out] map  All zero before the call. Call provi_alias_map_free() after it, also if it
 *                  fails.
 * @return PROV_OK; PROV_E_SYNTAX with the place in @p text; PROV_E_NOMEM.
 */
prov_status provi_alias_map_parse(struct provi_alias_map *map, const struct prov_alloc *alloc,
                                  prov_str text, struct prov_error *err);

/**
 * Find the parameter of an element: the entry with the longest path that the innermost open
 * elements form; of equal paths, the first. The entry is marked as used.
 *
 * @param open  Names of the open elements from the root on, NUL-terminated.
 * @return Its name; empty: none.
 */
prov_str provi_alias_map_find(struct provi_alias_map *map, const unsigned char *const *open,
                              size_t depth);

void provi_alias_map_free(struct provi_alias_map *map, const struct prov_alloc *alloc);

#endif
