/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "persist/quarantine.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "persist/records.h"
#include "persist/save.h"

static const char name[] = "quarantine";
static const char mark[] = "PVQ1";

static const size_t list_size = PROVI_MAX_QUARANTINED * sizeof(uint64_t);

prov_status provi_quarantine_prepare(struct provi_quarantine *quarantine,
                                     const struct prov_alloc *alloc, struct prov_error *err)
{
    if (!quarantine->list)
        quarantine->list = provi_alloc(alloc, list_size);
    return quarantine->list ? PROV_OK : provi_fail_nomem(err);
}

void provi_quarantine_free(struct provi_quarantine *quarantine, const struct prov_alloc *alloc)
{
    provi_free(alloc, quarantine->list, list_size);
}

bool provi_quarantine_has(const struct provi_quarantine *quarantine, uint64_t document)
{
    for (size_t i = 0; i < quarantine->n; i++)
        if (quarantine->list[i] == document)
            return true;
    return false;
}

prov_status provi_quarantine_refuse(struct prov_error *err)
{
    return provi_fail(
        err, PROV_E_QUARANTINED,
        "these values were rolled back, since nothing confirmed them; they must change first");
}

void provi_quarantine_add(struct provi_quarantine *quarantine, uint64_t document)
{
    if (provi_quarantine_has(quarantine, document))
        return;
    if (quarantine->n == PROVI_MAX_QUARANTINED) {
        quarantine->n--;
        memmove(&quarantine->list[0], &quarantine->list[1],
                quarantine->n * sizeof quarantine->list[0]);
    }
    quarantine->list[quarantine->n++] = document;
}

prov_status provi_quarantine_save_with(const struct provi_quarantine *quarantine,
                                       const uint64_t *more, size_t n, struct provi_env *env,
                                       struct prov_error *err)
{
    uint64_t list[PROVI_MAX_QUARANTINED];
    struct provi_quarantine whole = {.list = list};
    for (size_t i = 0; i < quarantine->n; i++)
        provi_quarantine_add(&whole, quarantine->list[i]);
    for (size_t i = 0; i < n; i++)
        provi_quarantine_add(&whole, more[i]);
    struct provi_record record;
    provi_save_begin(&record, env, mark);
    for (size_t i = 0; i < whole.n; i++)
        provi_save_document(&record, whole.list[i]);
    return provi_save_end(&record, env, name, err);
}

void provi_quarantine_load(struct provi_quarantine *quarantine, struct provi_env *env)
{
    struct provi_reading reading;
    if (!provi_load(&reading, env, name, mark))
        return;
    bool has_room = provi_quarantine_prepare(quarantine, &env->alloc, NULL) == PROV_OK;
    while (has_room) {
        uint64_t document = provi_load_document(&reading);
        if (reading.is_short)
            break;
        provi_quarantine_add(quarantine, document);
    }
    provi_load_end(&reading, env);
}
