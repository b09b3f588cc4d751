/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/custom_ca.h>

#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "env/param.h"
#include "fetch/log.h"
#include "jobs/job_values.h"
#include "jobs/rule_job.h"
#include "persist/save.h"

enum {
    MAX_PEM_BYTES = 64 * 1024,
    MAX_NAME = 128,
    STATUS_CAP = 64,
};

#define RULE "Custom_CA_Rule"
#define STATUS "Custom_CA_Provisioning_Status"
#define SUCCEEDED "Last provisioning succeeded"
#define FAILED "Last provisioning failed"
#define NOT_INSTALLED "Not Installed"

static const char record_name[] = "customca";
static const char record_mark[] = "PVA1";

/* The certificates that the host uses, as far as the agent installed them. */
enum trust {
    TRUST_NONE,
    TRUST_INSTALLED, /* those fetched by the rule of `source` */
    TRUST_UNKNOWN,   /* the host failed to install committed ones, or the record is lost */
};

struct custom_ca {
    struct provi_rule_job rule;
    struct prov_custom_ca_host host;
    enum trust trust;
    struct provi_digest source;      /* of Custom_CA_Rule, as expanded */
    struct provi_digest next_source; /* the same, of the fetch under way */
    char status[STATUS_CAP];         /* of their fetch, for the parameter; empty: none */
    bool shows_failure;   /* the parameter may have the failure of another rule instead */
    prov_str pem_to_save; /* saved in the current transaction */
};

static struct provi_env *env_of(const struct custom_ca *ca)
{
    return provi_job_env(&ca->rule.job);
}

/* `Last provisioning succeeded on mm/dd/yyyy HH:MM:SS`, local time; without a clock no time. */
static void write_status(const struct provi_env *env, bool has_succeeded, char buf[STATUS_CAP])
{
    char date[PROVI_JOB_DATE_CAP];
    provi_job_write_date(env, date);
    snprintf(buf, STATUS_CAP, "%s%s%s", has_succeeded ? SUCCEEDED : FAILED, date[0] ? " on " : "",
             date);
}

/* Write the read-only parameters and the record in one transaction.
 *
 * @param info  NULL: unchanged.
 * @param save  NULL: no record.
 */
static prov_status update_store(struct custom_ca *ca, const char *status_text, const char *info,
                                prov_status (*save)(void *, struct prov_error *),
                                struct prov_error *err)
{
    const struct provi_job_value values[] = {
        {STATUS, status_text},
        {"Custom_CA_Info", info},
    };
    const struct provi_job_record record = {save, ca};
    return provi_job_store(&ca->rule.job, RULE, values, PROVI_LEN(values), &record, err);
}

static prov_status save_pem(void *ctx, struct prov_error *err)
{
    const struct custom_ca *ca = ctx;
    struct provi_record record;
    provi_save_begin(&record, env_of(ca), record_mark);
    provi_save_digest(&record, &ca->next_source);
    provi_record_text(&record, ca->pem_to_save);
    return provi_save_end(&record, env_of(ca), record_name, err);
}

static prov_status erase_pem(void *ctx, struct prov_error *err)
{
    return provi_save_erase(env_of(ctx), record_name, err);
}

/* A name for a parameter: blanks at its ends are removed, characters that are not plain text become
 * `?`, and it is never empty. */
static const char *clean_name(char *name)
{
    prov_str trimmed = provi_str_trim(prov_str_from(name));
    memmove(name, trimmed.data, trimmed.len);
    name[trimmed.len] = '\0';
    for (char *at = name; *at; at++)
        if (*at < 0x20 || *at > 0x7e)
            *at = '?';
    return name[0] ? name : "unnamed";
}

static prov_status check(struct custom_ca *ca, prov_str pem, char *name, struct prov_error *err)
{
    name[0] = '\0';
    prov_status status = ca->host.check(ca->host.ctx, pem, name, MAX_NAME, err);
    name[MAX_NAME - 1] = '\0';
    return provi_host_status(status, "check", err);
}

/* After the commit the new certificates apply; if the host fails to install them, retry. */
static prov_status install(struct custom_ca *ca, prov_str pem, struct prov_error *err)
{
    ca->trust = TRUST_UNKNOWN;
    if (env_of(ca)->is_freed)
        return PROV_E_CANCELLED;
    prov_status status =
        provi_host_status(ca->host.install(ca->host.ctx, pem, err), "install", err);
    if (status == PROV_OK)
        ca->trust = pem.len ? TRUST_INSTALLED : TRUST_NONE;
    return status;
}

/* The host checks before the commit and installs after it: a failed commit changes nothing. */
static prov_status accept_pem(struct provi_rule_job *job, prov_str pem, struct prov_error *err)
{
    struct custom_ca *ca = (struct custom_ca *)job;
    char name[MAX_NAME], text[STATUS_CAP];
    prov_status status = check(ca, pem, name, err);
    if (status != PROV_OK)
        return status;
    write_status(env_of(ca), true, text);
    ca->pem_to_save = pem;
    status = update_store(ca, text, clean_name(name), save_pem, err);
    if (status != PROV_OK)
        return status;
    ca->source = ca->next_source;
    snprintf(ca->status, sizeof ca->status, "%s", text);
    return install(ca, pem, err);
}

static prov_status remove_pem(struct custom_ca *ca, struct prov_error *err)
{
    prov_status status = update_store(ca, "", NOT_INSTALLED, erase_pem, err);
    if (status != PROV_OK)
        return status;
    ca->status[0] = '\0';
    return install(ca, PROVI_LIT(""), err);
}

/* The rule is again the one that was carried out before another one failed. */
static prov_status restore_status(struct custom_ca *ca, struct prov_error *err)
{
    prov_status status =
        ca->shows_failure ? update_store(ca, ca->status, NULL, NULL, err) : PROV_OK;
    if (status == PROV_OK)
        ca->shows_failure = false;
    return status;
}

/* If the stored status is a failure, the date of the success is not known any more. */
static void recall_status(struct custom_ca *ca)
{
    size_t len;
    prov_status status = provi_param_copy_stored(&env_of(ca)->params, PROVI_LIT(STATUS), ca->status,
                                                 sizeof ca->status, &len);
    ca->shows_failure =
        status == PROV_OK && provi_str_starts((prov_str){ca->status, len}, PROVI_LIT(FAILED));
    if (status != PROV_OK || ca->shows_failure)
        snprintf(ca->status, sizeof ca->status, SUCCEEDED);
}

static void boot(struct custom_ca *ca)
{
    struct provi_reading reading;
    struct prov_error error = {0};
    struct provi_env *env = env_of(ca);
    if (!provi_load(&reading, env, record_name, record_mark)) {
        ca->trust = reading.is_short ? TRUST_UNKNOWN : TRUST_NONE;
        return;
    }
    provi_load_digest(&reading, &ca->source);
    prov_str pem = provi_reading_text(&reading);
    if (reading.is_short)
        provi_fail(&error, PROV_E_TRUNCATED, "the saved record ends early");
    else
        install(ca, pem, &error);
    provi_load_end(&reading, env);
    if (ca->trust == TRUST_INSTALLED) {
        recall_status(ca);
        return;
    }
    ca->trust = TRUST_UNKNOWN;
    provi_load_warn(env, record_name, &error);
}

/* Whether the host uses what Custom_CA_Rule names. */
static bool is_in_force(const struct custom_ca *ca, bool is_empty)
{
    return ca->trust == TRUST_NONE
               ? is_empty
               : ca->trust == TRUST_INSTALLED && provi_digest_eq(&ca->source, &ca->next_source);
}

/* A request is carried out even with Provision_Enable No or an unchanged rule. */
static prov_status decide(struct provi_rule_job *job, struct prov_error *err)
{
    struct custom_ca *ca = (struct custom_ca *)job;
    bool is_request = job->request.cause != PROV_CAUSE_NONE;
    bool is_enabled = true;
    bool is_empty;
    prov_status status = is_request ? PROV_OK : provi_settings_enabled(env_of(ca), &is_enabled);
    if (status == PROV_OK && is_enabled)
        status = provi_rule_job_digest(job, PROVI_LIT(""), &ca->next_source, &is_empty, err);
    if (status != PROV_OK || !is_enabled)
        return status;
    if (job->request.rule.len)
        return provi_rule_job_fetch(job, err);
    if (is_in_force(ca, is_empty) && (is_empty || !is_request))
        return restore_status(ca, err);
    return is_empty ? remove_pem(ca, err) : provi_rule_job_fetch(job, err);
}

/* After a failure the installed certificates remain in use. */
static void ended(struct provi_rule_job *job, const struct prov_result *result)
{
    struct custom_ca *ca = (struct custom_ca *)job;
    char text[STATUS_CAP];
    if (result->outcome != PROV_OUTCOME_FAILED)
        return;
    ca->shows_failure = !is_in_force(ca, false);
    write_status(env_of(ca), false, text);
    update_store(ca, text, NULL, NULL, NULL);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_BOOT)
        boot((struct custom_ca *)job);
    provi_rule_job_on_event(job, event);
}

static void free_job(struct provi_job *job)
{
    struct custom_ca *ca = (struct custom_ca *)job;
    provi_rule_job_clear(&ca->rule);
    provi_free(&env_of(ca)->alloc, ca, sizeof *ca);
}

static const struct provi_rule_job_type custom_ca_job = {
    .row =
        {
            .name = "custom CA",
            .job = PROV_JOB_CUSTOM_CA,
            .place = PROVI_PLACE_CUSTOM_CA,
            .delays_reboot = true,
            .verb = PROV_VERB_UPDATE_CA,
            .request = provi_rule_job_request,
            .on_event = on_event,
            .process = provi_rule_job_process,
            .timeout_ms = provi_rule_job_timeout_ms,
            .status = provi_rule_job_status,
            .is_busy = provi_rule_job_is_busy,
            .cancel = provi_rule_job_cancel,
            .free = free_job,
        },
    .rule_name = RULE,
    .request_name = "custom CA on request",
    .messages = PROVI_MESSAGES("$PN $MAC Requesting custom CA " PROVI_MESSAGE_URL,
                               "$PN $MAC Custom CA received " PROVI_MESSAGE_URL,
                               "$PN $MAC Custom CA failed: $ERR"),
    .max_bytes = MAX_PEM_BYTES,
    .decide = decide,
    .accept = accept_pem,
    .ended = ended,
};

prov_status prov_agent_enable_custom_ca(prov_agent *agent, const struct prov_custom_ca_host *host,
                                        struct prov_error *err)
{
    struct prov_custom_ca_host copy;
    if (!agent || !host)
        return provi_fail_invalid(err, agent ? "host" : "agent");
    prov_status status = provi_abi_in(&copy, sizeof copy, host, err);
    if (status != PROV_OK)
        return status;
    if (!copy.check || !copy.install)
        return provi_fail_invalid(err, "host.check and install are required");
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job;
    status = provi_jobs_new(jobs, &custom_ca_job.row, sizeof(struct custom_ca), &job, err);
    if (status != PROV_OK)
        return status;
    struct custom_ca *ca = (struct custom_ca *)job;
    ca->host = copy;
    provi_jobs_insert(jobs, job, &custom_ca_job.row);
    return PROV_OK;
}
