/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/stage.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

enum {
    MAX_BYTES = INT32_MAX, /* lengths have 32 bits, as size_t has on many phones */
    FIRST_ENTRIES = 96,    /* then fourfold, twofold, and from then on by half */
    MORE_ENTRIES = 384,
    MANY_ENTRIES = 1536,
    FIRST_SLOTS = 512,
    FEWEST_SLOTS = 4,
    MANY_SLOTS = 8192,   /* above this the index doubles; below, it grows fourfold */
    SLOTS_PER_ENTRY = 3, /* at most, nearly: the index grows when three quarters are used */
    /* Cost of an entry besides its texts, counted against the ceiling. The arrays of entries and
     * labels have room for up to half as many more. */
    ENTRY_COST = 3 * (sizeof(struct provi_stage_entry) + sizeof(struct provi_stage_label)) / 2 +
                 SLOTS_PER_ENTRY * sizeof(uint32_t),
};

void provi_stage_init(struct provi_stage *stage, const struct prov_alloc *alloc, size_t max_bytes)
{
    if (max_bytes > MAX_BYTES)
        max_bytes = MAX_BYTES;
    *stage = (struct provi_stage){
        .alloc = *alloc,
        .max_bytes = max_bytes,
        .texts.is_secret = true,
        .seed = 0x9e3779b9u ^ (uint32_t)((uintptr_t)stage >> 4),
    };
}

/*
 * Index: a slot is 0 if it is free, else the number of an entry, from 1 on. Numbers leave some high
 * bits unused; these hold the same bits of the name's hash. A search starts at the slot given by
 * the low bits of the hash, and ends at a free slot.
 */

/* 2^64 divided by the golden ratio, for multiplicative hashing. */
#define GOLDEN_RATIO UINT64_C(0x9E3779B97F4A7C15)

static uint32_t load(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Mix eight bytes of a name into a hash. Because of the seed, no sender can choose names that
 * collide. */
static uint32_t mix(const struct provi_stage *stage, uint32_t hash, uint32_t low, uint32_t high)
{
    uint64_t product = (uint64_t)(hash ^ low) * (stage->seed ^ high);
    return (uint32_t)(product ^ product >> 32);
}

static uint32_t hash_of(const struct provi_stage *stage, prov_str name)
{
    uint32_t hash = stage->seed + (uint32_t)name.len;
    const char *at = name.data;
    size_t left = name.len;
    for (; left >= 8; left -= 8, at += 8)
        hash = mix(stage, hash, load(at), load(at + 4));
    if (name.len >= 8) /* the last eight, which may overlap */
        return mix(stage, hash, load(at + left - 8), load(at + left - 4));
    for (; left > 0; left--, at++)
        hash = mix(stage, hash, (unsigned char)*at, hash);
    return hash;
}

static size_t number_in(const struct provi_stage *stage, uint32_t slot)
{
    return slot & (stage->n_slots - 1);
}

/* Interned names are hashed by address, which no server chooses: multiplicative hashing
 * suffices. */
static inline uint32_t hash_of_param(const struct provi_stage *stage, prov_str name)
{
    if (stage->has_interned_names)
        return (uint32_t)((uintptr_t)name.data * GOLDEN_RATIO >> 32);
    return hash_of(stage, name);
}

static inline bool is_named(const struct provi_stage *stage, uint32_t slot, prov_str name)
{
    size_t index = number_in(stage, slot) - 1;
    if (stage->has_interned_names)
        return stage->labels[index].name == name.data;
    return provi_str_eq(provi_stage_name(stage, index), name);
}

/* The next slot from *at on that is free, or has the bits of this hash. */
static inline uint32_t *next_candidate(const struct provi_stage *stage, uint32_t *at, uint32_t hash)
{
    uint32_t mask = (uint32_t)stage->n_slots - 1;
    for (;; ++*at) {
        uint32_t *slot = &stage->slots[*at & mask];
        if (*slot == 0 || ((*slot ^ hash) & ~mask) == 0)
            return slot;
    }
}

/* The slot of a name, or the free slot for it. At least one slot is always free. */
static inline uint32_t *slot_of(const struct provi_stage *stage, prov_str name, uint32_t hash)
{
    for (uint32_t at = hash;; at++) {
        uint32_t *slot = next_candidate(stage, &at, hash);
        if (*slot == 0 || is_named(stage, *slot, name))
            return slot;
    }
}

static void set_slot(const struct provi_stage *stage, uint32_t *slot, size_t number, uint32_t hash)
{
    *slot = (hash & ~((uint32_t)stage->n_slots - 1)) | (uint32_t)number;
}

static void fill_slots(struct provi_stage *stage)
{
    uint32_t mask = (uint32_t)stage->n_slots - 1;
    memset(stage->slots, 0, stage->n_slots * sizeof *stage->slots);
    for (size_t number = 1; number <= stage->n_entries; number++) {
        uint32_t hash = hash_of_param(stage, provi_stage_name(stage, number - 1));
        uint32_t i = hash & mask;
        while (stage->slots[i] != 0)
            i = (i + 1) & mask;
        set_slot(stage, &stage->slots[i], number, hash);
    }
}

/* Each entry costs ENTRY_COST bytes of the ceiling, so no size can overflow. */
static prov_status set_cap(struct provi_stage *stage, size_t cap)
{
    const struct prov_alloc *alloc = &stage->alloc;
    if (stage->has_labels && stage->labels_cap != cap) {
        void *labels = provi_resize(alloc, stage->labels, stage->labels_cap * sizeof *stage->labels,
                                    cap * sizeof *stage->labels);
        if (!labels)
            return PROV_E_NOMEM;
        stage->labels = labels;
        stage->labels_cap = cap;
    }
    void *entries = provi_resize(alloc, stage->entries, stage->entries_cap * sizeof *stage->entries,
                                 cap * sizeof *stage->entries);
    if (!entries)
        return PROV_E_NOMEM;
    stage->entries = entries;
    stage->entries_cap = cap;
    return PROV_OK;
}

static prov_status set_slots(struct provi_stage *stage, size_t n_slots)
{
    uint32_t *slots = provi_alloc(&stage->alloc, n_slots * sizeof *slots);
    if (!slots)
        return PROV_E_NOMEM;
    provi_free(&stage->alloc, stage->slots, stage->n_slots * sizeof *slots);
    stage->slots = slots;
    stage->n_slots = n_slots;
    fill_slots(stage);
    return PROV_OK;
}

/* Number of entries for which @p n_slots suffice. */
static size_t served_by(size_t n_slots)
{
    return n_slots - n_slots / 4;
}

static size_t next_cap(size_t cap)
{
    if (cap < FIRST_ENTRIES)
        return FIRST_ENTRIES;
    return cap < MORE_ENTRIES ? 4 * cap : cap < MANY_ENTRIES ? 2 * cap : cap + cap / 2;
}

PROVI_COLD static prov_status grow(struct provi_stage *stage)
{
    prov_status status = PROV_OK;
    if (stage->n_entries == served_by(stage->n_slots)) {
        size_t times = stage->n_slots < MANY_SLOTS ? 4 : 2;
        status = set_slots(stage, stage->n_slots ? times * stage->n_slots : FIRST_SLOTS);
    }
    size_t cap = next_cap(stage->entries_cap);
    if (cap > served_by(stage->n_slots))
        cap = served_by(stage->n_slots);
    return status == PROV_OK ? set_cap(stage, cap) : status;
}

static size_t fewest_slots(size_t n_entries)
{
    size_t n_slots = FEWEST_SLOTS;
    while (served_by(n_slots) < n_entries)
        n_slots *= 2;
    return n_slots;
}

prov_status provi_stage_reserve(struct provi_stage *stage, size_t n, size_t text_bytes)
{
    size_t cap = stage->n_entries + n;
    size_t n_slots = fewest_slots(cap);
    prov_status status = PROV_OK;
    if (text_bytes > stage->texts.room)
        status = provi_arena_grow_exactly(&stage->texts, &stage->alloc, text_bytes);
    if (status == PROV_OK && n_slots > stage->n_slots)
        status = set_slots(stage, n_slots);
    return status == PROV_OK && cap > stage->entries_cap ? set_cap(stage, cap) : status;
}

prov_status provi_stage_trim(struct provi_stage *stage)
{
    bool has_spare = stage->n_entries > 0 && stage->n_entries < stage->entries_cap;
    return has_spare ? set_cap(stage, stage->n_entries) : PROV_OK;
}

size_t provi_stage_text_bytes(const struct provi_stage *stage)
{
    size_t n = provi_sources_text_bytes(&stage->sources);
    for (size_t i = 0; i < stage->n_entries; i++)
        n += stage->entries[i].name_len + (size_t)stage->entries[i].value_len;
    return n;
}

prov_status provi_stage_compact(struct provi_stage *stage)
{
    struct provi_arena texts = {.is_secret = true};
    if (stage->n_entries == 0)
        return PROV_OK;
    size_t n_slots = fewest_slots(stage->n_entries);
    prov_status status = provi_stage_trim(stage);
    if (status == PROV_OK && n_slots < stage->n_slots)
        status = set_slots(stage, n_slots);
    if (status == PROV_OK)
        status = provi_arena_grow_exactly(&texts, &stage->alloc, provi_stage_text_bytes(stage));
    if (status != PROV_OK)
        return status;
    for (size_t i = 0; i < stage->n_entries; i++) {
        struct provi_stage_entry *entry = &stage->entries[i];
        size_t len = entry->name_len + (size_t)entry->value_len;
        char *copy = provi_arena_alloc_bytes(&texts, len);
        memcpy(copy, entry->value - entry->name_len, len);
        entry->value = copy + entry->name_len;
    }
    provi_sources_move(&stage->sources, &texts);
    provi_arena_free(&stage->texts, &stage->alloc);
    stage->texts = texts;
    return PROV_OK;
}

/* Make room for a new entry and its texts, which count against the ceiling from now on. */
static prov_status make_room(struct provi_stage *stage, size_t text_len)
{
    uint64_t cost = (uint64_t)text_len + ENTRY_COST;
    if (cost > stage->max_bytes - stage->used_bytes)
        return PROV_E_LIMIT;
    prov_status status = provi_arena_reserve(&stage->texts, &stage->alloc, text_len);
    if (status == PROV_OK)
        stage->used_bytes += (size_t)cost;
    return status;
}

/* Copy name and value, or only the value of an interned name; returns the copied value. */
static char *copy_texts(struct provi_stage *stage, prov_str name, prov_str value)
{
    if (!stage->has_interned_names && name.len)
        memcpy(provi_arena_alloc_bytes(&stage->texts, name.len), name.data, name.len);
    char *copy = provi_arena_alloc_bytes(&stage->texts, value.len);
    if (value.len)
        memcpy(copy, value.data, value.len);
    return copy;
}

static prov_status add_entry(struct provi_stage *stage, const struct prov_param *param,
                             uint16_t source, uint32_t hash, uint32_t *slot)
{
    prov_str name = param->name;
    prov_str value = {param->value.data, param->has_value ? param->value.len : 0};
    size_t name_room = stage->has_interned_names ? 0 : name.len;
    if (name.len > UINT16_MAX)
        return PROV_E_LIMIT;
    prov_status status = make_room(stage, name_room + value.len);
    if (status != PROV_OK)
        return status;
    static char nothing[1];
    char *copy = name_room + value.len ? copy_texts(stage, name, value) : nothing;
    if (stage->has_labels)
        stage->labels[stage->n_entries] = (struct provi_stage_label){
            .name = stage->has_interned_names ? name.data : copy - name.len,
            .info = param->info,
        };
    stage->entries[stage->n_entries++] = (struct provi_stage_entry){
        .value = copy,
        .value_len = (uint32_t)value.len,
        .line = param->line,
        .name_len = (uint16_t)name.len,
        .source = source,
        .has_value = param->has_value,
        .access = param->access,
    };
    set_slot(stage, slot, stage->n_entries, hash);
    return PROV_OK;
}

/* Replace a value. A longer one moves to the end; so does its name, if that is stored before its
 * value. */
static prov_status replace_value(struct provi_stage *stage, size_t index, prov_str value)
{
    struct provi_stage_entry *entry = &stage->entries[index];
    if (value.len > entry->value_len) {
        prov_str name = provi_stage_name(stage, index);
        if (stage->has_labels)
            name.len = 0;
        if ((uint64_t)name.len + value.len > stage->max_bytes - stage->used_bytes)
            return PROV_E_LIMIT;
        prov_status status =
            provi_arena_reserve(&stage->texts, &stage->alloc, name.len + value.len);
        if (status != PROV_OK)
            return status;
        stage->used_bytes += name.len + value.len;
        entry->value = copy_texts(stage, name, value);
    } else if (value.len) {
        memcpy(entry->value, value.data, value.len);
    }
    entry->value_len = (uint32_t)value.len;
    return PROV_OK;
}

PROVI_COLD static prov_status change_entry(struct provi_stage *stage, size_t index,
                                           const struct prov_param *param, uint16_t source)
{
    struct provi_stage_entry *entry = &stage->entries[index];
    if (param->has_value) {
        prov_status status = replace_value(stage, index, param->value);
        if (status != PROV_OK)
            return status;
        entry->has_value = param->has_value;
    }
    if (param->access != PROV_ACCESS_KEEP)
        entry->access = param->access;
    entry->line = param->line;
    entry->source = source;
    return PROV_OK;
}

static prov_status add_or_change(struct provi_stage *stage, const struct prov_param *param)
{
    uint16_t source = PROVI_NO_SOURCE;
    stage->hash = 0;
    if (stage->n_entries == stage->entries_cap && grow(stage) != PROV_OK)
        return PROV_E_NOMEM;
    if (param->source && provi_sources_add(&stage->sources, &stage->alloc, &stage->texts,
                                           param->source, &source) != PROV_OK)
        return PROV_E_NOMEM;
    uint32_t hash = hash_of_param(stage, param->name);
    uint32_t *slot = slot_of(stage, param->name, hash);
    if (*slot == 0)
        return add_entry(stage, param, source, hash, slot);
    return change_entry(stage, number_in(stage, *slot) - 1, param, source);
}

PROVI_COLD static prov_status fail(const struct provi_stage *stage, const struct prov_param *param,
                                   prov_status status, struct prov_error *err)
{
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    provi_fail(err, status, "parameters exceed %zu bytes in memory", stage->max_bytes);
    provi_error_subject(err, param->name);
    return status;
}

prov_status provi_stage_add(struct provi_stage *stage, const struct prov_param *param,
                            struct prov_error *err)
{
    prov_status status = add_or_change(stage, param);
    return status == PROV_OK ? PROV_OK : fail(stage, param, status, err);
}

struct prov_param provi_stage_get(const struct provi_stage *stage, size_t index)
{
    struct prov_param param = provi_stage_param(stage, index);
    param.source = provi_stage_source(stage, index);
    return param;
}

size_t provi_stage_index(const struct provi_stage *stage, prov_str name)
{
    uint32_t slot = stage->n_slots ? *slot_of(stage, name, hash_of(stage, name)) : 0;
    return slot ? number_in(stage, slot) - 1 : stage->n_entries;
}

bool provi_stage_find(const struct provi_stage *stage, prov_str name, struct prov_param *out)
{
    size_t index = provi_stage_index(stage, name);
    if (index == stage->n_entries)
        return false;
    if (out)
        *out = provi_stage_get(stage, index);
    return true;
}

/* A step of 64-bit FNV-1a: the same on every boot, unlike the hash of the index. */
static inline uint64_t fold(uint64_t hash, char c)
{
    return (hash ^ (unsigned char)c) * 0x100000001b3u;
}

static uint64_t fold_text(uint64_t hash, prov_str text)
{
    const char *c = text.data, *end = text.data + text.len;
    for (; end - c >= 4; c += 4)
        hash = fold(fold(fold(fold(hash, c[0]), c[1]), c[2]), c[3]);
    for (; c < end; c++)
        hash = fold(hash, *c);
    return hash;
}

uint64_t provi_stage_hash(const struct provi_stage *stage, uint64_t before)
{
    uint64_t hash = before ? before : 0xcbf29ce484222325u;
    if (stage->hash != 0 && before == 0)
        return stage->hash;
    for (size_t i = 0; i < stage->n_entries; i++) {
        const struct provi_stage_entry *entry = &stage->entries[i];
        hash = fold_text(hash, provi_stage_name(stage, i));
        hash = fold(fold(fold(hash, '\0'), (char)entry->has_value), (char)entry->access);
        hash = fold(fold_text(hash, provi_stage_value(stage, i)), '\0');
    }
    return hash + (hash == 0);
}

void provi_stage_record_hash(struct provi_stage *stage)
{
    stage->hash = provi_stage_hash(stage, 0);
}

void provi_stage_free(struct provi_stage *stage)
{
    provi_arena_free(&stage->texts, &stage->alloc);
    provi_free(&stage->alloc, stage->entries, stage->entries_cap * sizeof *stage->entries);
    provi_free(&stage->alloc, stage->labels, stage->labels_cap * sizeof *stage->labels);
    provi_free(&stage->alloc, stage->slots, stage->n_slots * sizeof *stage->slots);
    provi_sources_free(&stage->sources, &stage->alloc);
    provi_stage_init(stage, &stage->alloc, stage->max_bytes);
}
