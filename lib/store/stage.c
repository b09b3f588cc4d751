/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/stage.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

/* Texts are offsets into the text buffer, so that it may move. */
struct provi_stage_entry {
    const struct prov_param_info *info;
    uint32_t hash;
    uint32_t name_at, name_len;
    uint32_t value_at, value_len;
    uint32_t line;
    uint8_t has_value, access;
};

enum {
    MAX_BYTES = INT32_MAX, /* offsets have 32 bits, and so has size_t on many a phone */
    FIRST_ENTRIES = 32,
    SLOTS_PER_ENTRY = 4, /* at most: the index doubles at two per entry */
    /* What an entry costs beside its texts, counted against the ceiling. */
    ENTRY_COST = sizeof(struct provi_stage_entry) + SLOTS_PER_ENTRY * sizeof(uint32_t),
};

void provi_stage_init(struct provi_stage *stage, const struct prov_alloc *alloc, size_t max_bytes)
{
    if (max_bytes > MAX_BYTES)
        max_bytes = MAX_BYTES;
    *stage = (struct provi_stage){
        .alloc = *alloc,
        .max_bytes = max_bytes,
        .seed = (uint32_t)((uintptr_t)stage >> 4),
    };
    provi_buffer_init(&stage->text, max_bytes, true);
}

/* Index ------------------------------------------------------------------------------------- */

/* Both halves of the product: no two words then cancel each other out whatever the seed is. */
static uint32_t mix(uint32_t hash, uint32_t word)
{
    uint64_t product = (uint64_t)(hash ^ word) * 0x9e3779b1u;
    return (uint32_t)(product ^ product >> 32);
}

/* Four bytes at a time. */
static uint32_t hash_of(const struct provi_stage *stage, prov_str name)
{
    uint32_t hash = mix(stage->seed, (uint32_t)name.len);
    uint32_t word = 0;
    size_t i = 0;
    for (; i + sizeof word <= name.len; i += sizeof word) {
        memcpy(&word, name.data + i, sizeof word);
        hash = mix(hash, word);
    }
    word = 0;
    if (i < name.len)
        memcpy(&word, name.data + i, name.len - i);
    return mix(mix(hash, word), 0);
}

static prov_str name_of(const struct provi_stage *stage, const struct provi_stage_entry *entry)
{
    return (prov_str){stage->text.data + entry->name_at, entry->name_len};
}

/* The slot that holds a name, or the free one where it would go. There is always a free one. */
static uint32_t *slot_of(const struct provi_stage *stage, prov_str name, uint32_t hash)
{
    size_t mask = stage->n_slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &stage->slots[i];
        if (*slot == 0)
            return slot;
        const struct provi_stage_entry *entry = &stage->entries[*slot - 1];
        if (entry->hash == hash && provi_str_eq(name_of(stage, entry), name))
            return slot;
    }
}

static struct provi_stage_entry *entry_of(const struct provi_stage *stage, prov_str name,
                                          uint32_t hash)
{
    if (stage->n_slots == 0)
        return NULL;
    uint32_t number = *slot_of(stage, name, hash);
    return number != 0 ? &stage->entries[number - 1] : NULL;
}

static void fill_slots(struct provi_stage *stage)
{
    memset(stage->slots, 0, stage->n_slots * sizeof *stage->slots);
    for (size_t i = 0; i < stage->n_entries; i++) {
        const struct provi_stage_entry *entry = &stage->entries[i];
        *slot_of(stage, name_of(stage, entry), entry->hash) = (uint32_t)(i + 1);
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
    if (stage->n_slots >= 2 * (stage->n_entries + 1))
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

/* Count @p need bytes against the ceiling, of which @p text_len are text, and make room for it. */
static prov_status reserve_text(struct provi_stage *stage, size_t need, size_t text_len)
{
    if (need < text_len || need > stage->max_bytes - stage->used_bytes)
        return PROV_E_LIMIT;
    return provi_buffer_reserve(&stage->text, &stage->alloc, text_len);
}

/* Adding ------------------------------------------------------------------------------------ */

/* There is room: reserve_text() came before. */
static uint32_t keep_text(struct provi_stage *stage, prov_str text)
{
    uint32_t at = (uint32_t)stage->text.len;
    provi_buffer_put(&stage->text, text.data, text.len);
    return at;
}

static prov_str value_given(const struct prov_param *param)
{
    return param->has_value ? param->value : (prov_str){0};
}

static prov_status add_entry(struct provi_stage *stage, const struct prov_param *param,
                             uint32_t hash)
{
    prov_str value = value_given(param);
    size_t text_len = param->name.len + value.len;
    if (text_len < value.len)
        return PROV_E_LIMIT;
    prov_status status = reserve_text(stage, text_len + ENTRY_COST, text_len);
    if (status == PROV_OK)
        status = reserve_entry(stage);
    if (status == PROV_OK)
        status = reserve_slots(stage);
    if (status != PROV_OK)
        return status;

    *slot_of(stage, param->name, hash) = (uint32_t)(stage->n_entries + 1);
    stage->entries[stage->n_entries++] = (struct provi_stage_entry){
        .hash = hash,
        .name_at = keep_text(stage, param->name),
        .name_len = (uint32_t)param->name.len,
        .value_at = keep_text(stage, value),
        .value_len = (uint32_t)value.len,
        .line = param->line,
        .info = param->info,
        .has_value = param->has_value != 0,
        .access = param->access,
    };
    stage->used_bytes += text_len + ENTRY_COST;
    return PROV_OK;
}

/* A value that fits takes the place of the old one; a longer one goes to the end. */
static prov_status replace_value(struct provi_stage *stage, struct provi_stage_entry *entry,
                                 prov_str value)
{
    if (value.len <= entry->value_len) {
        if (value.len != 0)
            memcpy(stage->text.data + entry->value_at, value.data, value.len);
    } else {
        prov_status status = reserve_text(stage, value.len, value.len);
        if (status != PROV_OK)
            return status;
        entry->value_at = keep_text(stage, value);
        stage->used_bytes += value.len;
    }
    entry->value_len = (uint32_t)value.len;
    entry->has_value = 1;
    return PROV_OK;
}

static prov_status change_entry(struct provi_stage *stage, struct provi_stage_entry *entry,
                                const struct prov_param *param)
{
    if (param->has_value) {
        prov_status status = replace_value(stage, entry, param->value);
        if (status != PROV_OK)
            return status;
    }
    if (param->access != PROV_ACCESS_KEEP)
        entry->access = param->access;
    entry->line = param->line;
    return PROV_OK;
}

prov_status provi_stage_add(struct provi_stage *stage, const struct prov_param *param,
                            struct prov_error *err)
{
    uint32_t hash = hash_of(stage, param->name);
    struct provi_stage_entry *entry = entry_of(stage, param->name, hash);
    prov_status status = entry ? change_entry(stage, entry, param) : add_entry(stage, param, hash);
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
        .name = name_of(stage, entry),
        .value = {stage->text.data + entry->value_at, entry->value_len},
        .has_value = entry->has_value,
        .access = entry->access,
        .line = entry->line,
        .info = entry->info,
    };
}

size_t provi_stage_n(const struct provi_stage *stage)
{
    return stage->n_entries;
}

struct prov_param provi_stage_get(const struct provi_stage *stage, size_t index)
{
    return param_of(stage, &stage->entries[index]);
}

bool provi_stage_find(const struct provi_stage *stage, prov_str name, struct prov_param *out)
{
    const struct provi_stage_entry *entry = entry_of(stage, name, hash_of(stage, name));
    if (entry && out)
        *out = param_of(stage, entry);
    return entry != NULL;
}

/* The end ----------------------------------------------------------------------------------- */

void provi_stage_reset(struct provi_stage *stage)
{
    provi_buffer_reset(&stage->text);
    if (stage->n_entries != 0)
        memset(stage->slots, 0, stage->n_slots * sizeof *stage->slots);
    stage->n_entries = 0;
    stage->used_bytes = 0;
}

void provi_stage_free(struct provi_stage *stage)
{
    provi_buffer_free(&stage->text, &stage->alloc);
    provi_free(&stage->alloc, stage->entries, stage->entries_cap * sizeof *stage->entries);
    provi_free(&stage->alloc, stage->slots, stage->n_slots * sizeof *stage->slots);
    provi_stage_init(stage, &stage->alloc, stage->max_bytes);
}
