/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/upgrade_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

/* The file that the rule names, or one beside it. */
prov_status provi_upgrade_begin_file(struct provi_rule_job *job, uint64_t offset,
                                     struct prov_error *err)
{
    struct provi_upgrade *upgrade = provi_upgrade_of(job);
    struct provi_attempt *attempt = provi_rule_job_attempt(job);
    provi_upgrade_copy_text(upgrade->etag, sizeof upgrade->etag,
                            provi_buffer_str(&attempt->fetch.etag));
    provi_upgrade_copy_text(upgrade->record.image.server_ip, sizeof upgrade->record.image.server_ip,
                            prov_str_from(attempt->fetch.server_ip));
    if (upgrade->is_hashing)
        provi_digest_end(&upgrade->digester, &(struct provi_digest){{0}}, NULL);
    upgrade->is_hashing = upgrade->answer.has_sha256 && upgrade->number == 0;
    if (upgrade->is_hashing)
        provi_digest_begin(&upgrade->digester);
    const struct prov_upgrade_target target = provi_upgrade_target(upgrade, &upgrade->record.image);
    return provi_host_status(upgrade->host.begin(upgrade->host.ctx, &target, offset, err), "begin",
                             err);
}

prov_status provi_upgrade_write(struct provi_rule_job *job, const void *data, size_t len,
                                struct prov_error *err)
{
    struct provi_upgrade *upgrade = provi_upgrade_of(job);
    if (upgrade->is_hashing)
        provi_digest_add(&upgrade->digester, data, len);
    return provi_host_status(upgrade->host.write(upgrade->host.ctx, data, len, err), "write", err);
}

static prov_status check_digest(struct provi_upgrade *upgrade, struct prov_error *err)
{
    struct provi_digest found;
    if (!upgrade->is_hashing)
        return PROV_OK;
    upgrade->is_hashing = false;
    prov_status status = provi_digest_end(&upgrade->digester, &found, err);
    if (status == PROV_OK && memcmp(found.bytes, upgrade->answer.sha256, sizeof found.bytes) != 0)
        return provi_fail(err, PROV_E_CORRUPT, "the image has another SHA-256");
    return status;
}

/* Verify a file; `file` is then the name of the next one, or empty. */
static prov_status finish_image(struct provi_upgrade *upgrade, struct prov_error *err)
{
    const struct prov_upgrade_target target = provi_upgrade_target(upgrade, &upgrade->record.image);
    prov_status status = check_digest(upgrade, err);
    upgrade->file[0] = '\0';
    if (status == PROV_OK)
        status = provi_host_status(upgrade->host.finish(upgrade->host.ctx, &target, upgrade->file,
                                                        sizeof upgrade->file, err),
                                   "finish", err);
    upgrade->file[sizeof upgrade->file - 1] = '\0';
    prov_str name = prov_str_from(upgrade->file);
    if (status != PROV_OK || name.len == 0)
        return status;
    if (!provi_upgrade_is_file_name(name))
        return provi_fail(err, PROV_E_CORRUPT, "finish: expected a file name without a folder");
    if (upgrade->number + 1 == PROVI_UPGRADE_FILES)
        return provi_fail(err, PROV_E_LIMIT, "more than %d files", PROVI_UPGRADE_FILES);
    return PROV_OK;
}

prov_status provi_upgrade_accept(struct provi_rule_job *job, prov_str file, struct prov_error *err)
{
    struct provi_upgrade *upgrade = provi_upgrade_of(job);
    (void)file;
    prov_status status = upgrade->answer.presence == PROV_UPGRADE_PRESENCE_PRESENT
                             ? PROV_OK
                             : finish_image(upgrade, err);
    if (status != PROV_OK || upgrade->file[0])
        return status;
    upgrade->record.step = PROV_UPGRADE_INSTALLED;
    status = provi_upgrade_activate(upgrade, err);
    job->is_intermediate = status == PROV_OK;
    return status;
}

bool provi_upgrade_next_file(struct provi_rule_job *job, prov_str *name)
{
    struct provi_upgrade *upgrade = provi_upgrade_of(job);
    *name = prov_str_from(upgrade->file);
    if (name->len == 0)
        return false;
    upgrade->number++;
    upgrade->etag[0] = '\0';
    return true;
}

void provi_upgrade_ended(struct provi_rule_job *job, const struct prov_result *result)
{
    struct provi_upgrade *upgrade = provi_upgrade_of(job);
    struct provi_upgrade_record *record = &upgrade->record;
    struct provi_attempt *attempt = provi_rule_job_attempt(job);
    provi_upgrade_end_operation(upgrade);
    job->job.jobs->fetcher->last_upgrade_ms = provi_env_now_ms(provi_upgrade_env(upgrade));
    if (result->outcome == PROV_OUTCOME_APPLIED)
        provi_upgrade_report(upgrade);
    if (result->outcome == PROV_OUTCOME_ASSIGNED)
        provi_upgrade_satisfy(record, &record->image.target);
    if (result->outcome != PROV_OUTCOME_FAILED)
        return;
    provi_upgrade_copy_text(record->err, sizeof record->err, prov_str_from(attempt->err_text));
    if (result->code == 416) /* all of it was kept, and it is no image */
        upgrade->etag[0] = '\0';
    if (upgrade->number || attempt->fetch.is_started)
        provi_upgrade_abort(upgrade);
    record->step = PROV_UPGRADE_FAILED;
    if (!record->image.is_on_request) {
        upgrade->has_failed = true;
        record->n_failed++;
    }
    provi_upgrade_save_or_warn(upgrade);
    job->job.jobs->has_upgraded = true;
    provi_upgrade_report(upgrade);
}
