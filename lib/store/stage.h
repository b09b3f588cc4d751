/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * A set of parameters in order: the changes of a transaction, or the content of a store.
 *
 * Entries are in one array and their texts in an arena, so that adding a parameter seldom
 * allocates. A hash index finds names. There is one entry for each name: a later change of a
 * parameter is merged into its first entry. Parameters are numbered from 0 on.
 */
#ifndef PROVI_STORE_STAGE_H
#define PROVI_STORE_STAGE_H

#include <provision/profile.h>

#include "base/str.h"
#include "store/sources.h"

/** One parameter. Kept small: an open store has thousands. */
struct provi_stage_entry {
    char *value; /* never NULL; without labels, the name is stored before it */
    uint32_t value_len;
    uint32_t line;
    uint16_t name_len;
    uint16_t source; /* number in the table of sources, or PROVI_NO_SOURCE */
    uint8_t has_value, access;
    bool differs; /* for the user of the stage; false when added */
};

/** More data of a parameter, needed only by an agent. */
struct provi_stage_label {
    const char *name; /* not NUL-terminated */
    const struct prov_param_info *info;
};

struct provi_stage {
    struct prov_alloc alloc;
    size_t max_bytes;                  /* ceiling of used_bytes */
    size_t used_bytes;                 /* of texts, entries and their index */
    struct provi_arena texts;          /* of parameters and sources; may be secret */
    struct provi_stage_entry *entries; /* n_entries <= entries_cap */
    struct provi_stage_label *labels;  /* one for each entry, if there are any */
    size_t n_entries;
    size_t entries_cap, labels_cap; /* entries_cap is at most three quarters of n_slots */
    uint32_t *slots;                /* hash index, see stage.c */
    size_t n_slots;                 /* 0 or a power of two */
    struct provi_sources sources;
    uint64_t hash;           /* see provi_stage_record_hash(); 0: not computed */
    bool has_labels;         /* see provi_stage_label() */
    bool has_interned_names; /* see provi_stage_intern() */
    uint32_t seed;           /* of the hash; random, so that no server can choose colliding names */
};

/** Make an empty stage, which allocates nothing yet. The object at `alloc->ctx` must outlive it. */
void provi_stage_init(struct provi_stage *stage, const struct prov_alloc *alloc, size_t max_bytes);

/** Store `info` of each parameter from now on. The stage must be empty. */
static inline void provi_stage_label(struct provi_stage *stage)
{
    stage->has_labels = true;
}

/**
 * Likewise; and all names are borrowed from one parser, in which equal names have the same address.
 * They must outlive the stage.
 */
static inline void provi_stage_intern(struct provi_stage *stage)
{
    stage->has_labels = stage->has_interned_names = true;
}

/**
 * Reserve room for @p n more parameters, whose names and values have @p text_bytes together.
 * PROV_OK; PROV_E_NOMEM.
 */
prov_status provi_stage_reserve(struct provi_stage *stage, size_t n, size_t text_bytes);

/**
 * Release the room for further entries. PROV_OK; PROV_E_NOMEM, from an allocator that moves a block
 * when it shrinks.
 */
prov_status provi_stage_trim(struct provi_stage *stage);

/**
 * Move all data to as little memory as possible. For a stage without labels that seldom changes.
 *
 * @return PROV_OK; PROV_E_NOMEM, and only reserved room has changed.
 */
prov_status provi_stage_compact(struct provi_stage *stage);

/** Bytes of all names, values and texts of sources. */
size_t provi_stage_text_bytes(const struct provi_stage *stage);

/**
 * Add a parameter, or change the one of that name: a value replaces its value, an access other than
 * PROV_ACCESS_KEEP its access; source and line are replaced.
 *
 * @param param  Copied; its texts are not the stage's own. `offset` and `layer` are not stored.
 * @return PROV_OK; PROV_E_LIMIT past the ceiling, or for a name of more than 65,535 bytes;
 *         PROV_E_NOMEM. On failure nothing changed.
 */
prov_status provi_stage_add(struct provi_stage *stage, const struct prov_param *param,
                            struct prov_error *err);

/** Number of parameters. */
static inline size_t provi_stage_n(const struct provi_stage *stage)
{
    return stage->n_entries;
}

static inline prov_str provi_stage_name(const struct provi_stage *stage, size_t index)
{
    const struct provi_stage_entry *entry = &stage->entries[index];
    const char *name =
        stage->has_labels ? stage->labels[index].name : entry->value - entry->name_len;
    return (prov_str){name, entry->name_len};
}

static inline prov_str provi_stage_value(const struct provi_stage *stage, size_t index)
{
    const struct provi_stage_entry *entry = &stage->entries[index];
    return (prov_str){entry->value, entry->value_len};
}

/** Catalogue entry of a parameter; NULL without labels. */
static inline const struct prov_param_info *provi_stage_info(const struct provi_stage *stage,
                                                             size_t index)
{
    return stage->has_labels ? stage->labels[index].info : NULL;
}

/** The source of a parameter; NULL: none. Borrowed until the stage is changed. */
static inline const struct prov_source *provi_stage_source(const struct provi_stage *stage,
                                                           size_t index)
{
    return provi_sources_get(&stage->sources, stage->entries[index].source);
}

/** A parameter without its source; its texts are borrowed until the stage is changed. */
static inline struct prov_param provi_stage_param(const struct provi_stage *stage, size_t index)
{
    const struct provi_stage_entry *entry = &stage->entries[index];
    return (struct prov_param){
        .size = sizeof(struct prov_param),
        .name = provi_stage_name(stage, index),
        .value = provi_stage_value(stage, index),
        .has_value = entry->has_value,
        .access = entry->access,
        .line = entry->line,
        .info = provi_stage_info(stage, index),
    };
}

/** Parameter number @p index < provi_stage_n(), with its source; borrowed likewise. */
struct prov_param provi_stage_get(const struct provi_stage *stage, size_t index);

/** Number of the parameter with a name; provi_stage_n(): there is none. Not for interned names. */
size_t provi_stage_index(const struct provi_stage *stage, prov_str name);

/** The same; fast if the number is @p guess, which may be any number. */
static inline size_t provi_stage_index_near(const struct provi_stage *stage, prov_str name,
                                            size_t guess)
{
    if (guess < stage->n_entries && provi_str_eq(provi_stage_name(stage, guess), name))
        return guess;
    return provi_stage_index(stage, name);
}

/** Find a parameter by name. False: there is none, and @p out, which may be NULL, is unchanged. */
bool provi_stage_find(const struct provi_stage *stage, prov_str name, struct prov_param *out);

/**
 * A hash of names, values and accesses in order; never 0, the same on every boot. It is not
 * cryptographic: documents with equal hashes can be made.
 *
 * @param before  The hash of another stage, to be continued; an empty stage returns it unchanged.
 *                Or 0.
 */
uint64_t provi_stage_hash(const struct provi_stage *stage, uint64_t before);

/** Compute the hash and store it, until a parameter is added or changed. */
void provi_stage_record_hash(struct provi_stage *stage);

/** Wipe and release. An empty stage may be used again. */
void provi_stage_free(struct provi_stage *stage);

#endif
