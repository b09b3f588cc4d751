/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * A set of parameters in order: the changes of a transaction, or the content of a store.
 *
 * Entries lie in one array, their texts in an arena, so that adding a parameter seldom allocates; a
 * hash index finds a name at once. One entry per name: a later change of it joins the earlier one,
 * at the earlier one's place. Parameters go by their number, from 0 on.
 */
#ifndef PROVI_STORE_STAGE_H
#define PROVI_STORE_STAGE_H

#include <provision/profile.h>

#include "base/str.h"
#include "store/sources.h"

/** One parameter, in as little as it needs: a store has thousands for as long as it is open. */
struct provi_stage_entry {
    char *value; /* never NULL; without labels the name ends where it begins */
    uint32_t value_len;
    uint32_t line;
    uint16_t name_len;
    uint16_t source; /* number in the table of sources, or PROVI_NO_SOURCE */
    uint8_t has_value, access;
    bool differs; /* free for the user of the stage; false when added */
};

/** More about a parameter, for an agent. */
struct provi_stage_label {
    const char *name; /* without NUL */
    const struct prov_param_info *info;
};

struct provi_stage {
    struct prov_alloc alloc;
    size_t max_bytes;                  /* ceiling of used_bytes */
    size_t used_bytes;                 /* of texts, entries and their index */
    struct provi_arena texts;          /* of parameters and sources; may be secret */
    struct provi_stage_entry *entries; /* n_entries <= entries_cap */
    struct provi_stage_label *labels;  /* of the same number, if there are any */
    size_t n_entries;
    size_t entries_cap, labels_cap; /* the first at most three quarters of n_slots */
    uint32_t *slots;                /* hash index, see stage.c */
    size_t n_slots;                 /* 0 or a power of two */
    struct provi_sources sources;
    uint64_t hash;           /* see provi_stage_note_stamp(); 0: not computed */
    bool has_labels;         /* see provi_stage_label() */
    bool has_interned_names; /* see provi_stage_intern() */
    uint32_t seed; /* of the hash; differs, so that no server can aim at one row of slots */
};

/** An empty stage that allocates nothing yet. The object at `alloc->ctx` must outlive it. */
void provi_stage_init(struct provi_stage *stage, const struct prov_alloc *alloc, size_t max_bytes);

/** Store `info` of each parameter from now on. The stage is empty. */
static inline void provi_stage_label(struct provi_stage *stage)
{
    stage->has_labels = true;
}

/**
 * The same; all names are borrowed from one parser, so that equal names have the same address. They
 * must outlive the stage.
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
 * Move all to as little memory as possible. For a stage without labels that seldom changes.
 *
 * @return PROV_OK; PROV_E_NOMEM, and only reserved room has changed.
 */
prov_status provi_stage_compact(struct provi_stage *stage);

/** Bytes of all names, values and texts of sources. */
size_t provi_stage_text_bytes(const struct provi_stage *stage);

/**
 * Add one parameter, or change the one of that name: a value replaces its value, an access other
 * than PROV_ACCESS_KEEP its access, and its source and line are the last one's.
 *
 * @param param  Copied; its texts are not the stage's own. `offset` and `layer` are not kept.
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

/** NULL without labels. */
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

/** A parameter without its source; texts borrowed until the stage is changed. */
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

/** Parameter number @p index < provi_stage_n(), in the order of first adding; borrowed likewise. */
struct prov_param provi_stage_get(const struct provi_stage *stage, size_t index);

/** Index of a name, or provi_stage_n() when it is not there. Not for interned names. */
size_t provi_stage_index(const struct provi_stage *stage, prov_str name);

/** The same; fast if @p guess, which may be any number, is the index. */
static inline size_t provi_stage_index_near(const struct provi_stage *stage, prov_str name,
                                            size_t guess)
{
    if (guess < stage->n_entries && provi_str_eq(provi_stage_name(stage, guess), name))
        return guess;
    return provi_stage_index(stage, name);
}

/** Look a name up. False: not there, and @p out, which may be NULL, is as it was. */
bool provi_stage_find(const struct provi_stage *stage, prov_str name, struct prov_param *out);

/**
 * A hash of names, values and accesses in order, never 0, the same on every boot. It is not
 * cryptographic: two documents with one hash can be made.
 *
 * @param before  The hash of a stage before this one, which an empty one leaves as it is; or 0.
 */
uint64_t provi_stage_hash(const struct provi_stage *stage, uint64_t before);

/** Compute the hash once; it is kept until a parameter is added or changed. */
void provi_stage_note_stamp(struct provi_stage *stage);

/** Wipe and release. An empty stage may be used again. */
void provi_stage_free(struct provi_stage *stage);

#endif
