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

/* Entries of a map; more are ignored. */
enum { PROVI_ALIAS_MAX = 30 };

/* One entry. Its texts lie in `provi_alias_map.text`. */
struct provi_alias {
    prov_str path;  /* `/a/b` */
    prov_str param; /* name in the flat profile */
    bool is_used;   /* found at least once */
};

struct provi_alias_map {
    char *text; /* our copy */
    size_t text_len;
    size_t n_entries; /* <= PROVI_ALIAS_MAX */
    size_t n_ignored; /* beyond the maximum, or not to a parameter of the flat profile */
    struct provi_alias entries[PROVI_ALIAS_MAX];
};

/**
 * Read a map.
 *
 * @param[out] map  All zero before; ended by provi_alias_map_free() in any case.
 * @return PROV_OK; PROV_E_SYNTAX with the place in @p text; PROV_E_NOMEM.
 */
prov_status provi_alias_map_parse(struct provi_alias_map *map, const struct prov_alloc *alloc,
                                  prov_str text, struct prov_error *err);

/**
 * The parameter an element stands for: the longest path that the innermost open elements spell,
 * of equals the first. Its entry is used from then on.
 *
 * @param open  Names of the open elements from the root on, NUL-terminated.
 * @return Its name; empty: none.
 */
prov_str provi_alias_map_find(struct provi_alias_map *map, const unsigned char *const *open,
                              size_t depth);

void provi_alias_map_free(struct provi_alias_map *map, const struct prov_alloc *alloc);

#endif
