/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Confirmed commits: a commit is provisional until the host confirms it; without a confirmation,
 * the earlier values are restored. The undo log is saved in the transaction that it undoes.
 */
#ifndef PROVI_PERSIST_CONFIRM_H
#define PROVI_PERSIST_CONFIRM_H

#include <provision/base.h>

#include "persist/undo.h"

struct provi_env;
struct provi_records;

enum { PROVI_MAX_TRIED = 8 }; /* unconfirmed documents; those beyond are not quarantined */

/** One or more commits that wait for one confirmation, undone together. All zero: none. */
struct provi_confirm {
    struct provi_undo *back; /* the undo log; NULL: it has no parameter yet */
    uint64_t *documents;     /* of PROVI_MAX_TRIED provi_stage_hash(); NULL: none was added yet */
    size_t n_documents;
    size_t n_before; /* documents before the present transaction */
    bool is_on;
    bool may_reboot;     /* the next boot may be that of PROV_EVENT_REBOOT_WANTED */
    bool might_reboot;   /* may_reboot before the present transaction */
    bool is_of_boot;     /* the device restarted without a request, so the wait has ended */
    int64_t deadline_ms; /* end of the wait, while is_on */
};

void provi_confirm_free(struct provi_records *records);

/** Whether commits have to be confirmed. */
bool provi_confirm_is_wanted(const struct provi_env *env);

/** Record the present value and access of a parameter that a transaction is about to change. */
prov_status provi_confirm_record(struct provi_records *records, prov_str name,
                                 struct prov_error *err);

/** Save the undo log, inside the transaction. @p document  Hash of the committed values. */
prov_status provi_confirm_save(struct provi_records *records, uint64_t document, bool needs_reboot,
                               struct prov_error *err);

/** The transaction ended. Report to the host if the confirm timeout began. */
void provi_confirm_committed(struct provi_records *records, bool has_succeeded);

/** Milliseconds until the confirm timeout; -1: no commit waits. */
int64_t provi_confirm_timeout_ms(const struct provi_records *records);

/** Whether the wait is over: the earlier values are about to be restored. */
bool provi_confirm_is_over(const struct provi_records *records);

/** A reboot is about to be requested: save the remaining time. */
void provi_confirm_before_reboot(struct provi_records *records);

/** Load the record after a reboot. True: its commits wait for confirmation again. */
bool provi_confirm_load(struct provi_records *records);

/**
 * The requested reboot is over: continue to wait. From now on an unrequested reboot ends the wait.
 */
void provi_confirm_resume(struct provi_records *records);

/** Erase the record, so that the next boot finds none; may be called inside a transaction. */
prov_status provi_confirm_forget(struct provi_env *env, struct prov_error *err);

/** End the wait, whether confirmed or rolled back, and release the undo log. */
void provi_confirm_end(struct provi_records *records);

#endif
