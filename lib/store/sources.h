/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The sources of values: each is stored once, and referred to by a small number. */
#ifndef PROVI_STORE_SOURCES_H
#define PROVI_STORE_SOURCES_H

#include <provision/profile.h>

#include "base/alloc.h"
#include "base/record.h"

enum {
    PROVI_NO_SOURCE = 0,
    PROVI_MAX_SOURCES = 1024,     /* values of further ones have no source */
    PROVI_MAX_SOURCE_TEXT = 1024, /* longer ones keep their tail */
};

/** All zero: none. */
struct provi_sources {
    struct prov_source *list; /* n <= cap */
    uint16_t n, cap;
};

/**
 * The number of a source, from 1 on; added if it is not there.
 *
 * @param texts        Where its texts are copied to.
 * @param[out] number  PROVI_NO_SOURCE when there are too many.
 * @return PROV_OK; PROV_E_NOMEM, and nothing changed.
 */
prov_status provi_sources_add(struct provi_sources *sources, const struct prov_alloc *alloc,
                              struct provi_arena *texts, const struct prov_source *source,
                              uint16_t *number);

/** NULL for PROVI_NO_SOURCE; borrowed until one is added. */
static inline const struct prov_source *provi_sources_get(const struct provi_sources *sources,
                                                          uint16_t number)
{
    return number != PROVI_NO_SOURCE ? &sources->list[number - 1] : NULL;
}

/** Bytes of all texts. */
size_t provi_sources_text_bytes(const struct provi_sources *sources);

/** Copy all texts to another arena, which has room for them, and use these. */
void provi_sources_move(struct provi_sources *sources, struct provi_arena *texts);

void provi_sources_free(struct provi_sources *sources, const struct prov_alloc *alloc);

/* As part of a record: the sources of a stage once, then source and line of each parameter. */

struct provi_stage;

void provi_sources_write(struct provi_record *record, const struct provi_stage *stage);

/**
 * Read them for the parameters that are in the stage.
 *
 * @return PROV_OK; PROV_E_CORRUPT: they belong to another stage, some may be set; PROV_E_NOMEM.
 */
prov_status provi_sources_read(struct provi_reading *reading, struct provi_stage *stage);

#endif
