/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Where the parameters of a stage came from, as part of a record: sources once, then lines. */
#ifndef PROVI_STORE_PLACES_H
#define PROVI_STORE_PLACES_H

#include "base/record.h"
#include "store/stage.h"

void provi_places_write(struct provi_record *record, const struct provi_stage *stage);

/**
 * Read them for the parameters that are in the stage.
 *
 * @return PROV_OK; PROV_E_CORRUPT: they are of another stage, some may be set; PROV_E_NOMEM.
 */
prov_status provi_places_read(struct provi_reading *reading, struct provi_stage *stage);

#endif
