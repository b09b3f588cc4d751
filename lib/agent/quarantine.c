/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/quarantine.h"

#include <string.h>

#include "agent/kept.h"
#include "base/error.h"

static const char name[] = "quarantine";
static const char mark[] = "PVQ1";

bool provi_quarantine_has(const struct provi_quarantine *quarantine,
                          const struct provi_digest *digest)
{
    for (size_t i = 0; i < quarantine->n; i++)
        if (provi_digest_eq(&quarantine->list[i], digest))
            return true;
    return false;
}

prov_status provi_quarantine_refuse(struct prov_error *err)
{
    return provi_fail(err, PROV_E_QUARANTINED,
                      "these values were taken back after a trial; they have to change first");
}

void provi_quarantine_add(struct provi_quarantine *quarantine, const struct provi_digest *digest)
{
    if (provi_quarantine_has(quarantine, digest))
        return;
    if (quarantine->n == PROVI_MAX_QUARANTINED) {
        quarantine->n--;
        memmove(&quarantine->list[0], &quarantine->list[1],
                quarantine->n * sizeof quarantine->list[0]);
    }
    quarantine->list[quarantine->n++] = *digest;
}

prov_status provi_quarantine_keep(const struct provi_quarantine *quarantine,
                                  struct prov_agent *agent, struct prov_error *err)
{
    struct provi_record record;
    provi_record_begin(&record, agent, mark);
    for (size_t i = 0; i < quarantine->n; i++)
        provi_record_digest(&record, &quarantine->list[i]);
    return provi_record_keep(&record, agent, name, err);
}

void provi_quarantine_recall(struct provi_quarantine *quarantine, struct prov_agent *agent)
{
    struct provi_reading reading;
    if (!provi_reading_begin(&reading, agent, name, mark))
        return;
    for (;;) {
        struct provi_digest digest;
        provi_reading_digest(&reading, &digest);
        if (reading.is_short)
            break;
        provi_quarantine_add(quarantine, &digest);
    }
    provi_reading_end(&reading, agent);
}
