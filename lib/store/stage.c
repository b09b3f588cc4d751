/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/stage.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

struct provi_stage_entry {
    const struct prov_param_info *info;
    char *value; /* never NULL */
    uint32_t value_len, name_len;
    uint32_t hash;
    uint32_t line;
    uint16_t source; /* PROVI_NO_SOURCE, or number in the table of sources */
    uint8_t has_value, access;
    char name[]; /* without NUL */
};

enum {
    MAX_BYTES = INT32_MAX, /* lengths have 32 bits, and so has size_t on many a phone */
    FIRST_ENTRIES = 256,
    SLOTS_PER_ENTRY = 3, /* at most, nearly: the index doubles when three in four are taken */
    /* What an entry costs beside its texts, counted against the ceiling. */
    ENTRY_COST =
        sizeof(struct provi_stage_entry) + 2 * sizeof(void *) + SLOTS_PER_ENTRY * sizeof(uint32_t),
};

void provi_stage_init(struct provi_stage *stage, const struct prov_alloc *alloc, size_t max_bytes)
{
    if (max_bytes > MAX_BYTES)
        max_bytes = MAX_BYTES;
    *stage = (struct provi_stage){
        .alloc = *alloc,
        .max_bytes = max_bytes,
        .values.is_secret = true,
        .seed = 0x9e3779b9u ^ (uint32_t)((uintptr_t)stage >> 4),
    };
}

/* Index ------------------------------------------------------------------------------------- */

static uint32_t load(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Eight bytes of a name. Who does not know the seed cannot tell what would cancel out. */
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
    if (name.len >= 8) /* the last eight, some of them again */
        return mix(stage, hash, load(at + left - 8), load(at + left - 4));
    for (; left > 0; left--, at++)
        hash = mix(stage, hash, (unsigned char)*at, hash);
    return hash;
}

static prov_str name_of(const struct provi_stage_entry *entry)
{
    return (prov_str){entry->name, entry->name_len};
}

/* The slot that holds a name, or the free one where it would go. There is always a free one. */
static uint32_t *slot_of(const struct provi_stage *stage, prov_str name, uint32_t hash)
{
    size_t mask = stage->n_slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &stage->slots[i];
        if (*slot == 0)
            return slot;
        const struct provi_stage_entry *entry = stage->entries[*slot - 1];
        if (entry->hash == hash && provi_str_eq(name_of(entry), name))
            return slot;
    }
}

static void fill_slots(struct provi_stage *stage)
{
    size_t mask = stage->n_slots - 1;
    memset(stage->slots, 0, stage->n_slots * sizeof *stage->slots);
    for (size_t number = 1; number <= stage->n_entries; number++) {
        size_t i = stage->entries[number - 1]->hash & mask;
        while (stage->slots[i] != 0)
            i = (i + 1) & mask;
        stage->slots[i] = (uint32_t)number;
    }
}

/* Room -------------------------------------------------------------------------------------- */

/* Each entry counts ENTRY_COST bytes against the ceiling, so no size comes near to overflowing. */
static size_t doubled(size_t cap, size_t first)
{
    return cap != 0 ? cap * 2 : first;
}

static prov_status reserve_slots(struct provi_stage *stage)
{
    if (stage->n_slots - stage->n_slots / 4 > stage->n_entries)
        return PROV_OK;
    size_t n_slots = doubled(stage->n_slots, 2 * FIRST_ENTRIES);
    uint32_t *slots = provi_alloc(&stage->alloc, n_slots * sizeof *slots);
    if (!slots)
        return PROV_E_NOMEM;
    provi_free(&stage->alloc, stage->slots, stage->n_slots * sizeof *slots);
    stage->slots = slots;
    stage->n_slots = n_slots;
    fill_slots(stage);
    return PROV_OK;
}

static prov_status reserve_entry(struct provi_stage *stage)
{
    if (stage->n_entries < stage->entries_cap)
        return PROV_OK;
    size_t cap = doubled(stage->entries_cap, FIRST_ENTRIES);
    size_t old_size = stage->entries_cap * sizeof *stage->entries;
    void *entries =
        provi_resize(&stage->alloc, stage->entries, old_size, cap * sizeof *stage->entries);
    if (!entries)
        return PROV_E_NOMEM;
    stage->entries = entries;
    stage->entries_cap = cap;
    return PROV_OK;
}

/* Count @p need bytes against the ceiling. */
static prov_status count_bytes(struct provi_stage *stage, size_t need)
{
    if (need > stage->max_bytes - stage->used_bytes)
        return PROV_E_LIMIT;
    stage->used_bytes += need;
    return PROV_OK;
}

/* Adding ------------------------------------------------------------------------------------ */

/* There is room. An empty value points at the name, so that no pointer is NULL. */
static void keep_value(struct provi_stage *stage, struct provi_stage_entry *entry, prov_str value)
{
    entry->value_len = (uint32_t)value.len;
    entry->value = entry->name;
    if (value.len)
        entry->value = memcpy(provi_arena_take(&stage->values, value.len), value.data, value.len);
}

static prov_status reserve(struct provi_stage *stage, prov_str name, prov_str value)
{
    prov_status status = provi_arena_reserve(&stage->names, &stage->alloc,
                                             sizeof(struct provi_stage_entry) + name.len);
    if (status == PROV_OK && value.len)
        status = provi_arena_reserve(&stage->values, &stage->alloc, value.len);
    return status == PROV_OK ? reserve_entry(stage) : status;
}

static prov_status add_entry(struct provi_stage *stage, const struct prov_param *param,
                             uint16_t source, uint32_t hash, uint32_t *slot)
{
    prov_str name = param->name;
    prov_str value = param->has_value ? param->value : (prov_str){0};
    if (name.len > MAX_BYTES || value.len > MAX_BYTES)
        return PROV_E_LIMIT;
    prov_status status = reserve(stage, name, value);
    if (status == PROV_OK)
        status = count_bytes(stage, name.len + value.len + ENTRY_COST);
    if (status != PROV_OK)
        return status;

    struct provi_stage_entry *entry = provi_arena_take(&stage->names, sizeof *entry + name.len);
    entry->info = param->info;
    keep_value(stage, entry, value);
    entry->name_len = (uint32_t)name.len;
    entry->hash = hash;
    entry->line = param->line;
    entry->source = source;
    entry->has_value = param->has_value;
    entry->access = param->access;
    memcpy(entry->name, name.data, name.len);
    stage->entries[stage->n_entries++] = entry;
    *slot = (uint32_t)stage->n_entries;
    return PROV_OK;
}

/* A value that fits takes the place of the old one; a longer one goes to the end. */
static prov_status replace_value(struct provi_stage *stage, struct provi_stage_entry *entry,
                                 prov_str value)
{
    if (value.len <= entry->value_len) {
        if (value.len != 0)
            memcpy(entry->value, value.data, value.len);
        entry->value_len = (uint32_t)value.len;
    } else {
        prov_status status = provi_arena_reserve(&stage->values, &stage->alloc, value.len);
        if (status == PROV_OK)
            status = count_bytes(stage, value.len);
        if (status != PROV_OK)
            return status;
        keep_value(stage, entry, value);
    }
    return PROV_OK;
}

static prov_status change_entry(struct provi_stage *stage, struct provi_stage_entry *entry,
                                const struct prov_param *param, uint16_t source)
{
    if (param->has_value) {
        prov_status status = replace_value(stage, entry, param->value);
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
    prov_status status = PROV_OK;
    if (param->source)
        status = provi_sources_add(&stage->sources, &stage->alloc, &stage->names, param->source,
                                   &source);
    if (status != PROV_OK)
        return status;
    uint32_t hash = hash_of(stage, param->name);
    uint32_t *slot = slot_of(stage, param->name, hash);
    if (*slot == 0)
        return add_entry(stage, param, source, hash, slot);
    return change_entry(stage, stage->entries[*slot - 1], param, source);
}

prov_status provi_stage_add(struct provi_stage *stage, const struct prov_param *param,
                            struct prov_error *err)
{
    prov_status status = reserve_slots(stage);
    if (status == PROV_OK)
        status = add_or_change(stage, param);
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    if (status == PROV_E_LIMIT) {
        provi_fail(err, status, "parameters exceed %zu bytes in memory", stage->max_bytes);
        provi_error_subject(err, param->name);
    }
    return status;
}

/* Reading ----------------------------------------------------------------------------------- */

static struct prov_param param_of(const struct provi_stage *stage,
                                  const struct provi_stage_entry *entry)
{
    return (struct prov_param){
        .size = sizeof(struct prov_param),
        .name = name_of(entry),
        .value = {entry->value, entry->value_len},
        .has_value = entry->has_value,
        .access = entry->access,
        .line = entry->line,
        .info = entry->info,
        .source = provi_sources_get(&stage->sources, entry->source),
    };
}

size_t provi_stage_n(const struct provi_stage *stage)
{
    return stage->n_entries;
}

struct prov_param provi_stage_get(const struct provi_stage *stage, size_t index)
{
    return param_of(stage, stage->entries[index]);
}

void provi_stage_set_source(struct provi_stage *stage, size_t index, uint16_t source, uint32_t line)
{
    stage->entries[index]->source = source;
    stage->entries[index]->line = line;
}

uint16_t provi_stage_source(const struct provi_stage *stage, size_t index)
{
    return stage->entries[index]->source;
}

bool provi_stage_find(const struct provi_stage *stage, prov_str name, struct prov_param *out)
{
    uint32_t number = stage->n_slots ? *slot_of(stage, name, hash_of(stage, name)) : 0;
    if (number && out)
        *out = param_of(stage, stage->entries[number - 1]);
    return number != 0;
}

/* The end ----------------------------------------------------------------------------------- */

void provi_stage_free(struct provi_stage *stage)
{
    provi_arena_free(&stage->names, &stage->alloc);
    provi_arena_free(&stage->values, &stage->alloc);
    provi_free(&stage->alloc, stage->entries, stage->entries_cap * sizeof *stage->entries);
    provi_free(&stage->alloc, stage->slots, stage->n_slots * sizeof *stage->slots);
    provi_sources_free(&stage->sources, &stage->alloc);
    provi_stage_init(stage, &stage->alloc, stage->max_bytes);
}
