/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The undo log: parameters that unconfirmed commits changed, as they were before. */
#ifndef PROVI_PERSIST_UNDO_H
#define PROVI_PERSIST_UNDO_H

#include "base/record.h"
#include "store/stage.h"

struct provi_env;

/** Values to set to undo the commits; of several for a parameter, the first recorded counts. */
struct provi_undo {
    struct provi_stage undo;
    struct provi_stage beneath; /* of those, the server's values beneath the user's */
};

/**
 * Record a parameter's present value and access.
 *
 * @param[in,out] back  Where it is NULL, a log is made.
 */
prov_status provi_undo_note(struct provi_undo **back, const struct provi_env *env, prov_str param,
                            struct prov_error *err);

void provi_undo_write(const struct provi_undo *back, struct provi_record *record);

/** Read a written log; @p back as above. PROV_OK; PROV_E_TRUNCATED; PROV_E_NOMEM; PROV_E_LIMIT. */
prov_status provi_undo_read(struct provi_undo **back, const struct provi_env *env,
                            struct provi_reading *reading);

/** Stage the values that undo the commits. */
prov_status provi_undo_stage(const struct provi_undo *back, const struct provi_env *env,
                             struct provi_stage *stage, struct prov_error *err);

/**
 * In the transaction, after the staged values: make a value that was the user's the user's again,
 * with the server's value beneath it.
 */
prov_status provi_undo_restore_layers(const struct provi_undo *back, const struct provi_env *env,
                                      struct prov_error *err);

/** Wipe and release. NULL is fine. */
void provi_undo_free(struct provi_undo *back, const struct prov_alloc *alloc);

#endif
