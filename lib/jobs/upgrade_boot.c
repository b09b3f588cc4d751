/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/upgrade_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

/* Save before the message: a power cut may lose it, but never repeats it. */
prov_status provi_upgrade_succeed(struct provi_upgrade *upgrade, struct prov_error *err)
{
    struct provi_upgrade_record after = upgrade->record;
    after.step = PROV_UPGRADE_SUCCEEDED;
    if (provi_upgrade_n_failed_boots(&after, &after.image))
        after.n_failed_boots = 0;
    after.err[0] = '\0';
    if (!after.image.is_on_request) {
        after.n_failed = 0;
        provi_upgrade_satisfy(&after, &after.image.target);
    }
    prov_status status = provi_upgrade_save(&after, provi_upgrade_env(upgrade), err);
    if (status != PROV_OK)
        return status;
    upgrade->record = after;
    upgrade->is_unresolved = false;
    upgrade->rule.n_failed = after.n_failed;
    char version[PROV_UPGRADE_VERSION_CAP];
    provi_upgrade_copy_text(version, sizeof version,
                            provi_upgrade_running(provi_upgrade_env(upgrade)));
    provi_upgrade_conclude(upgrade, false, prov_str_from(version));
    provi_upgrade_report(upgrade);
    return PROV_OK;
}

/* The retry is by time, also after a reboot, unless the image is quarantined. */
static void plan_retry(struct provi_upgrade *upgrade)
{
    upgrade->has_failed = true;
    upgrade->rule.n_failed = upgrade->record.n_failed ? upgrade->record.n_failed - 1 : 0;
    provi_rule_job_plan_retry(&upgrade->rule);
}

/* The image is discarded first: it must not boot again, even if its failure cannot be saved. */
static prov_status fail_boot(struct provi_upgrade *upgrade, struct prov_error *err)
{
    static const char text[] = "image did not boot";
    struct provi_upgrade_record after = upgrade->record;
    after.step = PROV_UPGRADE_FAILED;
    after.n_failed_boots = (uint8_t)(provi_upgrade_n_failed_boots(&after, &after.image) + 1);
    after.failed_boot = after.image.id;
    after.n_failed += !after.image.is_on_request;
    memcpy(after.err, text, sizeof text);
    provi_upgrade_abort(upgrade);
    prov_status status = provi_upgrade_save(&after, provi_upgrade_env(upgrade), err);
    if (status != PROV_OK)
        return status;
    upgrade->record = after;
    upgrade->is_unresolved = false;
    provi_upgrade_conclude(upgrade, true, prov_str_from(text));
    if (!after.image.is_on_request)
        plan_retry(upgrade);
    provi_upgrade_report(upgrade);
    return PROV_OK;
}

static void test_image(struct provi_upgrade *upgrade)
{
    upgrade->record.step = PROV_UPGRADE_TESTING;
    upgrade->confirm_until_ms = provi_env_now_ms(provi_upgrade_env(upgrade)) +
                                (int64_t)upgrade->host.confirm_timeout_s * 1000;
    provi_upgrade_save_or_warn(upgrade);
    provi_upgrade_report(upgrade);
}

/* The power failed before the reboot: activate once more, but not without end. */
static prov_status reinstall(struct provi_upgrade *upgrade, struct prov_error *err)
{
    if (upgrade->record.is_reinstalled)
        return fail_boot(upgrade, err);
    upgrade->record.is_reinstalled = true;
    return provi_upgrade_activate(upgrade, err);
}

static prov_status resolve(struct provi_upgrade *upgrade, struct prov_error *err)
{
    struct provi_upgrade_record *record = &upgrade->record;
    prov_status status =
        upgrade->is_asked ? PROV_OK : provi_upgrade_inspect(upgrade, &record->image, err);
    upgrade->is_asked = false;
    if (status != PROV_OK)
        return status;
    bool is_running = upgrade->answer.presence == PROV_UPGRADE_PRESENCE_RUNNING;
    bool needs_confirm = upgrade->host.confirm_timeout_s;
    if (is_running && !needs_confirm)
        return provi_upgrade_succeed(upgrade, err);
    if (is_running && record->step == PROV_UPGRADE_INSTALLED) {
        test_image(upgrade);
        return PROV_OK;
    }
    if (is_running || record->step == PROV_UPGRADE_TESTING || record->is_rebooting) {
        upgrade->is_condemned = is_running; /* it was not confirmed before this boot */
        status = fail_boot(upgrade, err);
        if (status == PROV_OK && is_running)
            provi_upgrade_request_reboot(upgrade);
        return status;
    }
    if (upgrade->answer.presence == PROV_UPGRADE_PRESENCE_PRESENT)
        return reinstall(upgrade, err);
    record->step = PROV_UPGRADE_NONE; /* the bank is incomplete: begin again */
    return PROV_OK;
}

/* An upgrade was under way when the device rebooted. */
void provi_upgrade_resolve(struct provi_upgrade *upgrade)
{
    struct prov_error error = {0};
    bool is_first = upgrade->is_booting;
    prov_status status = resolve(upgrade, &error);
    upgrade->is_booting = false;
    upgrade->is_unresolved = status != PROV_OK;
    if (status != PROV_OK && is_first)
        provi_upgrade_warn(upgrade, PROVI_LIT("it is not known yet whether it succeeded"), &error);
}

void provi_upgrade_boot(struct provi_upgrade *upgrade)
{
    struct provi_jobs *jobs = upgrade->rule.job.jobs;
    struct provi_upgrade_record *record = &upgrade->record;
    provi_upgrade_load(record, provi_upgrade_env(upgrade));
    jobs->fetcher->upgrade_err = record->err;
    upgrade->rule.n_failed = record->n_failed;
    upgrade->rule.is_due = true;
    upgrade->is_unresolved = upgrade->is_booting =
        record->step == PROV_UPGRADE_INSTALLED || record->step == PROV_UPGRADE_TESTING;
    if (upgrade->is_unresolved) {
        struct prov_error error = {0};
        upgrade->is_asked = provi_upgrade_inspect(upgrade, &record->image, &error) == PROV_OK;
        if (record->is_rebooting || record->step == PROV_UPGRADE_TESTING ||
            (upgrade->is_asked && upgrade->answer.presence == PROV_UPGRADE_PRESENCE_RUNNING))
            provi_upgrade_env(upgrade)->boot_cause = PROV_CAUSE_AFTER_UPGRADE;
    } else if (record->step == PROV_UPGRADE_FAILED &&
               provi_upgrade_n_failed_boots(record, &record->image) &&
               !record->image.is_on_request) {
        plan_retry(upgrade);
        upgrade->has_failed = upgrade->rule.has_retry;
    }
}

void provi_upgrade_check_time(struct provi_upgrade *upgrade)
{
    struct prov_error error = {0};
    if (upgrade->record.step != PROV_UPGRADE_TESTING || upgrade->confirm_until_ms < 0 ||
        provi_env_left_ms(provi_upgrade_env(upgrade), upgrade->confirm_until_ms) > 0)
        return;
    upgrade->confirm_until_ms = -1;
    upgrade->is_condemned = true;
    if (fail_boot(upgrade, &error) != PROV_OK)
        provi_upgrade_warn_unsaved(upgrade, &error);
    provi_upgrade_request_reboot(upgrade);
}
