/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The table of parameters and the index into it. */
#ifndef PROVI_CATALOGUE_PRIV_H
#define PROVI_CATALOGUE_PRIV_H

#include <provision/catalogue.h>

/** Four slots a row: most searches for an unknown name find a free slot at once. */
enum { PROVI_CATALOGUE_SLOT_BITS = 9, PROVI_CATALOGUE_N_SLOTS = 1 << PROVI_CATALOGUE_SLOT_BITS };

extern const struct prov_param_info provi_catalogue_rows[];
extern const size_t provi_catalogue_n_rows;

/**
 * Open hash table: number of a row plus 1, and its tag in the high byte; or 0. A row is in the slot
 * of its name or in the next free one.
 */
extern const uint16_t provi_catalogue_slots[PROVI_CATALOGUE_N_SLOTS];

enum { PROVI_CATALOGUE_START_BITS = 10 };

/** A bit for each start of a row's name: see provi_catalogue_start(). */
extern const uint8_t provi_catalogue_starts[1 << (PROVI_CATALOGUE_START_BITS - 3)];

/** Number of the bit for the start of a name, ignoring case. The name has at least 4 bytes. */
size_t provi_catalogue_start(prov_str name);

/** Hash of a name, ignoring case; of a per-line name without `n_`. Not empty. */
uint32_t provi_catalogue_hash(prov_str name);

/** The slot at which a search for a name begins. */
static inline size_t provi_catalogue_slot(uint32_t hash)
{
    return hash >> (32 - PROVI_CATALOGUE_SLOT_BITS);
}

/** Tag of a name in its slot; few other names have the same tag. */
static inline uint32_t provi_catalogue_tag(uint32_t hash)
{
    return hash >> (24 - PROVI_CATALOGUE_SLOT_BITS) & 0xff;
}

/** The name under which a row is indexed: without `n_` if it is per line. */
prov_str provi_catalogue_stem(const struct prov_param_info *info);

/**
 * The main entry of a synonym, which has type and default; other entries are returned as they are.
 */
const struct prov_param_info *provi_catalogue_main(const struct prov_param_info *info);

#endif
