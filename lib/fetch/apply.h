/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** From parameters to the host's store: check, stage, commit what changed. */
#ifndef PROVI_FETCH_APPLY_H
#define PROVI_FETCH_APPLY_H

#include <provision/profile.h>

#include "decode/digest.h"
#include "store/stage.h"

struct provi_fetcher;
struct provi_scratch;

/** One transaction in the making. */
struct provi_apply {
    struct provi_fetcher *fetcher;
    uint32_t job;       /* enum prov_job, for events */
    prov_str rule_name; /* likewise; borrowed */
    prov_str url;       /* of the file, secrets masked; empty: none. Borrowed */
    struct provi_stage stage;
    struct provi_scratch *scratch; /* for checks of rules among the values; NULL: none yet */
    uint64_t n_params;
    uint64_t n_warnings;
    /* The file, if it is to be compared with the rule's last one; NULL: it is not. */
    const struct provi_digest *source; /* borrowed */
    size_t rule_number;
    prov_str etag; /* of that file; borrowed */
    /* Saves a record within the commit; NULL: the undo log is saved, if it has to be confirmed. */
    prov_status (*save_with)(void *ctx, struct prov_error *err);
    void *save_ctx;

    /* Valid after the commit. */
    uint64_t n_changed;
    uint32_t needs;      /* PROV_NEEDS_… of what changed */
    uint64_t generation; /* with `save_with`: of the store, before events; 0: unknown */
    bool has_digest;
    struct provi_digest digest; /* of what is staged */
};

void provi_apply_init(struct provi_apply *apply, struct provi_fetcher *fetcher, uint32_t job,
                      prov_str rule_name);

/** Stage one assignment of a rule: unknown, read-only and ill-typed ones become warnings. */
prov_status provi_apply_assign(struct provi_apply *apply, prov_str name, prov_str value,
                               struct prov_error *err);

/**
 * The same as the handler of a parser, which must know the agent's catalogue and outlive what is
 * staged: its names are not copied. Nothing else may be staged.
 */
struct prov_profile_handler provi_apply_handler(struct provi_apply *apply);

/**
 * Make a parser with that handler.
 *
 * @param has_key  The file is decrypted on its way, so a message must not show any of it.
 * @return As prov_profile_parser_new().
 */
prov_status provi_apply_parser(struct provi_apply *apply, prov_str alias_map, bool has_key,
                               prov_profile_parser **out, struct prov_error *err);

/**
 * Commit what differs from the host's store, all or nothing, and report each change.
 *
 * Values that differ are not written if they were rolled back, nor if they are those
 * that the same file brought last, to a store that holds the same since: it has its own way to
 * write them.
 *
 * @return PROV_OK, also when nothing was written; PROV_E_QUARANTINED; PROV_E_UNSUPPORTED;
 *         PROV_E_NOMEM; what the host returned.
 */
prov_status provi_apply_commit(struct provi_apply *apply, struct prov_error *err);

void provi_apply_free(struct provi_apply *apply);

#endif
