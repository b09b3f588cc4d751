/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Trial and return: what is committed is provisional until the host confirms; else the values from
 * before come back. The way back is kept in the same transaction as what it undoes.
 */
#ifndef PROVI_AGENT_TRIAL_H
#define PROVI_AGENT_TRIAL_H

#include <provision/base.h>

#include "agent/way_back.h"
#include "decode/digest.h"

struct prov_agent;

enum { PROVI_MAX_TRIED = 8 }; /* documents in one trial; those beyond are not quarantined */

/** A trial: one or more commits, undone together. All zero: none. */
struct provi_trial {
    struct provi_way_back *back;    /* NULL: nothing was noted yet */
    struct provi_digest *documents; /* room for PROVI_MAX_TRIED; NULL: none was added yet */
    size_t n_documents;
    size_t n_before; /* documents before the transaction in hand */
    bool is_on;
    bool may_reboot;     /* the next boot may be one that PROV_EVENT_REBOOT_WANTED asked for */
    bool might_reboot;   /* the same before the transaction in hand */
    bool is_of_boot;     /* it is over since the device started anew, not by its time */
    int64_t deadline_ms; /* while it is on */
};

void provi_trial_free(struct prov_agent *agent);

/** Whether commits are to be on trial. */
bool provi_trial_is_wanted(const struct prov_agent *agent);

/** Note how a parameter is now, before a transaction that will change it. */
prov_status provi_trial_note(struct prov_agent *agent, prov_str name, struct prov_error *err);

/** Keep the way back; inside the transaction. @p document  What is committed. */
prov_status provi_trial_keep(struct prov_agent *agent, const struct provi_digest *document,
                             bool needs_reboot, struct prov_error *err);

/** The transaction ended; told to the host if a trial began. */
void provi_trial_committed(struct prov_agent *agent, bool has_succeeded);

/** Milliseconds until its time is over; -1: no trial. */
int64_t provi_trial_timeout_ms(const struct prov_agent *agent);

/** Whether its time is over: the values from before are about to come back. */
bool provi_trial_is_over(const struct prov_agent *agent);

/** A reboot is about to be asked for: keep how much time is left. */
void provi_trial_before_reboot(struct prov_agent *agent);

/** Whether there was a trial under way when the device went down; then it is on again. */
bool provi_trial_recall(struct prov_agent *agent);

/** The reboot that was asked for is survived, and only that one. */
void provi_trial_go_on(struct prov_agent *agent);

/** Nothing is to be found by the next boot; may be inside a transaction. */
prov_status provi_trial_forget(struct prov_agent *agent, struct prov_error *err);

/** Over, one way or the other. */
void provi_trial_end(struct prov_agent *agent);

#endif
