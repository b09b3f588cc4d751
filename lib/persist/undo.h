/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The undo log: the earlier values of parameters that unconfirmed commits changed. */
#ifndef PROVI_PERSIST_UNDO_H
#define PROVI_PERSIST_UNDO_H

#include "base/record.h"
#include "store/stage.h"

struct provi_env;

/** Values that undo the commits when set. Only the first recorded value of a parameter counts. */
struct provi_undo {
    struct provi_stage undo;
    struct provi_stage lower; /* the server's values under the user's, for these parameters */
};

/**
 * Record the present value and access of a parameter.
 *
 * @param[in,out] back  NULL in it: a log is created.
 */
prov_status provi_undo_record(struct provi_undo **back, const struct provi_env *env, prov_str param,
                              struct prov_error *err);

void provi_undo_write(const struct provi_undo *back, struct provi_record *record);

/** Read a saved log; @p back as above. PROV_OK; PROV_E_TRUNCATED; PROV_E_NOMEM; PROV_E_LIMIT. */
prov_status provi_undo_read(struct provi_undo **back, const struct provi_env *env,
                            struct provi_reading *reading);

/** Stage the values that undo the commits. */
prov_status provi_undo_stage(const struct provi_undo *back, const struct provi_env *env,
                             struct provi_stage *stage, struct prov_error *err);

/**
 * In the transaction, after the staged values: make a value the user's again if it was, with the
 * server's value under it.
 */
prov_status provi_undo_restore_layers(const struct provi_undo *back, const struct provi_env *env,
                                      struct prov_error *err);

/** Wipe and release. NULL is fine. */
void provi_undo_free(struct provi_undo *back, const struct prov_alloc *alloc);

#endif
