/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/upgrade_priv.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/operation.h"
#include "macro/vars.h"

void provi_upgrade_copy_text(char *buf, size_t cap, prov_str text)
{
    size_t len = text.len < cap ? text.len : cap - 1;
    if (len)
        memcpy(buf, text.data, len);
    buf[len] = '\0';
}

/* The target for the host, with the data of the file under way. */
struct prov_upgrade_target provi_upgrade_target(const struct provi_upgrade *upgrade,
                                                const struct provi_upgrade_image *image)
{
    struct provi_attempt *attempt = provi_rule_job_attempt(&upgrade->rule);
    prov_str url = prov_str_from(image->url);
    struct prov_upgrade_target target = {
        .size = sizeof target,
        .number = upgrade->number,
        .total = -1,
        .load = prov_str_from(image->load),
        .url = url,
        .etag = prov_str_from(upgrade->etag),
    };
    if (attempt && attempt->fetch.shown_url.len) {
        target.url = provi_buffer_str(&attempt->fetch.shown_url);
        int64_t rest = attempt->fetch.total;
        uint64_t offset = attempt->fetch.offset;
        if (rest >= 0 && offset <= (uint64_t)(INT64_MAX - rest))
            target.total = rest + (int64_t)offset;
    }
    target.file = provi_upgrade_file(target.url);
    return target;
}

void provi_upgrade_fill_shown(struct provi_upgrade *upgrade)
{
    const struct provi_upgrade_record *record = &upgrade->record;
    const struct provi_upgrade_image *image = &record->image;
    uint32_t step = record->step;
    if (provi_rule_job_attempt(&upgrade->rule) && step != PROV_UPGRADE_INSTALLED)
        step = PROV_UPGRADE_FETCHING;
    else if (upgrade->is_waiting)
        step = PROV_UPGRADE_WAITING;
    if (step == PROV_UPGRADE_WAITING)
        image = &upgrade->next;
    bool is_testing = step == PROV_UPGRADE_TESTING && upgrade->confirm_until_ms >= 0;
    upgrade->shown = (struct prov_upgrade){
        .size = sizeof upgrade->shown,
        .step = step,
        .n_failed_boots = provi_upgrade_n_failed_boots(record, image),
        .in_ms = is_testing
                     ? provi_env_left_ms(provi_upgrade_env(upgrade), upgrade->confirm_until_ms)
                     : -1,
        .load = prov_str_from(image->load),
        .version = prov_str_from(image->version),
        .url = prov_str_from(image->url),
        .err = prov_str_from(record->err),
    };
}

void provi_upgrade_report(struct provi_upgrade *upgrade)
{
    provi_upgrade_fill_shown(upgrade);
    provi_env_event(provi_upgrade_env(upgrade), (struct prov_event){
                                                    .type = PROV_EVENT_UPGRADE,
                                                    .job = PROV_JOB_UPGRADE,
                                                    .as.upgrade = &upgrade->shown,
                                                });
}

void provi_upgrade_warn(struct provi_upgrade *upgrade, prov_str text,
                        const struct prov_error *error)
{
    provi_rule_job_log(&upgrade->rule, PROV_SEVERITY_WARNING, text, error);
}

void provi_upgrade_warn_unsaved(struct provi_upgrade *upgrade, const struct prov_error *error)
{
    provi_upgrade_warn(upgrade, PROVI_LIT("the upgrade's state cannot be saved"), error);
}

void provi_upgrade_save_or_warn(struct provi_upgrade *upgrade)
{
    struct prov_error error = {0};
    if (provi_upgrade_save(&upgrade->record, provi_upgrade_env(upgrade), &error) != PROV_OK)
        provi_upgrade_warn_unsaved(upgrade, &error);
}

/* Its URL is that of the request before the reboot. */
static void log_result(struct provi_upgrade *upgrade, bool has_failed, prov_str err_text)
{
    static const char messages[] =
        PROVI_MESSAGES("", "Log_Upgrade_Success_Msg", "Log_Upgrade_Failure_Msg");
    struct provi_fetcher *fetcher = upgrade->rule.job.jobs->fetcher;
    prov_macro_vars *vars = fetcher->env->macro_vars;
    struct provi_url url = {.port = 0};
    struct provi_url_fault fault;
    provi_operation_begin(fetcher, 0);
    if (provi_url_split(prov_str_from(upgrade->record.image.url), true, &url, &fault)) {
        provi_macro_vars_set_url(vars, url.scheme, url.host,
                                 url.port ? url.port : provi_url_default_port(url.scheme),
                                 url.path);
        if (upgrade->record.image.server_ip[0])
            provi_macro_vars_set_server_ip(vars, prov_str_from(upgrade->record.image.server_ip));
    }
    provi_macro_vars_set_err(fetcher->env->macro_vars, err_text);
    provi_log_end(fetcher, PROV_JOB_UPGRADE, messages, has_failed);
    provi_operation_begin(fetcher, 0);
}

void provi_upgrade_conclude(struct provi_upgrade *upgrade, bool has_failed, prov_str err_text)
{
    const struct provi_upgrade_image *image = &upgrade->record.image;
    struct prov_error error = {0};
    log_result(upgrade, has_failed, err_text);
    if (has_failed)
        provi_fail(&error, PROV_E_CORRUPT, "%.*s", PROVI_STR(err_text));
    struct prov_result result =
        provi_job_result(provi_upgrade_env(upgrade), PROV_CAUSE_NONE, PROVI_LIT(PROVI_UPGRADE_RULE),
                         has_failed ? &error : NULL);
    result.url = prov_str_from(image->url);
    result.server_ip = prov_str_from(image->server_ip);
    provi_job_ended(&upgrade->rule.job, &result);
}

prov_status provi_upgrade_inspect(struct provi_upgrade *upgrade,
                                  const struct provi_upgrade_image *image, struct prov_error *err)
{
    const struct prov_upgrade_target target = provi_upgrade_target(upgrade, image);
    struct prov_upgrade_answer *answer = &upgrade->answer;
    *answer = (struct prov_upgrade_answer){.size = sizeof *answer};
    prov_str load = target.load;
    if (load.len && provi_str_eq(load, provi_upgrade_running(provi_upgrade_env(upgrade)))) {
        answer->presence = PROV_UPGRADE_PRESENCE_RUNNING;
        return PROV_OK;
    }
    if (provi_upgrade_env(upgrade)->is_freed)
        return provi_fail_cancelled(err);
    prov_status status = provi_host_status(
        upgrade->host.inspect(upgrade->host.ctx, &target, answer, err), "inspect", err);
    answer->version[sizeof answer->version - 1] = '\0';
    answer->etag[sizeof answer->etag - 1] = '\0';
    if (status == PROV_OK && answer->presence > PROV_UPGRADE_PRESENCE_WAIT)
        return provi_fail(err, PROV_E_HOST, "inspect: presence %u is unknown",
                          (unsigned)answer->presence);
    return status;
}

void provi_upgrade_abort(struct provi_upgrade *upgrade)
{
    const struct prov_upgrade_target target = provi_upgrade_target(upgrade, &upgrade->record.image);
    if (upgrade->host.abort && !provi_upgrade_env(upgrade)->is_freed)
        upgrade->host.abort(upgrade->host.ctx, &target);
}

void provi_upgrade_request_reboot(struct provi_upgrade *upgrade)
{
    struct provi_jobs *jobs = upgrade->rule.job.jobs;
    jobs->is_reboot_wanted = true;
    jobs->reboot_cause = PROV_CAUSE_AFTER_UPGRADE;
}

prov_status provi_upgrade_activate(struct provi_upgrade *upgrade, struct prov_error *err)
{
    const struct prov_upgrade_target target = provi_upgrade_target(upgrade, &upgrade->record.image);
    prov_status status = provi_upgrade_save(&upgrade->record, provi_upgrade_env(upgrade), err);
    if (status != PROV_OK)
        return status;
    if (provi_upgrade_env(upgrade)->is_freed)
        return provi_fail_cancelled(err);
    status =
        provi_host_status(upgrade->host.activate(upgrade->host.ctx, &target, err), "activate", err);
    if (status == PROV_OK)
        provi_upgrade_request_reboot(upgrade);
    return status;
}

void provi_upgrade_end_operation(struct provi_upgrade *upgrade)
{
    struct provi_fetcher *fetcher = upgrade->rule.job.jobs->fetcher;
    fetcher->upgst = 0;
    provi_macro_vars_rest(fetcher->env->macro_vars);
    if (upgrade->is_hashing)
        provi_digest_end(&upgrade->digester, &(struct provi_digest){{0}}, NULL);
    upgrade->is_hashing = false;
}
