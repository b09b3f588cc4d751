/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/sources.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "store/stage.h"

static prov_str tail_of(prov_str text)
{
    return text.len > PROVI_MAX_SOURCE_TEXT
               ? provi_str_from_offset(text, text.len - PROVI_MAX_SOURCE_TEXT)
               : text;
}

/* Find a source, the last added one first: most values have the source of the value before. */
static uint16_t find(const struct provi_sources *sources, prov_str rule, prov_str url,
                     int64_t wall_s)
{
    uint16_t number = sources->n;
    for (; number != PROVI_NO_SOURCE; number--) {
        const struct prov_source *known = provi_sources_get(sources, number);
        if (known->wall_s == wall_s && provi_str_eq(known->url, url) &&
            provi_str_eq(known->rule, rule))
            break;
    }
    return number;
}

static prov_status reserve(struct provi_sources *sources, const struct prov_alloc *alloc)
{
    enum { FIRST = 4 };
    if (sources->n < sources->cap)
        return PROV_OK;
    size_t size = sources->cap * sizeof *sources->list;
    uint16_t cap = sources->cap ? (uint16_t)(2 * sources->cap) : FIRST;
    void *list = provi_resize(alloc, sources->list, size, cap * sizeof *sources->list);
    if (!list)
        return PROV_E_NOMEM;
    sources->list = list;
    sources->cap = cap;
    return PROV_OK;
}

static prov_str copy_text(char **at, prov_str text)
{
    if (text.len == 0)
        return (prov_str){0};
    char *kept = memcpy(*at, text.data, text.len);
    *at += text.len;
    return (prov_str){kept, text.len};
}

prov_status provi_sources_add(struct provi_sources *sources, const struct prov_alloc *alloc,
                              struct provi_arena *texts, const struct prov_source *source,
                              uint16_t *number)
{
    const prov_str rule = tail_of(source->rule), url = tail_of(source->url);
    const int64_t wall_s = source->wall_s ? source->wall_s : -1;
    *number = find(sources, rule, url, wall_s);
    if (*number != PROVI_NO_SOURCE || sources->n == PROVI_MAX_SOURCES)
        return PROV_OK;
    size_t text_len = rule.len + url.len;
    prov_status status = reserve(sources, alloc);
    if (status == PROV_OK)
        status = provi_arena_reserve(texts, alloc, text_len);
    if (status != PROV_OK)
        return status;
    char *at = provi_arena_alloc_bytes(texts, text_len);
    struct prov_source *kept = &sources->list[sources->n++];
    *kept = (struct prov_source){.size = sizeof *kept, .wall_s = wall_s};
    kept->rule = copy_text(&at, rule);
    kept->url = copy_text(&at, url);
    *number = sources->n;
    return PROV_OK;
}

size_t provi_sources_text_bytes(const struct provi_sources *sources)
{
    size_t n = 0;
    for (size_t i = 0; i < sources->n; i++)
        n += sources->list[i].rule.len + sources->list[i].url.len;
    return n;
}

void provi_sources_move(struct provi_sources *sources, struct provi_arena *texts)
{
    for (size_t i = 0; i < sources->n; i++) {
        struct prov_source *source = &sources->list[i];
        char *at = provi_arena_alloc_bytes(texts, source->rule.len + source->url.len);
        source->rule = copy_text(&at, source->rule);
        source->url = copy_text(&at, source->url);
    }
}

void provi_sources_free(struct provi_sources *sources, const struct prov_alloc *alloc)
{
    provi_free(alloc, sources->list, sources->cap * sizeof *sources->list);
    *sources = (struct provi_sources){0};
}

static void write_sources(struct provi_record *record, const struct provi_sources *sources)
{
    provi_record_count(record, sources->n);
    for (size_t i = 0; i < sources->n; i++) {
        const struct prov_source *source = &sources->list[i];
        provi_record_text(record, source->rule);
        provi_record_text(record, source->url);
        /* In format 1, 0 is a missing time. */
        provi_record_number(record, (uint64_t)(source->wall_s == -1 ? 0 : source->wall_s), 8);
    }
}

/* Lines are written as differences, which are small. */
void provi_sources_write(struct provi_record *record, const struct provi_stage *stage)
{
    uint32_t last = 0;
    write_sources(record, &stage->sources);
    for (size_t i = 0; i < provi_stage_n(stage); i++) {
        const struct provi_stage_entry *entry = &stage->entries[i];
        provi_record_count(record, entry->source);
        provi_record_count(record, (uint32_t)(entry->line - last));
        last = entry->line;
    }
}

static prov_status read_sources(struct provi_reading *reading, struct provi_stage *stage)
{
    prov_status status = PROV_OK;
    uint64_t n = provi_reading_count(reading);
    for (uint64_t i = 0; i < n && status == PROV_OK; i++) {
        struct prov_source source = {.size = sizeof source};
        uint16_t number;
        source.rule = provi_reading_text(reading);
        source.url = provi_reading_text(reading);
        source.wall_s = (int64_t)provi_reading_number(reading, 8);
        if (reading->is_short)
            return PROV_E_CORRUPT;
        status = provi_sources_add(&stage->sources, &stage->alloc, &stage->texts, &source, &number);
    }
    return status;
}

prov_status provi_sources_read(struct provi_reading *reading, struct provi_stage *stage)
{
    uint32_t line = 0;
    prov_status status = read_sources(reading, stage);
    for (size_t i = 0; i < provi_stage_n(stage) && status == PROV_OK; i++) {
        uint64_t source = provi_reading_count(reading);
        line += (uint32_t)provi_reading_count(reading);
        if (reading->is_short || source > stage->sources.n)
            return PROV_E_CORRUPT;
        stage->entries[i].source = (uint16_t)source;
        stage->entries[i].line = line;
    }
    return status;
}
