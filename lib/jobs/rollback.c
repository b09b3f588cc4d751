/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/jobs.h"

#include "base/str.h"
#include "fetch/apply.h"

enum { AGAIN_MS = 60000 }; /* delay of the retry of a failed rollback */

static void report(struct provi_job *job, enum prov_rollback why, uint64_t n_changed,
                   const struct prov_error *error)
{
    struct provi_env *env = provi_job_env(job);
    struct prov_result result =
        provi_job_result(env, PROV_CAUSE_NONE, PROVI_LIT("rollback"), error);
    result.n_changed = n_changed;
    provi_job_ended(job, &result);
    const struct prov_rolled_back rolled_back = {
        .size = sizeof rolled_back,
        .why = why,
        .n_changed = n_changed,
        .error = error,
    };
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_ROLLED_BACK,
                             .job = PROV_JOB_ROLLBACK,
                             .as.rollback = &rolled_back,
                         });
}

/* Save with the rollback that its documents are not applied again, and that it is done. */
static prov_status save_rollback(void *ctx, struct prov_error *err)
{
    struct provi_records *records = ctx;
    const struct provi_confirm *confirm = &records->confirm;
    prov_status status = provi_undo_restore_layers(confirm->back, records->env, err);
    if (status == PROV_OK)
        status = provi_quarantine_prepare(&records->quarantine, &records->env->alloc, err);
    if (status == PROV_OK)
        status = provi_quarantine_save_with(&records->quarantine, confirm->documents,
                                            confirm->n_documents, records->env, err);
    if (status == PROV_OK)
        status = provi_confirm_forget(records->env, err);
    return status;
}

/* If no value had to be restored, no document is quarantined. */
static void end_rollback(struct provi_jobs *jobs, const struct provi_apply *apply)
{
    struct provi_records *records = jobs->fetcher->records;
    for (size_t i = 0; i < records->confirm.n_documents && apply->n_changed > 0; i++)
        provi_quarantine_add(&records->quarantine, records->confirm.documents[i]);
    jobs->is_reboot_wanted |= apply->needs & PROV_NEEDS_REBOOT;
    provi_confirm_end(records);
}

/* The undo log is erased in the same transaction, or alone if no value differs. */
static prov_status commit(struct provi_records *records, struct provi_apply *apply,
                          struct prov_error *err)
{
    prov_status status = provi_undo_stage(records->confirm.back, records->env, &apply->stage, err);
    if (status == PROV_OK)
        status = provi_apply_commit(apply, err);
    if (status == PROV_OK && apply->n_changed == 0)
        status = provi_confirm_forget(records->env, err);
    return status;
}

static void roll_back(struct provi_job *job)
{
    struct provi_jobs *jobs = job->jobs;
    struct provi_records *records = jobs->fetcher->records;
    struct provi_env *env = records->env;
    struct prov_error error = {0};
    struct provi_apply apply;
    enum prov_rollback why =
        records->confirm.is_of_boot ? PROV_ROLLBACK_BOOT : PROV_ROLLBACK_TIMEOUT;
    provi_deferral_end(env, PROV_STAGE_ROLLBACK);
    provi_apply_init(&apply, jobs->fetcher, PROV_JOB_ROLLBACK, PROVI_LIT("rollback"));
    apply.save_with = save_rollback;
    apply.save_ctx = records;
    if (commit(records, &apply, &error) == PROV_OK) {
        end_rollback(jobs, &apply);
        report(job, why, apply.n_changed, NULL);
    } else {
        records->confirm.deadline_ms = provi_env_now_ms(env) + AGAIN_MS;
        report(job, why, 0, &error);
    }
    provi_apply_free(&apply);
}

/* After a boot the host is not asked: no other job may start with the unconfirmed values. */
static bool may_roll_back(struct provi_records *records)
{
    return provi_deferral_lines_are_idle(records->env, PROV_STAGE_ROLLBACK) &&
           (records->confirm.is_of_boot ||
            provi_deferral_allows(records->env, PROV_STAGE_ROLLBACK));
}

static void process(struct provi_job *job)
{
    struct provi_records *records = job->jobs->fetcher->records;
    if (provi_confirm_is_over(records) && may_roll_back(records))
        roll_back(job);
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct provi_records *records = job->jobs->fetcher->records;
    return provi_deferral_waits(records->env, PROV_STAGE_ROLLBACK)
               ? -1
               : provi_confirm_timeout_ms(records);
}

static void status(struct provi_job *job, struct prov_job_status *out)
{
    const struct provi_records *records = job->jobs->fetcher->records;
    int64_t left_ms = provi_confirm_timeout_ms(records);
    if (left_ms < 0 || provi_job_status_deferred(records->env, PROV_STAGE_ROLLBACK, out))
        return;
    out->state = PROV_STATE_WAITING;
    out->waits_for = records->confirm.is_of_boot ? PROV_WAIT_TIME : PROV_WAIT_CONFIRMATION;
    out->in_ms = left_ms;
}

static void boot(struct provi_job *job)
{
    struct provi_records *records = job->jobs->fetcher->records;
    provi_quarantine_load(&records->quarantine, records->env);
    if (!provi_confirm_load(records))
        return;
    if (records->confirm.may_reboot && records->env->boot_cause == PROV_CAUSE_HOST) {
        provi_confirm_resume(records);
        return;
    }
    records->confirm.is_of_boot = true;
    records->confirm.deadline_ms = provi_env_now_ms(records->env);
    process(job);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_BOOT)
        boot(job);
    else if (event == PROVI_JOB_REBOOTS)
        provi_confirm_before_reboot(job->jobs->fetcher->records);
}

/* Restores the old values when a commit is not confirmed in time. */
const struct provi_job_type provi_rollback_job = {
    .name = "rollback",
    .job = PROV_JOB_ROLLBACK,
    .place = PROVI_PLACE_ROLLBACK,
    .on_event = on_event,
    .process = process,
    .timeout_ms = timeout_ms,
    .status = status,
};
