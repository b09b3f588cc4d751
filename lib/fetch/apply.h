/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Transactions on the host's store: check values, stage them, commit those that changed. */
#ifndef PROVI_FETCH_APPLY_H
#define PROVI_FETCH_APPLY_H

#include <provision/profile.h>

#include "decode/digest.h"
#include "store/stage.h"

struct provi_fetcher;
struct provi_scratch;

/** A transaction that is being prepared. */
struct provi_apply {
    struct provi_fetcher *fetcher;
    uint32_t job;       /* enum prov_job, for events */
    prov_str rule_name; /* likewise; borrowed */
    prov_str url;       /* of the file, secrets masked; empty: none. Borrowed */
    struct provi_stage stage;
    struct provi_scratch *scratch; /* for checks of rules among the values; NULL: none yet */
    uint64_t n_params;
    uint64_t n_warnings;
    /* Set if the file is to be compared with the last one of the rule. */
    const struct provi_digest *source; /* borrowed */
    size_t rule_number;
    prov_str etag; /* of that file; borrowed */
    /* Saves a record in the same transaction. NULL: the undo log is saved, if the change has to be
     * confirmed. */
    prov_status (*save_with)(void *ctx, struct prov_error *err);
    void *save_ctx;

    /* Valid after the commit. */
    uint64_t n_changed;
    uint32_t needs;      /* PROV_NEEDS_… of what changed */
    uint64_t generation; /* with `save_with`: of the store, before events; 0: unknown */
    uint64_t document;   /* provi_stage_hash() of names, values and accesses; 0: not computed */
};

void provi_apply_init(struct provi_apply *apply, struct provi_fetcher *fetcher, uint32_t job,
                      prov_str rule_name);

/** Stage one assignment of a rule: unknown, read-only and ill-typed ones become warnings. */
prov_status provi_apply_assign(struct provi_apply *apply, prov_str name, prov_str value,
                               struct prov_error *err);

/**
 * A handler for a parser that stages each value. The parser must have the agent's catalogue and
 * outlive the staged values, since their names are not copied. Nothing else may be staged.
 */
struct prov_profile_handler provi_apply_handler(struct provi_apply *apply);

/**
 * Make a parser with that handler.
 *
 * @param has_key  The file is encrypted, so messages must not contain any of it.
 * @return As prov_profile_parser_new().
 */
prov_status provi_apply_parser(struct provi_apply *apply, prov_str alias_map, bool has_key,
                               prov_profile_parser **out, struct prov_error *err);

/**
 * Commit the values that differ from the host's store, all or none, and report each change.
 *
 * Nothing is written if these values were rolled back, or if the same file brought them last and
 * the store is unchanged since: such a store changes values when it writes them.
 *
 * @return PROV_OK, also when nothing was written; PROV_E_QUARANTINED; PROV_E_UNSUPPORTED;
 *         PROV_E_NOMEM; the host's status.
 */
prov_status provi_apply_commit(struct provi_apply *apply, struct prov_error *err);

void provi_apply_free(struct provi_apply *apply);

#endif
