/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The undo log: what unconfirmed commits changed, as it was before. */
#ifndef PROVI_PERSIST_UNDO_H
#define PROVI_PERSIST_UNDO_H

#include "base/record.h"
#include "store/stage.h"

struct provi_env;

/** What to set to undo them; what was noted first counts. */
struct provi_undo {
    struct provi_stage undo;
    struct provi_stage beneath; /* of those, the server's values beneath the user's */
};

/**
 * Note how a parameter is now.
 *
 * @param[in,out] back  Made with the first note, while it points at NULL.
 */
prov_status provi_undo_note(struct provi_undo **back, const struct provi_env *env, prov_str param,
                            struct prov_error *err);

void provi_undo_write(const struct provi_undo *back, struct provi_record *record);

/** What was written; @p back as above. PROV_OK; PROV_E_TRUNCATED; PROV_E_NOMEM; PROV_E_LIMIT. */
prov_status provi_undo_read(struct provi_undo **back, const struct provi_env *env,
                            struct provi_reading *reading);

/** Stage what has to be set. */
prov_status provi_undo_stage(const struct provi_undo *back, const struct provi_env *env,
                             struct provi_stage *stage, struct prov_error *err);

/**
 * In the transaction, after what was staged: where a value was the user's, it is the user's again,
 * with the server's beneath.
 */
prov_status provi_undo_restore_layers(const struct provi_undo *back, const struct provi_env *env,
                                      struct prov_error *err);

/** Wipe and release. NULL is fine. */
void provi_undo_free(struct provi_undo *back, const struct prov_alloc *alloc);

#endif
