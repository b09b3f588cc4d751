/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/places.h"

static void write_sources(struct provi_record *record, const struct provi_sources *sources)
{
    provi_record_count(record, sources->n);
    for (size_t i = 0; i < sources->n; i++) {
        const struct prov_source *source = &sources->list[i];
        provi_record_text(record, source->rule);
        provi_record_text(record, source->url);
        provi_record_number(record, (uint64_t)source->wall_s, 8);
    }
}

/* Lines mostly follow each other. */
void provi_places_write(struct provi_record *record, const struct provi_stage *stage)
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

prov_status provi_places_read(struct provi_reading *reading, struct provi_stage *stage)
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
