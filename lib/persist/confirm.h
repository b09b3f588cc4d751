/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Confirmed commits: what is committed is provisional until the host confirms it; else the values
 * from before come back. The undo log is saved in the same transaction as what it undoes.
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
    struct provi_undo *back;        /* NULL: nothing was noted yet */
    struct provi_digest *documents; /* room for PROVI_MAX_TRIED; NULL: none was added yet */
    size_t n_documents;
    size_t n_before; /* documents before the transaction in hand */
    bool is_on;
    bool may_reboot;     /* the next boot may be one that PROV_EVENT_REBOOT_WANTED asked for */
    bool might_reboot;   /* the same before the transaction in hand */
    bool is_of_boot;     /* it is over since the device started anew, not by its time */
    int64_t deadline_ms; /* while it is on */
};

void provi_confirm_free(struct provi_records *records);

/** Whether commits have to be confirmed. */
bool provi_confirm_is_wanted(const struct provi_env *env);

/** Note how a parameter is now, before a transaction that will change it. */
prov_status provi_confirm_note(struct provi_records *records, prov_str name,
                               struct prov_error *err);

/** Save the undo log, inside the transaction. @p document  What is committed. */
prov_status provi_confirm_save(struct provi_records *records, const struct provi_digest *document,
                               bool needs_reboot, struct prov_error *err);

/** The transaction ended; reported to the host if the confirm timeout began. */
void provi_confirm_committed(struct provi_records *records, bool has_succeeded);

/** Milliseconds until the confirm timeout; -1: nothing waits. */
int64_t provi_confirm_timeout_ms(const struct provi_records *records);

/** Whether its time is over: the values from before are about to come back. */
bool provi_confirm_is_over(const struct provi_records *records);

/** A reboot is about to be asked for: keep how much time is left. */
void provi_confirm_before_reboot(struct provi_records *records);

/** Whether commits were unconfirmed when the device went down; then they are again. */
bool provi_confirm_load(struct provi_records *records);

/** The reboot that was asked for is survived, and only that one. */
void provi_confirm_go_on(struct provi_records *records);

/** Nothing is to be found by the next boot; may be inside a transaction. */
prov_status provi_confirm_forget(struct provi_env *env, struct prov_error *err);

/** Over, one way or the other. */
void provi_confirm_end(struct provi_records *records);

#endif
