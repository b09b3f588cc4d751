/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/trial.h"

#include "agent/agent_priv.h"
#include "agent/apply.h"
#include "agent/kept.h"
#include "agent/life.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "store/places.h"

enum { AGAIN_MS = 60000 }; /* until a return that failed is tried again */

static const char name[] = "trial";
static const char mark[] = "PVT2";

static int64_t left_ms(const struct prov_agent *agent)
{
    const struct provi_trial *trial = &agent->trial;
    if (!trial->is_on)
        return (int64_t)agent->confirm_within_s * 1000;
    return provi_agent_left_ms(agent, trial->deadline_ms);
}

void provi_trial_init(struct prov_agent *agent)
{
    agent->trial = (struct provi_trial){0};
}

void provi_trial_free(struct prov_agent *agent)
{
    struct provi_way_back *back = agent->trial.back;
    if (!back)
        return;
    provi_stage_free(&back->undo);
    provi_stage_free(&back->beneath);
    provi_free(&agent->alloc, back, sizeof *back);
}

/* Over, one way or the other. */
static void end(struct prov_agent *agent)
{
    provi_trial_free(agent);
    provi_trial_init(agent);
}

bool provi_trial_is_wanted(const struct prov_agent *agent)
{
    return agent->confirm_within_s > 0;
}

/* ---- telling ---- */

static void tell_begun(struct prov_agent *agent)
{
    struct prov_event event = {.type = PROV_EVENT_TRIAL, .in_ms = left_ms(agent)};
    provi_agent_event(agent, &event);
}

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

/* ---- the way back ---- */

/* It is seldom needed, and an agent is to be small. */
static prov_status prepare_way_back(struct prov_agent *agent, struct prov_error *err)
{
    if (agent->trial.back)
        return PROV_OK;
    struct provi_way_back *back = provi_alloc_zero(&agent->alloc, sizeof *back);
    if (!back)
        return provi_fail_nomem(err);
    provi_stage_init(&back->undo, &agent->alloc, agent->limits.max_staged_bytes);
    provi_stage_init(&back->beneath, &agent->alloc, agent->limits.max_staged_bytes);
    agent->trial.back = back;
    return PROV_OK;
}

static uint8_t access_to_restore(const struct prov_agent *agent, const struct prov_param *stored)
{
    if (!provi_param_has_access(&agent->params))
        return PROV_ACCESS_KEEP;
    return stored->access == PROV_ACCESS_KEEP ? PROV_ACCESS_DEFAULT : stored->access;
}

static uint8_t present_access(const struct prov_agent *agent, prov_str param)
{
    const struct prov_host *host = &agent->host;
    struct prov_param stored = {.size = sizeof stored};
    if (host->find)
        host->find(host->store_ctx, param, PROV_LAYER_ANY, &stored);
    else if (host->access)
        stored.access = (uint8_t)host->access(host->store_ctx, param);
    return access_to_restore(agent, &stored);
}

/* What the server had set beneath a value of the user's. */
static prov_status note_beneath(struct prov_agent *agent, prov_str param, struct prov_error *err)
{
    const struct prov_host *host = &agent->host;
    struct prov_param beneath = {.size = sizeof beneath};
    prov_status found = host->find(host->store_ctx, param, PROV_LAYER_SERVER, &beneath);
    bool is_set = found == PROV_OK && beneath.has_value;
    beneath.name = param;
    beneath.has_value = is_set ? PROV_VALUE_GIVEN : PROV_VALUE_FORGET;
    beneath.access = PROV_ACCESS_KEEP; /* is that of what counts */
    return provi_stage_add(&agent->trial.back->beneath, &beneath, err);
}

static prov_status note(struct prov_agent *agent, prov_str param, const struct prov_param *stored,
                        struct prov_error *err)
{
    const struct prov_param_info *info = provi_param_info(&agent->params, param);
    const char *default_value = prov_catalogue_default(info, &agent->dialect);
    const struct prov_param before = {
        .size = sizeof before,
        .name = param,
        .value = stored->has_value ? stored->value : prov_str_from(default_value),
        .has_value = stored->has_value ? PROV_VALUE_GIVEN : PROV_VALUE_FORGET,
        .access = access_to_restore(agent, stored),
        .line = stored->line,
        .source = stored->source,
    };
    prov_status status = provi_stage_add(&agent->trial.back->undo, &before, err);
    bool is_users = stored->layer == PROV_LAYER_USER;
    return status == PROV_OK && is_users ? note_beneath(agent, param, err) : status;
}

prov_status provi_trial_note(struct prov_agent *agent, prov_str param, struct prov_error *err)
{
    prov_status status = prepare_way_back(agent, err);
    if (status != PROV_OK || provi_stage_find(&agent->trial.back->undo, param, NULL))
        return status;
    struct prov_param stored;
    struct provi_buffer copy;
    provi_buffer_init(&copy, agent->limits.max_staged_bytes, true);
    status = provi_param_find(&agent->params, param, &agent->alloc, &copy, &stored);
    if (status == PROV_OK)
        status = note(agent, param, &stored, err);
    else
        provi_fail(err, status, "the stored value cannot be noted: %s", prov_status_text(status));
    provi_buffer_free(&copy, &agent->alloc);
    return status;
}

static void record_params(struct provi_record *record, const struct provi_stage *params)
{
    provi_record_count(record, provi_stage_n(params));
    for (size_t i = 0; i < provi_stage_n(params); i++) {
        struct prov_param param = provi_stage_get(params, i);
        provi_record_number(record, param.has_value, 1);
        provi_record_number(record, param.access, 1);
        provi_record_text(record, param.name);
        provi_record_text(record, param.value);
    }
    provi_places_write(record, params);
}

static prov_status keep(struct prov_agent *agent, struct prov_error *err)
{
    const struct provi_trial *trial = &agent->trial;
    struct provi_record record;
    provi_record_begin(&record, agent, mark);
    provi_record_number(&record, (uint64_t)left_ms(agent), 8);
    provi_record_number(&record, trial->may_reboot, 1);
    provi_record_number(&record, trial->n_documents, 1);
    for (size_t i = 0; i < trial->n_documents; i++)
        provi_record_digest(&record, &trial->documents[i]);
    record_params(&record, &trial->back->undo);
    record_params(&record, &trial->back->beneath);
    return provi_record_keep(&record, agent, name, err);
}

static void add_document(struct provi_trial *trial, const struct provi_digest *document)
{
    if (trial->n_documents < PROVI_MAX_TRIED)
        trial->documents[trial->n_documents++] = *document;
}

prov_status provi_trial_keep(struct prov_agent *agent, const struct provi_digest *document,
                             bool needs_reboot, struct prov_error *err)
{
    struct provi_trial *trial = &agent->trial;
    trial->n_before = trial->n_documents;
    add_document(trial, document);
    trial->may_reboot |= needs_reboot;
    return keep(agent, err);
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
    } else if (!has_succeeded) {
        end(agent);
    } else if (!trial->is_on) {
        trial->deadline_ms = provi_agent_now_ms(agent) + left_ms(agent);
        trial->is_on = true;
        tell_begun(agent);
    }
}

/* ---- returning ---- */

static prov_status stage_undo(struct prov_agent *agent, struct provi_apply *apply,
                              struct prov_error *err)
{
    const struct provi_stage *undo = &agent->trial.back->undo;
    prov_status status = PROV_OK;
    for (size_t i = 0; i < provi_stage_n(undo) && status == PROV_OK; i++) {
        struct prov_param param = provi_stage_get(undo, i);
        param.info = provi_param_info(&agent->params, param.name);
        if (param.access == present_access(agent, param.name))
            param.access = PROV_ACCESS_KEEP; /* as it is: nobody is told of a change */
        status = provi_stage_add(&apply->stage, &param, err);
    }
    return status;
}

/* Where a value was the user's, it is the user's again, with the server's beneath. */
static prov_status restore_layers(struct prov_agent *agent, struct prov_error *err)
{
    const struct prov_host *host = &agent->host;
    const struct provi_trial *trial = &agent->trial;
    prov_status status = PROV_OK;
    for (size_t i = 0; i < provi_stage_n(&trial->back->beneath) && status == PROV_OK; i++) {
        struct prov_param front, beneath = provi_stage_get(&trial->back->beneath, i);
        if (!provi_stage_find(&trial->back->undo, beneath.name, &front))
            continue;
        front.layer = PROV_LAYER_USER;
        status = host->txn_set(host->store_ctx, &beneath, err);
        if (status == PROV_OK)
            status = host->txn_set(host->store_ctx, &front, err);
    }
    return provi_host_status(status, err);
}

/* The end of a return: its documents are not applied again, and it is not repeated. */
static prov_status keep_return(struct prov_agent *agent, struct prov_error *err)
{
    prov_status status = restore_layers(agent, err);
    if (status != PROV_OK)
        return status;
    const struct provi_trial *trial = &agent->trial;
    status = provi_quarantine_prepare(&agent->quarantine, &agent->alloc, err);
    if (status == PROV_OK)
        status = provi_quarantine_keep_with(&agent->quarantine, trial->documents,
                                            trial->n_documents, agent, err);
    if (status == PROV_OK)
        status = provi_kept_forget(agent, name, err);
    return status;
}

/* Nothing differs any more, e.g. because the transaction never was: there is nothing to blame. */
static void end_return(struct prov_agent *agent, const struct provi_apply *apply)
{
    if (apply->n_changed == 0)
        provi_kept_forget(agent, name, NULL);
    for (size_t i = 0; i < agent->trial.n_documents && apply->n_changed > 0; i++)
        provi_quarantine_add(&agent->quarantine, &agent->trial.documents[i]);
    agent->is_reboot_wanted = apply->needs & PROV_NEEDS_REBOOT;
    end(agent);
}

static void take_back(struct prov_agent *agent, enum prov_returned why)
{
    struct prov_error error = {0};
    struct provi_apply apply;
    provi_apply_init(&apply, agent, PROVI_LIT("trial"));
    apply.keep_with = keep_return;
    prov_status status = stage_undo(agent, &apply, &error);
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

void provi_trial_process(struct prov_agent *agent)
{
    if (agent->trial.is_on && provi_agent_now_ms(agent) >= agent->trial.deadline_ms)
        take_back(agent, PROV_RETURNED_TIMEOUT);
}

int64_t provi_trial_timeout_ms(const struct prov_agent *agent)
{
    return agent->trial.is_on ? left_ms(agent) : -1;
}

/* ---- reboots ---- */

static prov_status read_params(struct provi_reading *reading, struct provi_stage *params)
{
    prov_status status = PROV_OK;
    uint64_t n = provi_reading_count(reading);
    for (uint64_t i = 0; i < n && status == PROV_OK; i++) {
        struct prov_param param = {.size = sizeof param};
        param.has_value = (uint8_t)provi_reading_number(reading, 1);
        param.access = (uint8_t)provi_reading_number(reading, 1);
        param.name = provi_reading_text(reading);
        param.value = provi_reading_text(reading);
        status = reading->is_short ? PROV_E_TRUNCATED : provi_stage_add(params, &param, NULL);
    }
    return status == PROV_OK ? provi_places_read(reading, params) : status;
}

static prov_status read_record(struct prov_agent *agent, struct provi_reading *reading)
{
    struct provi_trial *trial = &agent->trial;
    trial->deadline_ms = provi_agent_now_ms(agent) + (int64_t)provi_reading_number(reading, 8);
    trial->may_reboot = provi_reading_number(reading, 1) != 0;
    size_t n = (size_t)provi_reading_number(reading, 1);
    for (size_t i = 0; i < n; i++) {
        struct provi_digest document;
        provi_reading_digest(reading, &document);
        add_document(trial, &document);
    }
    prov_status status = prepare_way_back(agent, NULL);
    if (status == PROV_OK)
        status = read_params(reading, &trial->back->undo);
    return status == PROV_OK ? read_params(reading, &trial->back->beneath) : status;
}

/* Whether there was a trial under way when the device went down. */
static bool recall(struct prov_agent *agent)
{
    struct provi_reading reading;
    if (!provi_reading_begin(&reading, agent, name, mark))
        return false;
    prov_status status = read_record(agent, &reading);
    provi_reading_end(&reading, agent);
    agent->trial.is_on = status == PROV_OK;
    if (status == PROV_OK)
        return true;
    struct prov_error error = {0};
    provi_fail(&error, status, "the way back cannot be read: %s", prov_status_text(status));
    provi_kept_complain(agent, name, &error);
    end(agent);
    return false;
}

/* The reboot that was asked for is survived, and only that one. */
static void go_on(struct prov_agent *agent)
{
    struct prov_error error = {0};
    agent->trial.may_reboot = false;
    if (keep(agent, &error) != PROV_OK)
        provi_kept_complain(agent, name, &error);
    tell_begun(agent);
}

void provi_trial_boot(struct prov_agent *agent)
{
    provi_quarantine_recall(&agent->quarantine, agent);
    if (!recall(agent))
        return;
    if (agent->trial.may_reboot && agent->boot_cause == PROV_CAUSE_HOST)
        go_on(agent);
    else
        take_back(agent, PROV_RETURNED_BOOT);
}

void provi_trial_before_reboot(struct prov_agent *agent)
{
    struct prov_error error = {0};
    if (agent->trial.is_on && keep(agent, &error) != PROV_OK)
        provi_kept_complain(agent, name, &error);
}

/* ---- the host's word ---- */

prov_status prov_agent_confirm(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    if (!agent->trial.is_on)
        return PROV_OK;
    provi_agent_enter(agent);
    prov_status status = provi_kept_forget(agent, name, err);
    if (status == PROV_OK) {
        end(agent);
        struct prov_event event = {.type = PROV_EVENT_CONFIRMED};
        provi_agent_event(agent, &event);
    }
    provi_agent_leave(agent);
    return status;
}
