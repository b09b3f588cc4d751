/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/origins.h"

#include "base/str.h"
#include "store/places.h"

enum { FORMAT = 1 };

const prov_str provi_origins_name = {"origins", sizeof "origins" - 1};

bool provi_origins_are_known(const struct provi_holdings *holdings)
{
    return holdings->params.sources.n > 0 || provi_stage_n(&holdings->beneath) > 0;
}

void provi_origins_write(struct provi_record *record, const struct provi_holdings *holdings)
{
    const struct provi_stage *beneath = &holdings->beneath;
    provi_record_number(record, FORMAT, 1);
    provi_record_number(record, provi_stage_hash(&holdings->params, 0), 8);
    provi_record_count(record, provi_stage_n(beneath));
    for (size_t i = 0; i < provi_stage_n(beneath); i++) {
        struct prov_param param = provi_stage_get(beneath, i);
        provi_record_number(record, param.has_value, 1);
        provi_record_text(record, param.name);
        provi_record_text(record, param.value);
    }
    provi_places_write(record, &holdings->params);
    provi_places_write(record, beneath);
}

/* A user's value stands in front of each. */
static prov_status read_beneath(struct provi_reading *reading, struct provi_holdings *holdings)
{
    prov_status status = PROV_OK;
    uint64_t n = provi_reading_count(reading);
    for (uint64_t i = 0; i < n && status == PROV_OK; i++) {
        struct prov_param front, param = {.size = sizeof param};
        param.has_value = provi_reading_number(reading, 1) == PROV_VALUE_GIVEN;
        param.name = provi_reading_text(reading);
        param.value = provi_reading_text(reading);
        if (reading->is_short || provi_store_unwritable(&param) ||
            !provi_stage_find(&holdings->params, param.name, &front) || !front.has_value)
            return PROV_E_CORRUPT;
        status = provi_stage_add(&holdings->beneath, &param, NULL);
    }
    return status;
}

static prov_status read_all(struct provi_reading *reading, struct provi_holdings *holdings)
{
    if (provi_reading_number(reading, 1) != FORMAT ||
        provi_reading_number(reading, 8) != provi_stage_hash(&holdings->params, 0))
        return PROV_E_CORRUPT;
    prov_status status = read_beneath(reading, holdings);
    if (status == PROV_OK)
        status = provi_places_read(reading, &holdings->params);
    if (status == PROV_OK)
        status = provi_places_read(reading, &holdings->beneath);
    return status;
}

prov_status provi_origins_read(struct provi_reading *reading, struct provi_holdings *holdings)
{
    prov_status status = reading->bytes.len ? read_all(reading, holdings) : PROV_OK;
    if (status == PROV_OK || status == PROV_E_NOMEM)
        return status;
    provi_stage_free(&holdings->beneath);
    for (size_t i = 0; i < provi_stage_n(&holdings->params); i++) {
        struct provi_stage_entry *entry = &holdings->params.entries[i];
        entry->source = PROVI_NO_SOURCE;
        entry->line = 0;
    }
    return PROV_OK;
}
