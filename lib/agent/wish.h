/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the host asks for and tells between two turns of the loop. */
#ifndef PROVI_AGENT_WISH_H
#define PROVI_AGENT_WISH_H

#include <provision/base.h>

#include "base/secret.h"

/** A resync that waits to be started. All zero: none. */
struct provi_wish {
    uint32_t cause;                /* the clockwork is still to hear of it; NONE: it has */
    struct provi_secret rule;      /* empty: Profile_Rule and B, C, D; may hold a key */
    struct provi_secret requester; /* server of a rule that names none */
};

/** Wipe and release it. */
void provi_wish_clear(struct provi_wish *wish, const struct prov_alloc *alloc);

#endif
