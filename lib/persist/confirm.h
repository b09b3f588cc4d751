/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Confirmed commits: a commit is provisional until the host confirms it; without a confirmation,
 * the earlier values are restored. The undo log is saved in the transaction that it undoes.
 */
#ifndef PROVI_PERSIST_CONFIRM_H
#define PROVI_PERSIST_CONFIRM_H

#include <provision/base.h>

#include "decode/digest.h"
#include "persist/undo.h"

struct provi_env;
struct provi_records;

enum { PROVI_MAX_TRIED = 8 }; /* unconfirmed documents; those beyond are not quarantined */

/** One or more commits that wait for one confirmation, undone together. All zero: none. */
struct provi_confirm {
    struct provi_undo *back;        /* the undo log; NULL: no parameter was recorded yet */
    struct provi_digest *documents; /* room for PROVI_MAX_TRIED; NULL: none was added yet */
    size_t n_documents;
    size_t n_before; /* documents before the transaction in hand */
    bool is_on;
    bool may_reboot;     /* the next boot may be one that PROV_EVENT_REBOOT_WANTED asked for */
    bool might_reboot;   /* may_reboot before the transaction in hand */
    bool is_of_boot;     /* the trial ended because the device restarted, not by its timeout */
    int64_t deadline_ms; /* while it is on */
};

void provi_confirm_free(struct provi_records *records);

/** Whether commits have to be confirmed. */
bool provi_confirm_is_wanted(const struct provi_env *env);

/** Record a parameter's present value and access, before a transaction that will change it. */
prov_status provi_confirm_note(struct provi_records *records, prov_str name,
                               struct prov_error *err);

/** Save the undo log, inside the transaction. @p document  Digest of the committed values. */
prov_status provi_confirm_save(struct provi_records *records, const struct provi_digest *document,
                               bool needs_reboot, struct prov_error *err);

/** The transaction ended. Report to the host if the confirm timeout began. */
void provi_confirm_committed(struct provi_records *records, bool has_succeeded);

/** Milliseconds until the confirm timeout; -1: nothing waits. */
int64_t provi_confirm_timeout_ms(const struct provi_records *records);

/** Whether the confirm timeout has passed: the earlier values are about to be restored. */
bool provi_confirm_is_over(const struct provi_records *records);

/** A reboot is about to be requested: save the time that is left. */
void provi_confirm_before_reboot(struct provi_records *records);

/** Load the record of before the reboot. True: its commits wait for a confirmation again. */
bool provi_confirm_load(struct provi_records *records);

/** The requested reboot is over: go on waiting; an unrequested one from now on ends the trial. */
void provi_confirm_go_on(struct provi_records *records);

/** Erase the record, so that the next boot finds none; also inside a transaction. */
prov_status provi_confirm_forget(struct provi_env *env, struct prov_error *err);

/** End the trial, confirmed or rolled back, and release the undo log. */
void provi_confirm_end(struct provi_records *records);

#endif
