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
    for (size_t i = 0; i < agent->trial.n_documents && apply->n_changed > 0; i++)
        provi_quarantine_add(&agent->quarantine, &agent->trial.documents[i]);
    agent->is_reboot_wanted |= apply->needs & PROV_NEEDS_REBOOT;
    provi_trial_end(agent);
}

/* The record of the trial goes in the same transaction, or, if nothing differs, alone. */
static prov_status commit(struct prov_agent *agent, struct provi_apply *apply,
                          struct prov_error *err)
{
    prov_status status = provi_way_back_stage(agent->trial.back, agent, &apply->stage, err);
    if (status == PROV_OK)
        status = provi_apply_commit(apply, err);
    if (status == PROV_OK && apply->n_changed == 0)
        status = provi_trial_forget(agent, err);
    return status;
}

static void take_back(struct prov_agent *agent)
{
    struct prov_error error = {0};
    struct provi_apply apply;
    enum prov_returned why = agent->trial.is_of_boot ? PROV_RETURNED_BOOT : PROV_RETURNED_TIMEOUT;
    provi_hold_end(agent, PROV_STAGE_RETURN);
    provi_apply_init(&apply, agent, PROVI_LIT("trial"));
    apply.keep_with = keep_return;
    if (commit(agent, &apply, &error) == PROV_OK) {
        end_return(agent, &apply);
        tell_returned(agent, why, apply.n_changed, NULL);
    } else {
        agent->trial.deadline_ms = provi_agent_now_ms(agent) + AGAIN_MS;
        tell_returned(agent, why, 0, &error);
    }
    provi_apply_free(&apply);
}

/* After a boot nothing is to work with the values on trial: the host is not asked. */
static bool may_take_back(struct prov_agent *agent)
{
    return provi_hold_lines_are_idle(agent, PROV_STAGE_RETURN) &&
           (agent->trial.is_of_boot || provi_hold_allows(agent, PROV_STAGE_RETURN));
}

void provi_take_back_process(struct prov_agent *agent)
{
    if (provi_trial_is_over(agent) && may_take_back(agent))
        take_back(agent);
}

int64_t provi_take_back_timeout_ms(const struct prov_agent *agent)
{
    bool is_held = provi_trial_is_over(agent) && provi_hold_waits(agent, PROV_STAGE_RETURN);
    return is_held ? -1 : provi_trial_timeout_ms(agent);
}

void provi_take_back_boot(struct prov_agent *agent)
{
    provi_quarantine_recall(&agent->quarantine, agent);
    if (!provi_trial_recall(agent))
        return;
    if (agent->trial.may_reboot && agent->boot_cause == PROV_CAUSE_HOST) {
        provi_trial_go_on(agent);
        return;
    }
    agent->trial.is_of_boot = true;
    agent->trial.deadline_ms = provi_agent_now_ms(agent);
    provi_take_back_process(agent);
}
