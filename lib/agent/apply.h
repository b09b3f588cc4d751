/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** From parameters to the host's store: check, stage, commit what changed. */
#ifndef PROVI_AGENT_APPLY_H
#define PROVI_AGENT_APPLY_H

#include <provision/profile.h>

#include "decode/digest.h"
#include "store/stage.h"

struct prov_agent;

/** One transaction in the making. */
struct provi_apply {
    struct prov_agent *agent;
    prov_str rule_name; /* for events; borrowed */
    prov_str url;       /* of the file, without what may be secret; empty: none. Borrowed */
    struct provi_stage stage;
    uint64_t n_params;
    uint64_t n_warnings;
    struct provi_digest digest; /* of what is staged; valid after provi_apply_admit() */
    uint64_t n_changed;         /* valid after the commit */
    uint32_t needs;             /* PROV_NEEDS_… of what changed; likewise */
    /* What to keep with the commit; NULL: the way back, if it is to be on trial. */
    prov_status (*keep_with)(struct prov_agent *agent, struct prov_error *err);
};

void provi_apply_init(struct provi_apply *apply, struct prov_agent *agent, prov_str rule_name);

/** Stage one assignment of a rule: unknown, read-only and ill-typed ones become warnings. */
prov_status provi_apply_assign(struct provi_apply *apply, prov_str name, prov_str value,
                               struct prov_error *err);

/** The same as the handler of a parser, which must know the agent's catalogue. */
struct prov_profile_handler provi_apply_handler(struct provi_apply *apply);

/**
 * Everything is staged: may it be committed? What was taken back after a trial may not.
 *
 * @return PROV_OK; PROV_E_QUARANTINED; PROV_E_NOMEM; PROV_E_UNSUPPORTED.
 */
prov_status provi_apply_admit(struct provi_apply *apply, struct prov_error *err);

/**
 * Commit what differs from the host's store, all or nothing, and tell each change.
 *
 * @return PROV_OK, also when nothing differs and nothing was written; what the host returned.
 */
prov_status provi_apply_commit(struct provi_apply *apply, struct prov_error *err);

void provi_apply_free(struct provi_apply *apply);

#endif
