/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The sources of values. Each is stored once; values refer to it by number. */
#ifndef PROVI_STORE_SOURCES_H
#define PROVI_STORE_SOURCES_H

#include <provision/profile.h>

#include "base/alloc.h"
#include "base/record.h"

enum {
    PROVI_NO_SOURCE = 0,
    PROVI_MAX_SOURCES = 1024,     /* values of further sources have none */
    PROVI_MAX_SOURCE_TEXT = 1024, /* longer texts lose their start */
};

/** All zero: empty. */
struct provi_sources {
    struct prov_source *list; /* n <= cap */
    uint16_t n, cap;
};

/**
 * The number of a source, from 1 on; a new source is added.
 *
 * @param texts        Arena for its texts.
 * @param[out] number  PROVI_NO_SOURCE when there are too many.
 * @return PROV_OK; PROV_E_NOMEM, and nothing changed.
 */
prov_status provi_sources_add(struct provi_sources *sources, const struct prov_alloc *alloc,
                              struct provi_arena *texts, const struct prov_source *source,
                              uint16_t *number);

/** The source of a number; NULL for PROVI_NO_SOURCE. Borrowed until one is added. */
static inline const struct prov_source *provi_sources_get(const struct provi_sources *sources,
                                                          uint16_t number)
{
    return number != PROVI_NO_SOURCE ? &sources->list[number - 1] : NULL;
}

/** Bytes of all texts. */
size_t provi_sources_text_bytes(const struct provi_sources *sources);

/** Copy all texts to another arena, which has room for them, and refer to the copies. */
void provi_sources_move(struct provi_sources *sources, struct provi_arena *texts);

void provi_sources_free(struct provi_sources *sources, const struct prov_alloc *alloc);

/* Write a part of a record: the sources of a stage, then source number and line of each
 * parameter. */

struct provi_stage;

void provi_sources_write(struct provi_record *record, const struct provi_stage *stage);

/**
 * Read that part for the parameters of the stage.
 *
 * @return PROV_OK; PROV_E_CORRUPT: it belongs to another stage, and some sources may be set;
 *         PROV_E_NOMEM.
 */
prov_status provi_sources_read(struct provi_reading *reading, struct provi_stage *stage);

#endif
