/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "persist/confirm.h"

#include <provision/store.h>

#include "base/alloc.h"
#include "base/error.h"
#include "env/env.h"
#include "persist/records.h"
#include "persist/save.h"

static const char name[] = PROV_RECORD_UNDO;
static const char mark[] = "PVT2";

void provi_confirm_free(struct provi_records *records)
{
    struct provi_confirm *confirm = &records->confirm;
    provi_undo_free(confirm->back, &records->env->alloc);
    provi_free(&records->env->alloc, confirm->documents,
               PROVI_MAX_TRIED * sizeof *confirm->documents);
}

void provi_confirm_end(struct provi_records *records)
{
    provi_confirm_free(records);
    provi_deferral_end(records->env, PROV_STAGE_ROLLBACK);
    records->confirm = (struct provi_confirm){0};
}

bool provi_confirm_is_wanted(const struct provi_env *env)
{
    return env->options.confirm_timeout_s > 0;
}

static int64_t left_ms(const struct provi_records *records)
{
    const struct provi_confirm *confirm = &records->confirm;
    if (!confirm->is_on)
        return (int64_t)records->env->options.confirm_timeout_s * 1000;
    return provi_env_left_ms(records->env, confirm->deadline_ms);
}

int64_t provi_confirm_timeout_ms(const struct provi_records *records)
{
    return records->confirm.is_on ? left_ms(records) : -1;
}

bool provi_confirm_is_over(const struct provi_records *records)
{
    return provi_confirm_timeout_ms(records) == 0;
}

static void report_begun(struct provi_records *records)
{
    const struct prov_unconfirmed unconfirmed = {
        .size = sizeof unconfirmed,
        .in_ms = left_ms(records),
    };
    provi_env_event(records->env, (struct prov_event){
                                      .type = PROV_EVENT_UNCONFIRMED,
                                      .job = PROV_JOB_ROLLBACK,
                                      .as.unconfirmed = &unconfirmed,
                                  });
}

prov_status provi_confirm_record(struct provi_records *records, prov_str param,
                                 struct prov_error *err)
{
    return provi_undo_record(&records->confirm.back, records->env, param, err);
}

/* The list is allocated when needed: few hosts confirm commits, and an agent must be small. False:
 * no memory. */
static bool add_document(struct provi_records *records, uint64_t document)
{
    struct provi_confirm *confirm = &records->confirm;
    if (!confirm->documents)
        confirm->documents =
            provi_alloc_zero(&records->env->alloc, PROVI_MAX_TRIED * sizeof *confirm->documents);
    if (confirm->documents && confirm->n_documents < PROVI_MAX_TRIED)
        confirm->documents[confirm->n_documents++] = document;
    return confirm->documents;
}

static prov_status save_record(struct provi_records *records, struct prov_error *err)
{
    const struct provi_confirm *confirm = &records->confirm;
    struct provi_record record;
    provi_save_begin(&record, records->env, mark);
    provi_record_number(&record, (uint64_t)left_ms(records), 8);
    provi_record_number(&record, confirm->may_reboot, 1);
    provi_record_number(&record, confirm->n_documents, 1);
    for (size_t i = 0; i < confirm->n_documents; i++)
        provi_save_document(&record, confirm->documents[i]);
    provi_undo_write(confirm->back, &record);
    return provi_save_end(&record, records->env, name, err);
}

prov_status provi_confirm_save(struct provi_records *records, uint64_t document, bool needs_reboot,
                               struct prov_error *err)
{
    struct provi_confirm *confirm = &records->confirm;
    confirm->n_before = confirm->n_documents;
    confirm->might_reboot = confirm->may_reboot;
    if (!add_document(records, document))
        return provi_fail_nomem(err);
    confirm->may_reboot |= needs_reboot;
    return save_record(records, err);
}

/* A failed transaction may leave values in the undo log while other commits wait for confirmation.
 * That is harmless: the store has these values now. */
void provi_confirm_committed(struct provi_records *records, bool has_succeeded)
{
    struct provi_confirm *confirm = &records->confirm;
    if (!has_succeeded && confirm->is_on) {
        confirm->n_documents = confirm->n_before;
        confirm->may_reboot = confirm->might_reboot;
    } else if (!has_succeeded) {
        provi_confirm_end(records);
    } else {
        confirm->n_before = confirm->n_documents;
        confirm->might_reboot = confirm->may_reboot;
        if (confirm->is_on)
            return;
        confirm->deadline_ms = provi_env_now_ms(records->env) + left_ms(records);
        confirm->is_on = true;
        report_begun(records);
    }
}

static void save_or_warn(struct provi_records *records)
{
    struct prov_error error = {0};
    if (save_record(records, &error) != PROV_OK)
        provi_save_warn(records->env, name, &error);
}

void provi_confirm_before_reboot(struct provi_records *records)
{
    if (records->confirm.is_on)
        save_or_warn(records);
}

static prov_status read_record(struct provi_records *records, struct provi_reading *reading)
{
    struct provi_confirm *confirm = &records->confirm;
    confirm->deadline_ms =
        provi_env_now_ms(records->env) + (int64_t)provi_reading_number(reading, 8);
    confirm->may_reboot = provi_reading_number(reading, 1) != 0;
    size_t n = (size_t)provi_reading_number(reading, 1);
    for (size_t i = 0; i < n; i++) {
        if (!add_document(records, provi_load_document(reading)))
            return PROV_E_NOMEM;
    }
    prov_status status = provi_undo_read(&confirm->back, records->env, reading);
    return reading->is_short ? PROV_E_TRUNCATED : status;
}

bool provi_confirm_load(struct provi_records *records)
{
    struct provi_reading reading;
    if (!provi_load(&reading, records->env, name, mark))
        return false;
    prov_status status = read_record(records, &reading);
    provi_load_end(&reading, records->env);
    records->confirm.is_on = status == PROV_OK;
    if (status == PROV_OK)
        return true;
    struct prov_error error = {0};
    provi_fail(&error, status, "the undo log cannot be read: %s", prov_status_text(status));
    provi_load_warn(records->env, name, &error);
    provi_confirm_end(records);
    return false;
}

void provi_confirm_resume(struct provi_records *records)
{
    records->confirm.may_reboot = false;
    save_or_warn(records);
    report_begun(records);
}

prov_status provi_confirm_forget(struct provi_env *env, struct prov_error *err)
{
    return provi_save_erase(env, name, err);
}
