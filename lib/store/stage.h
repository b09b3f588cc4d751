/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * A set of parameters in order: what a transaction staged, or what a store holds.
 *
 * Everything lies in arenas, so that adding a parameter seldom allocates; a hash index finds a name
 * at once. One entry per name: a later change of it joins the earlier one, at the earlier one's
 * place.
 */
#ifndef PROVI_STORE_STAGE_H
#define PROVI_STORE_STAGE_H

#include <provision/profile.h>

#include "store/sources.h"

struct provi_stage_entry;

struct provi_stage {
    struct prov_alloc alloc;
    size_t max_bytes;                   /* ceiling of used_bytes */
    size_t used_bytes;                  /* texts, and what the entries and their index cost */
    struct provi_arena names;           /* entries with their names, and texts of sources */
    struct provi_arena values;          /* may be secret */
    struct provi_stage_entry **entries; /* n_entries <= entries_cap */
    size_t n_entries;
    size_t entries_cap;
    uint32_t *slots; /* hash index: number of an entry + 1, or 0; at least a quarter are 0 */
    size_t n_slots;  /* 0 or a power of two */
    struct provi_sources sources;
    uint32_t seed; /* of the hash; differs, so that no server can aim at one row of slots */
};

/** An empty stage that allocates nothing yet. What `alloc->ctx` points at must outlive it. */
void provi_stage_init(struct provi_stage *stage, const struct prov_alloc *alloc, size_t max_bytes);

/**
 * Add one parameter, or change the one of that name: a value replaces its value, an access other
 * than PROV_ACCESS_KEEP its access, and its source and line are the last one's.
 *
 * @param param  Copied; its texts are not the stage's own. `offset` and `layer` are not kept.
 * @return PROV_OK; PROV_E_LIMIT past the ceiling; PROV_E_NOMEM. On failure nothing changed.
 */
prov_status provi_stage_add(struct provi_stage *stage, const struct prov_param *param,
                            struct prov_error *err);

/** Number of parameters. */
size_t provi_stage_n(const struct provi_stage *stage);

/**
 * Parameter number @p index < provi_stage_n(), in the order of first adding.
 *
 * @return Texts borrowed until the stage is next changed.
 */
struct prov_param provi_stage_get(const struct provi_stage *stage, size_t index);

/** Tell where a parameter came from; @p source is a number of `sources`. */
void provi_stage_set_source(struct provi_stage *stage, size_t index, uint16_t source,
                            uint32_t line);

/** The number of its source. */
uint16_t provi_stage_source(const struct provi_stage *stage, size_t index);

/** Look a name up. False: not there, and @p out, which may be NULL, is as it was. */
bool provi_stage_find(const struct provi_stage *stage, prov_str name, struct prov_param *out);

/** Wipe and release. An empty stage may be used again. */
void provi_stage_free(struct provi_stage *stage);

#endif
