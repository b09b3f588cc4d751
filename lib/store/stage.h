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

#include "base/str.h"
#include "store/sources.h"

/** One parameter. */
struct provi_stage_entry {
    const struct prov_param_info *info;
    const char *name; /* without NUL */
    char *value;      /* never NULL */
    uint32_t hash;
    uint32_t name_len, value_len;
    uint8_t has_value, access;
    uint16_t source; /* number in the table of sources, or PROVI_NO_SOURCE */
    uint32_t line;
    bool differs; /* for who compares; false when added */
};

struct provi_stage {
    struct prov_alloc alloc;
    size_t max_bytes;                   /* ceiling of used_bytes */
    size_t used_bytes;                  /* texts, and what the entries and their index cost */
    struct provi_arena names;           /* entries with their names, and texts of sources */
    struct provi_arena values;          /* may be secret */
    struct provi_stage_entry **entries; /* n_entries <= entries_cap */
    size_t n_entries;
    size_t entries_cap; /* three quarters of n_slots */
    uint32_t *slots;    /* hash index, see stage.c */
    size_t n_slots;     /* 0 or a power of two */
    struct provi_sources sources;
    bool has_interned_names; /* see provi_stage_intern() */
    uint32_t seed; /* of the hash; differs, so that no server can aim at one row of slots */
};

/** An empty stage that allocates nothing yet. What `alloc->ctx` points at must outlive it. */
void provi_stage_init(struct provi_stage *stage, const struct prov_alloc *alloc, size_t max_bytes);

/**
 * From now on, of an empty stage, names are borrowed from one parser, and no others added: the same
 * name is at the same address. They must outlive the stage.
 */
static inline void provi_stage_intern(struct provi_stage *stage)
{
    stage->has_interned_names = true;
}

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
static inline size_t provi_stage_n(const struct provi_stage *stage)
{
    return stage->n_entries;
}

static inline prov_str provi_stage_name(const struct provi_stage_entry *entry)
{
    return (prov_str){entry->name, entry->name_len};
}

static inline prov_str provi_stage_value(const struct provi_stage_entry *entry)
{
    return (prov_str){entry->value, entry->value_len};
}

/** Where an entry came from; NULL: not known. Borrowed likewise. */
static inline const struct prov_source *provi_stage_source(const struct provi_stage *stage,
                                                           const struct provi_stage_entry *entry)
{
    return provi_sources_get(&stage->sources, entry->source);
}

/** What an entry holds but its source; texts borrowed until the stage is next changed. */
static inline struct prov_param provi_stage_param(const struct provi_stage_entry *entry)
{
    return (struct prov_param){
        .size = sizeof(struct prov_param),
        .name = provi_stage_name(entry),
        .value = provi_stage_value(entry),
        .has_value = entry->has_value,
        .access = entry->access,
        .line = entry->line,
        .info = entry->info,
    };
}

/** Parameter number @p index < provi_stage_n(), in the order of first adding; likewise borrowed. */
struct prov_param provi_stage_get(const struct provi_stage *stage, size_t index);

/** Index of a name, or provi_stage_n() when it is not there. Not for interned names. */
size_t provi_stage_index(const struct provi_stage *stage, prov_str name);

/** The same, for who goes by the order in which names were added; @p guess may be any number. */
static inline size_t provi_stage_index_near(const struct provi_stage *stage, prov_str name,
                                            size_t guess)
{
    if (guess < stage->n_entries && provi_str_eq(provi_stage_name(stage->entries[guess]), name))
        return guess;
    return provi_stage_index(stage, name);
}

/** Look a name up. False: not there, and @p out, which may be NULL, is as it was. */
bool provi_stage_find(const struct provi_stage *stage, prov_str name, struct prov_param *out);

/**
 * A number made of names, values and accesses in order, never 0, the same on every boot. It tells
 * documents apart, and protects against nobody who makes two of one number.
 *
 * @param before  The stamp of a stage before this one, which an empty one leaves as it is; or 0.
 */
uint64_t provi_stage_stamp(const struct provi_stage *stage, uint64_t before);

/** Wipe and release. An empty stage may be used again. */
void provi_stage_free(struct provi_stage *stage);

#endif
