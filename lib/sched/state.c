/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What stands on its own: the state in its public struct, and what a cause is. */
#include "sched/sched_priv.h"

#include <string.h>

_Static_assert(sizeof(struct provi_sched_state) <= sizeof(struct prov_sched),
               "struct prov_sched is frozen: its contents have to fit");

void provi_sched_load(struct provi_sched_state *state, const struct prov_sched *sched)
{
    memcpy(state, sched->opaque, sizeof *state);
}

void provi_sched_keep(struct prov_sched *sched, const struct provi_sched_state *state)
{
    memcpy(sched->opaque, state, sizeof *state);
}

int32_t prov_cause_prvst(uint32_t cause)
{
    switch (cause) {
    case PROV_CAUSE_PERIODIC:
    case PROV_CAUSE_AT:
    case PROV_CAUSE_TRIGGER: return 1;
    case PROV_CAUSE_RETRY: return 2;
    case PROV_CAUSE_SIP:
    case PROV_CAUSE_URL:
    case PROV_CAUSE_MENU:
    case PROV_CAUSE_XML:
    case PROV_CAUSE_XML_SIP:
    case PROV_CAUSE_HOST: return -1;
    default: return 0;
    }
}

bool provi_cause_is_explicit(uint32_t cause)
{
    return prov_cause_prvst(cause) < 0;
}
