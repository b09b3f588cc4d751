/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/upgrade_priv.h"

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

static struct provi_upgrade *of(struct provi_job *job)
{
    return (struct provi_upgrade *)job;
}

/* Before the first resync after a boot the rule may be outdated. */
static bool waits(const struct provi_rule_job *job)
{
    const struct provi_upgrade *upgrade = (const struct provi_upgrade *)job;
    bool is_request = job->pending.cause != PROV_CAUSE_NONE;
    uint8_t step = upgrade->record.step;
    return upgrade->is_unresolved || upgrade->is_condemned || step == PROV_UPGRADE_INSTALLED ||
           step == PROV_UPGRADE_TESTING || (!is_request && job->job.jobs->awaits_boot_resync) ||
           provi_deferral_waits(provi_job_env(&job->job), PROV_STAGE_UPGRADE);
}

static prov_status request(struct provi_job *job, struct provi_pending *request,
                           struct prov_error *err)
{
    const struct provi_upgrade *upgrade = of(job);
    if (!provi_upgrade_is_enabled(upgrade))
        return provi_fail(err, PROV_E_POLICY, "Upgrade_Enable is No");
    if (upgrade->record.step == PROV_UPGRADE_INSTALLED)
        return provi_fail(err, PROV_E_STATE, "an image waits for its reboot");
    return provi_rule_job_request(job, request, err);
}

static void check_rule(struct provi_upgrade *upgrade)
{
    struct provi_digest key;
    bool is_empty;
    upgrade->is_notified = false;
    if (upgrade->is_unresolved)
        provi_upgrade_resolve(upgrade);
    if (upgrade->is_waiting)
        upgrade->rule.is_due = true;
    if (provi_upgrade_is_enabled(upgrade) &&
        provi_rule_job_digest(&upgrade->rule, PROVI_LIT(""), &key, &is_empty, NULL) == PROV_OK &&
        !provi_digest_eq(&key, &upgrade->seen_key))
        upgrade->rule.is_due = true;
}

static void process(struct provi_job *job)
{
    struct provi_upgrade *upgrade = of(job);
    provi_upgrade_check_time(upgrade);
    if (upgrade->is_notified)
        check_rule(upgrade);
    provi_rule_job_process(job);
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct provi_upgrade *upgrade = (const struct provi_upgrade *)job;
    int64_t wait_ms = provi_rule_job_timeout_ms(job);
    if (upgrade->is_notified)
        return 0;
    if (upgrade->record.step == PROV_UPGRADE_TESTING && upgrade->confirm_until_ms >= 0)
        wait_ms = provi_timeout_min(
            wait_ms, provi_env_left_ms(provi_job_env(job), upgrade->confirm_until_ms));
    return wait_ms;
}

/* To the boot loader, a reboot would be a failure of the new image. */
static bool holds_reboot(const struct provi_job *job)
{
    const struct provi_upgrade *upgrade = (const struct provi_upgrade *)job;
    return upgrade->record.step == PROV_UPGRADE_TESTING && upgrade->confirm_until_ms >= 0;
}

static void status(struct provi_job *job, struct prov_job_status *out)
{
    struct provi_upgrade *upgrade = of(job);
    provi_upgrade_fill_shown(upgrade);
    uint32_t step = upgrade->shown.step;
    if (upgrade->is_unresolved || step == PROV_UPGRADE_WAITING) {
        out->state = PROV_STATE_WAITING;
        out->waits_for = PROV_WAIT_HOST;
    } else if (step == PROV_UPGRADE_INSTALLED) {
        out->state = PROV_STATE_WAITING;
        out->waits_for = PROV_WAIT_OTHER_JOB; /* the reboot */
    } else if (step == PROV_UPGRADE_TESTING) {
        out->state = PROV_STATE_WAITING;
        out->waits_for = PROV_WAIT_CONFIRMATION;
        out->in_ms = upgrade->shown.in_ms;
    } else if (!provi_job_status_deferred(provi_job_env(job), PROV_STAGE_UPGRADE, out)) {
        provi_rule_job_status(job, out);
    }
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    struct provi_upgrade *upgrade = of(job);
    if (event == PROVI_JOB_BOOT)
        provi_upgrade_boot(upgrade);
    else if (event == PROVI_JOB_BOOTED && upgrade->is_unresolved)
        provi_upgrade_resolve(upgrade);
    else if (event == PROVI_JOB_NOTIFIED)
        upgrade->is_notified = true;
    else if (event == PROVI_JOB_LICENSED)
        upgrade->rule.is_due |= upgrade->is_waiting;
    else if (event == PROVI_JOB_RESYNC_ENDED && upgrade->is_unresolved)
        provi_upgrade_resolve(upgrade);
    if (event == PROVI_JOB_REBOOTS && upgrade->record.step == PROV_UPGRADE_INSTALLED) {
        upgrade->record.is_rebooting = true;
        provi_upgrade_save_or_warn(upgrade);
    }
    provi_rule_job_on_event(job, event);
}

static void cancel(struct provi_job *job)
{
    provi_deferral_end(provi_job_env(job), PROV_STAGE_UPGRADE);
    provi_rule_job_cancel(job);
}

static void free_job(struct provi_job *job)
{
    struct provi_upgrade *upgrade = of(job);
    provi_upgrade_end_operation(upgrade);
    provi_rule_job_clear(&upgrade->rule);
    provi_free(&provi_upgrade_env(upgrade)->alloc, upgrade, sizeof *upgrade);
}

static const struct provi_rule_job_type upgrade_job = {
    .row =
        {
            .name = "upgrade",
            .job = PROV_JOB_UPGRADE,
            .place = PROVI_PLACE_UPGRADE,
            .delays_reboot = true,
            .runs_to_end = true,
            .verb = PROV_VERB_UPGRADE,
            .request = request,
            .on_event = on_event,
            .process = process,
            .timeout_ms = timeout_ms,
            .status = status,
            .is_busy = provi_rule_job_is_busy,
            .holds_reboot = holds_reboot,
            .cancel = cancel,
            .free = free_job,
        },
    .rule_name = PROVI_UPGRADE_RULE,
    .request_name = "upgrade on request",
    .messages = PROVI_MESSAGES("Log_Upgrade_Request_Msg", "", "Log_Upgrade_Failure_Msg"),
    .names_server = true,
    .waits = waits,
    .decide = provi_upgrade_decide,
    .fill_extra = provi_upgrade_fill_extra,
    .begin = provi_upgrade_begin_file,
    .write = provi_upgrade_write,
    .next = provi_upgrade_next_file,
    .accept = provi_upgrade_accept,
    .ended = provi_upgrade_ended,
    .retry_ms = provi_upgrade_retry_ms,
};

static struct provi_upgrade *find_job(struct prov_agent *agent)
{
    return (struct provi_upgrade *)provi_jobs_find(provi_agent_jobs(agent), &upgrade_job.row);
}

prov_status prov_agent_enable_upgrade(prov_agent *agent, const struct prov_upgrade_host *host,
                                      struct prov_error *err)
{
    struct prov_upgrade_host copy;
    if (!agent || !host)
        return provi_fail_invalid(err, agent ? "host" : "agent");
    prov_status status = provi_abi_in(&copy, sizeof copy, host, err);
    if (status != PROV_OK)
        return status;
    if (!copy.inspect || !copy.begin || !copy.write || !copy.finish || !copy.activate)
        return provi_fail_invalid(err,
                                  "host.inspect, begin, write, finish and activate are required");
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job;
    status = provi_jobs_new(jobs, &upgrade_job.row, sizeof(struct provi_upgrade), &job, err);
    if (status != PROV_OK)
        return status;
    struct provi_upgrade *upgrade = (struct provi_upgrade *)job;
    upgrade->host = copy;
    upgrade->confirm_until_ms = -1;
    provi_jobs_insert(jobs, job, &upgrade_job.row);
    return PROV_OK;
}

prov_status prov_agent_confirm_upgrade(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    struct provi_upgrade *upgrade = find_job(agent);
    if (!upgrade)
        return provi_fail(err, PROV_E_UNSUPPORTED, "expected prov_agent_enable_upgrade() before");
    if (upgrade->record.step != PROV_UPGRADE_TESTING || upgrade->is_condemned)
        return PROV_OK;
    struct provi_env *env = provi_upgrade_env(upgrade);
    provi_env_enter(env);
    prov_status status = provi_upgrade_succeed(upgrade, err);
    provi_env_wake(env);
    provi_env_leave(env);
    return status;
}

prov_status prov_agent_upgrade_get(prov_agent *agent, struct prov_upgrade *out)
{
    if (!agent || !out)
        return PROV_E_INVALID;
    struct provi_upgrade *upgrade = find_job(agent);
    if (!upgrade)
        return PROV_E_UNSUPPORTED;
    struct provi_env *env = provi_upgrade_env(upgrade);
    provi_env_enter(env);
    provi_upgrade_fill_shown(upgrade);
    struct prov_upgrade shown = upgrade->shown;
    provi_env_leave(env);
    return provi_abi_out(out, &shown, sizeof shown);
}
