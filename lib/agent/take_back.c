/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/take_back.h"

#include "agent/agent_priv.h"
#include "agent/apply.h"
#include "base/str.h"

enum { AGAIN_MS = 60000 }; /* until a return that failed is tried again */

static void tell_returned(struct prov_agent *agent, enum prov_returned why, uint64_t n_changed,
                          const struct prov_error *error)
{
    struct prov_event event = {
        .type = PROV_EVENT_RETURNED,
        .returned = why,
        .n_changed = n_changed,
        .error = error,
    };
    provi_agent_event(agent, &event);
}

/* The end of a return: its documents are not applied again, and it is not repeated. */
static prov_status keep_return(struct prov_agent *agent, struct prov_error *err)
{
    const struct provi_trial *trial = &agent->trial;
    prov_status status = provi_way_back_restore_layers(trial->back, agent, err);
    if (status == PROV_OK)
        status = provi_quarantine_prepare(&agent->quarantine, &agent->alloc, err);
    if (status == PROV_OK)
        status = provi_quarantine_keep_with(&agent->quarantine, trial->documents,
                                            trial->n_documents, agent, err);
    if (status == PROV_OK)
        status = provi_trial_forget(agent, err);
    return status;
}

/* Nothing differs any more, e.g. because the transaction never was: there is nothing to blame. */
static void end_return(struct prov_agent *agent, const struct provi_apply *apply)
{
    if (apply->n_changed == 0)
        provi_trial_forget(agent, NULL);
    for (size_t i = 0; i < agent->trial.n_documents && apply->n_changed > 0; i++)
        provi_quarantine_add(&agent->quarantine, &agent->trial.documents[i]);
    agent->is_reboot_wanted = apply->needs & PROV_NEEDS_REBOOT;
    provi_trial_end(agent);
}

static void take_back(struct prov_agent *agent, enum prov_returned why)
{
    struct prov_error error = {0};
    struct provi_apply apply;
    provi_apply_init(&apply, agent, PROVI_LIT("trial"));
    apply.keep_with = keep_return;
    prov_status status = provi_way_back_stage(agent->trial.back, agent, &apply.stage, &error);
    if (status == PROV_OK)
        status = provi_apply_commit(&apply, &error);
    if (status == PROV_OK) {
        end_return(agent, &apply);
        tell_returned(agent, why, apply.n_changed, NULL);
    } else {
        agent->trial.deadline_ms = provi_agent_now_ms(agent) + AGAIN_MS;
        tell_returned(agent, why, 0, &error);
    }
    provi_apply_free(&apply);
}

void provi_take_back_process(struct prov_agent *agent)
{
    if (provi_trial_timeout_ms(agent) == 0)
        take_back(agent, PROV_RETURNED_TIMEOUT);
}

void provi_take_back_boot(struct prov_agent *agent)
{
    provi_quarantine_recall(&agent->quarantine, agent);
    if (!provi_trial_recall(agent))
        return;
    if (agent->trial.may_reboot && agent->boot_cause == PROV_CAUSE_HOST)
        provi_trial_go_on(agent);
    else
        take_back(agent, PROV_RETURNED_BOOT);
}
