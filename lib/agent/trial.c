/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/trial.h"

#include "agent/agent_priv.h"
#include "agent/keep.h"
#include "agent/life.h"
#include "base/alloc.h"
#include "base/error.h"

static const char name[] = "trial";
static const char mark[] = "PVT2";

void provi_trial_free(struct prov_agent *agent)
{
    struct provi_trial *trial = &agent->trial;
    provi_way_back_free(trial->back, &agent->alloc);
    provi_free(&agent->alloc, trial->documents, PROVI_MAX_TRIED * sizeof *trial->documents);
}

void provi_trial_end(struct prov_agent *agent)
{
    provi_trial_free(agent);
    provi_hold_end(agent, PROV_STAGE_RETURN);
    agent->trial = (struct provi_trial){0};
}

bool provi_trial_is_wanted(const struct prov_agent *agent)
{
    return agent->confirm_within_s > 0;
}

static int64_t left_ms(const struct prov_agent *agent)
{
    const struct provi_trial *trial = &agent->trial;
    if (!trial->is_on)
        return (int64_t)agent->confirm_within_s * 1000;
    return provi_agent_left_ms(agent, trial->deadline_ms);
}

int64_t provi_trial_timeout_ms(const struct prov_agent *agent)
{
    return agent->trial.is_on ? left_ms(agent) : -1;
}

bool provi_trial_is_over(const struct prov_agent *agent)
{
    return provi_trial_timeout_ms(agent) == 0;
}

static void tell_begun(struct prov_agent *agent)
{
    struct prov_event event = {.type = PROV_EVENT_TRIAL, .in_ms = left_ms(agent)};
    provi_agent_event(agent, &event);
}

/* ---- with a transaction ---- */

prov_status provi_trial_note(struct prov_agent *agent, prov_str param, struct prov_error *err)
{
    return provi_way_back_note(&agent->trial.back, agent, param, err);
}

/* Trials are seldom, and an agent is to be small. */
static prov_status add_document(struct prov_agent *agent, const struct provi_digest *document)
{
    struct provi_trial *trial = &agent->trial;
    if (!trial->documents)
        trial->documents =
            provi_alloc_zero(&agent->alloc, PROVI_MAX_TRIED * sizeof *trial->documents);
    if (!trial->documents)
        return PROV_E_NOMEM;
    if (trial->n_documents < PROVI_MAX_TRIED)
        trial->documents[trial->n_documents++] = *document;
    return PROV_OK;
}

static prov_status keep(struct prov_agent *agent, struct prov_error *err)
{
    const struct provi_trial *trial = &agent->trial;
    struct provi_record record;
    provi_keep_begin(&record, agent, mark);
    provi_record_number(&record, (uint64_t)left_ms(agent), 8);
    provi_record_number(&record, trial->may_reboot, 1);
    provi_record_number(&record, trial->n_documents, 1);
    for (size_t i = 0; i < trial->n_documents; i++)
        provi_keep_digest(&record, &trial->documents[i]);
    provi_way_back_write(trial->back, &record);
    return provi_keep_end(&record, agent, name, err);
}

prov_status provi_trial_keep(struct prov_agent *agent, const struct provi_digest *document,
                             bool needs_reboot, struct prov_error *err)
{
    struct provi_trial *trial = &agent->trial;
    trial->n_before = trial->n_documents;
    trial->might_reboot = trial->may_reboot;
    if (add_document(agent, document) != PROV_OK)
        return provi_fail_nomem(err);
    trial->may_reboot |= needs_reboot;
    return keep(agent, err);
}

static void begin(struct prov_agent *agent)
{
    struct provi_trial *trial = &agent->trial;
    if (trial->is_on)
        return;
    trial->deadline_ms = provi_agent_now_ms(agent) + left_ms(agent);
    trial->is_on = true;
    tell_begun(agent);
}

/*
 * What a failed transaction noted for a trial that goes on does no harm: it is what the store holds
 * at this moment.
 */
void provi_trial_committed(struct prov_agent *agent, bool has_succeeded)
{
    struct provi_trial *trial = &agent->trial;
    if (!has_succeeded && trial->is_on) {
        trial->n_documents = trial->n_before;
        trial->may_reboot = trial->might_reboot;
    } else if (!has_succeeded) {
        provi_trial_end(agent);
    } else {
        trial->n_before = trial->n_documents;
        trial->might_reboot = trial->may_reboot;
        begin(agent);
    }
}

/* ---- over a reboot ---- */

static void keep_or_complain(struct prov_agent *agent)
{
    struct prov_error error = {0};
    if (keep(agent, &error) != PROV_OK)
        provi_keep_complain(agent, name, &error);
}

void provi_trial_before_reboot(struct prov_agent *agent)
{
    if (agent->trial.is_on)
        keep_or_complain(agent);
}

static prov_status read_record(struct prov_agent *agent, struct provi_reading *reading)
{
    struct provi_trial *trial = &agent->trial;
    trial->deadline_ms = provi_agent_now_ms(agent) + (int64_t)provi_reading_number(reading, 8);
    trial->may_reboot = provi_reading_number(reading, 1) != 0;
    size_t n = (size_t)provi_reading_number(reading, 1);
    for (size_t i = 0; i < n; i++) {
        struct provi_digest document;
        provi_keep_recall_digest(reading, &document);
        if (add_document(agent, &document) != PROV_OK)
            return PROV_E_NOMEM;
    }
    prov_status status = provi_way_back_read(&trial->back, agent, reading);
    return status == PROV_OK && reading->is_short ? PROV_E_TRUNCATED : status;
}

bool provi_trial_recall(struct prov_agent *agent)
{
    struct provi_reading reading;
    if (!provi_keep_recall(&reading, agent, name, mark))
        return false;
    prov_status status = read_record(agent, &reading);
    provi_keep_recall_end(&reading, agent);
    agent->trial.is_on = status == PROV_OK;
    if (status == PROV_OK)
        return true;
    struct prov_error error = {0};
    provi_fail(&error, status, "the way back cannot be read: %s", prov_status_text(status));
    provi_keep_complain(agent, name, &error);
    provi_trial_end(agent);
    return false;
}

void provi_trial_go_on(struct prov_agent *agent)
{
    agent->trial.may_reboot = false;
    keep_or_complain(agent);
    tell_begun(agent);
}

prov_status provi_trial_forget(struct prov_agent *agent, struct prov_error *err)
{
    return provi_keep_forget(agent, name, err);
}

/* ---- the host's word ---- */

prov_status prov_agent_confirm(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    if (!agent->trial.is_on)
        return PROV_OK;
    provi_agent_enter(agent);
    prov_status status = provi_trial_forget(agent, err);
    if (status == PROV_OK) {
        provi_trial_end(agent);
        struct prov_event event = {.type = PROV_EVENT_CONFIRMED};
        provi_agent_event(agent, &event);
    }
    provi_agent_leave(agent);
    return status;
}
