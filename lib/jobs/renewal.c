/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/renewal.h>

#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "fetch/log.h"
#include "jobs/job_values.h"
#include "jobs/renewal_status.h"
#include "jobs/rule_job.h"
#include "tls/renewal.h"

enum {
    MAX_REQUEST_BYTES = 32 * 1024,
    HOUR_S = 3600,
    DAY_S = 86400,
    WINDOW_DAYS = 90, /* before the end; or the last third of the validity, if shorter */
};

#define RULE "MIC_Cert_Refresh_Rule"
#define STATUS "MIC_Cert_Provisioning_Status"
#define INFO "MIC_Cert_Info"
#define PATH "/.well-known/est/simplereenroll" /* RFC 7030, section 3.2.2 */

struct renewal {
    struct provi_rule_job rule;
    struct prov_renewal_host host;
    bool has_tried; /* the rule of `tried` failed, or the server set a later time */
    struct provi_digest tried;
    struct provi_digest next_tried; /* the same, of the attempt under way */
    struct provi_buffer request;    /* base64; empty: not made yet */
    bool is_pending;                /* the server returned 202: repeat the same request */
    int64_t pending_s;              /* when to repeat it; -1: the server gave no time */
    bool is_empty;                  /* the response was empty */
    bool has_host_fault;            /* `install` failed */
    char issuer[PROVI_RENEWAL_NAME_CAP];
};

static struct renewal *of(struct provi_rule_job *job)
{
    return (struct renewal *)job;
}

static struct provi_env *env_of(const struct renewal *renewal)
{
    return provi_job_env(&renewal->rule.job);
}

static prov_status fail_missing(struct prov_error *err)
{
    return provi_fail_invalid(err, "present: expected a certificate, with `size`");
}

/* Open the host's present certificate and key; @p ca_pem is borrowed until the next callback. */
static prov_status open_present(struct renewal *renewal, struct provi_renewal **out,
                                prov_str *ca_pem, struct prov_error *err)
{
    struct provi_env *env = env_of(renewal);
    struct prov_renewal_present present = {.size = sizeof present};
    struct prov_client_certificate certificate;
    *out = NULL;
    *ca_pem = (prov_str){NULL, 0};
    if (env->is_freed)
        return provi_fail_cancelled(err);
    prov_status status =
        provi_host_status(renewal->host.present(renewal->host.ctx, &present, err), "present", err);
    if (env->is_freed)
        return provi_fail_cancelled(err);
    if (status == PROV_OK && (!present.certificate || !provi_str_is_sound(present.ca_pem)))
        status = fail_missing(err);
    if (status == PROV_OK)
        status = provi_abi_in(&certificate, sizeof certificate, present.certificate, err);
    if (status == PROV_OK)
        status = provi_renewal_open(out, &env->alloc, &certificate, err);
    *ca_pem = present.ca_pem;
    return status;
}

/* When to renew: different for each device, in the first three quarters of the window; the rest
 * remains for retries. False: the dates cannot be read. */
static bool find_due_s(const struct renewal *renewal, const struct provi_renewal *present,
                       int64_t *due_s)
{
    int64_t from_s, to_s;
    if (!provi_renewal_dates(present, &from_s, &to_s))
        return false;
    int64_t window_s = (to_s - from_s) / 3;
    if (window_s > (int64_t)WINDOW_DAYS * DAY_S)
        window_s = (int64_t)WINDOW_DAYS * DAY_S;
    if (window_s < 0) /* the certificate ends before it begins */
        window_s = 0;
    uint64_t part = env_of(renewal)->seed * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    *due_s = to_s - window_s + (int64_t)((uint64_t)(window_s / 4 * 3) * part >> 32);
    return true;
}

/* Check again within a day, since clocks are set. */
static void plan_check(struct renewal *renewal, int64_t left_s)
{
    provi_rule_job_plan(&renewal->rule, (left_s < DAY_S ? left_s : DAY_S) * 1000);
}

static prov_status make_request(struct renewal *renewal, const struct provi_renewal *present,
                                struct prov_error *err)
{
    if (renewal->is_pending)
        return PROV_OK;
    provi_buffer_reset(&renewal->request);
    return provi_renewal_request(present, &renewal->request, err);
}

static prov_status start(struct renewal *renewal, const struct provi_renewal *present,
                         struct prov_error *err)
{
    renewal->has_tried = renewal->is_empty = renewal->has_host_fault = false;
    provi_renewal_issuer(present, renewal->issuer);
    prov_status status = make_request(renewal, present, err);
    renewal->is_pending = false;
    return status == PROV_OK ? provi_rule_job_fetch(&renewal->rule, err) : status;
}

/* The clock is set: renew if it is time, otherwise plan the next check. */
static prov_status consider(struct renewal *renewal, int64_t now_s, struct prov_error *err)
{
    struct provi_renewal *present;
    prov_str ca_pem;
    bool is_request = renewal->rule.request.cause != PROV_CAUSE_NONE;
    prov_status status = open_present(renewal, &present, &ca_pem, err);
    if (status != PROV_OK)
        return status;
    int64_t due_s;
    if (!find_due_s(renewal, present, &due_s))
        status = provi_fail_nomem(err);
    else if (due_s > now_s && !is_request && !renewal->is_pending)
        plan_check(renewal, due_s - now_s);
    else
        status = start(renewal, present, err);
    provi_renewal_close(present);
    return status;
}

static prov_status read_settings(struct renewal *renewal, bool *is_wanted, struct prov_error *err)
{
    struct provi_env *env = env_of(renewal);
    bool is_empty = true;
    prov_status status = provi_settings_enabled(env, is_wanted);
    *is_wanted = *is_wanted && provi_param_bool(&env->params, "MIC_Cert_Refresh_Enable");
    if (status == PROV_OK && *is_wanted)
        status = provi_rule_job_digest(&renewal->rule, PROVI_LIT(""), &renewal->next_tried,
                                       &is_empty, err);
    *is_wanted = *is_wanted && !is_empty;
    return status;
}

static prov_status decide(struct provi_rule_job *job, struct prov_error *err)
{
    struct renewal *renewal = of(job);
    bool is_request = job->request.cause != PROV_CAUSE_NONE;
    bool is_wanted = is_request;
    int64_t now_s;
    int32_t offset_s;
    prov_status status = is_request ? PROV_OK : read_settings(renewal, &is_wanted, err);
    renewal->is_pending &= is_wanted || status != PROV_OK;
    if (status != PROV_OK || !is_wanted)
        return status;
    bool is_same = renewal->has_tried && provi_digest_eq(&renewal->tried, &renewal->next_tried);
    if (!is_request && is_same && provi_rule_job_waits(job))
        return PROV_OK;
    if (provi_env_wall(env_of(renewal), &now_s, &offset_s))
        return consider(renewal, now_s, err);
    if (is_request)
        return provi_fail(err, PROV_E_STATE, "the clock is not set: dates cannot be checked");
    plan_check(renewal, HOUR_S);
    return PROV_OK;
}

static void fill_extra(struct provi_rule_job *job, struct provi_fetch_extra *extra)
{
    struct renewal *renewal = of(job);
    extra->method = PROV_METHOD_POST;
    extra->body = provi_buffer_str(&renewal->request);
    extra->content_type = PROVI_LIT("application/pkcs10");
    extra->path = PROVI_LIT(PATH);
    extra->is_http = true;
    extra->is_raw = true;
}

static prov_status install(struct renewal *renewal, prov_str pem, struct prov_error *err)
{
    if (env_of(renewal)->is_freed)
        return provi_fail_cancelled(err);
    prov_status status =
        provi_host_status(renewal->host.install(renewal->host.ctx, pem, err), "install", err);
    renewal->has_host_fault = status != PROV_OK;
    if (status == PROV_OK)
        renewal->rule.job.jobs->is_reboot_wanted = true;
    return status;
}

/* Compare the new certificate with the one that the host has now, which may have changed. */
static prov_status check_and_install(struct renewal *renewal, prov_str answer,
                                     struct prov_error *err)
{
    struct provi_env *env = env_of(renewal);
    struct provi_renewal *present;
    struct provi_buffer pem;
    prov_str ca_pem;
    char issuer[PROVI_RENEWAL_NAME_CAP];
    prov_status status = open_present(renewal, &present, &ca_pem, err);
    provi_buffer_init(&pem, 2 * PROVI_RENEWAL_MAX_BYTES, false);
    if (status == PROV_OK)
        status =
            provi_renewal_check(present, answer, ca_pem, provi_env_wall_s(env), &pem, issuer, err);
    provi_renewal_close(present);
    if (status == PROV_OK)
        status = install(renewal, provi_buffer_str(&pem), err);
    if (status == PROV_OK)
        memcpy(renewal->issuer, issuer, sizeof issuer);
    provi_buffer_free(&pem, &env->alloc);
    return status;
}

static prov_status accept_answer(struct provi_rule_job *job, prov_str answer,
                                 struct prov_error *err)
{
    struct renewal *renewal = of(job);
    const struct provi_fetch *fetch = provi_rule_job_transfer(job);
    renewal->is_pending = job->is_unchanged = fetch->code == 202;
    renewal->pending_s = fetch->retry_after_s;
    renewal->is_empty = answer.len == 0;
    if (renewal->is_pending)
        return PROV_OK;
    if (renewal->is_empty)
        return provi_fail(err, PROV_E_CORRUPT, "the answer is empty");
    return check_and_install(renewal, answer, err);
}

static int64_t retry_ms(struct provi_rule_job *job, uint32_t n_failed)
{
    struct provi_env *env = provi_job_env(&job->job);
    int64_t delay_ms = provi_settings_retry_ms(env, n_failed, provi_env_entropy(env));
    return delay_ms < 0 ? (int64_t)DAY_S * 1000 : delay_ms;
}

/* Delay by a day at most: a server must not be able to delay the renewal past the end of the
 * certificate. */
static void plan_same_request(struct renewal *renewal)
{
    plan_check(renewal, renewal->pending_s < 0 ? HOUR_S : renewal->pending_s);
    renewal->has_tried = true;
}

static void ended(struct provi_rule_job *job, const struct prov_result *result)
{
    struct renewal *renewal = of(job);
    char text[PROVI_RENEWAL_STATUS_CAP] = "";
    renewal->tried = renewal->next_tried;
    renewal->has_tried = result->outcome == PROV_OUTCOME_FAILED;
    renewal->is_pending &= job->request.rule.len == 0; /* the rule of a request gets one attempt */
    if (renewal->is_pending)
        plan_same_request(renewal);
    else if (result->outcome == PROV_OUTCOME_APPLIED)
        snprintf(text, sizeof text, "Download Successful");
    else if (result->outcome == PROV_OUTCOME_FAILED)
        provi_renewal_status(result, renewal->is_empty, renewal->has_host_fault, text);
    if (result->outcome != PROV_OUTCOME_FAILED && !renewal->is_pending)
        plan_check(renewal, DAY_S);
    const struct provi_job_value issuer = {INFO, renewal->issuer};
    if (text[0])
        provi_job_store_line(&job->job, RULE, STATUS, "", result->url, text, &issuer);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_BOOT)
        ((struct renewal *)job)->rule.is_due = true;
    provi_rule_job_on_event(job, event);
}

static bool field(const struct provi_job *job, size_t index, struct provi_status_field *out)
{
    if (index < 2)
        provi_job_show(job, "MIC_Cert_Refresh_Status", index ? INFO : STATUS, out);
    return index < 2;
}

static void free_job(struct provi_job *job)
{
    struct renewal *renewal = (struct renewal *)job;
    provi_rule_job_clear(&renewal->rule);
    provi_buffer_free(&renewal->request, &env_of(renewal)->alloc);
    provi_free(&env_of(renewal)->alloc, renewal, sizeof *renewal);
}

static const struct provi_rule_job_type renewal_job = {
    .row =
        {
            .name = "renewal",
            .job = PROV_JOB_RENEWAL,
            .place = PROVI_PLACE_RENEWAL,
            .delays_reboot = true,
            .verb = PROV_VERB_RENEW,
            .request = provi_rule_job_request,
            .on_event = on_event,
            .process = provi_rule_job_process,
            .timeout_ms = provi_rule_job_timeout_ms,
            .status = provi_rule_job_status,
            .field = field,
            .is_busy = provi_rule_job_is_busy,
            .cancel = provi_rule_job_cancel,
            .free = free_job,
        },
    .rule_name = RULE,
    .request_name = "certificate renewal on request",
    .messages = PROVI_MESSAGES("$PN $MAC Requesting certificate renewal " PROVI_MESSAGE_URL,
                               "$PN $MAC Certificate renewal answered",
                               "$PN $MAC Certificate renewal failed: $ERR"),
    .max_bytes = PROVI_RENEWAL_MAX_BYTES,
    .may_be_empty = true,
    .may_be_202 = true,
    .decide = decide,
    .fill_extra = fill_extra,
    .accept = accept_answer,
    .ended = ended,
    .retry_ms = retry_ms,
};

prov_status prov_agent_enable_renewal(prov_agent *agent, const struct prov_renewal_host *host,
                                      struct prov_error *err)
{
    struct prov_renewal_host copy;
    if (!agent || !host)
        return provi_fail_invalid(err, agent ? "host" : "agent");
    prov_status status = provi_abi_in(&copy, sizeof copy, host, err);
    if (status != PROV_OK)
        return status;
    if (!copy.present || !copy.install)
        return provi_fail_invalid(err, "host.present and install are required");
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job;
    status = provi_jobs_new(jobs, &renewal_job.row, sizeof(struct renewal), &job, err);
    if (status != PROV_OK)
        return status;
    struct renewal *renewal = (struct renewal *)job;
    renewal->host = copy;
    provi_buffer_init(&renewal->request, MAX_REQUEST_BYTES, false);
    provi_jobs_insert(jobs, job, &renewal_job.row);
    return PROV_OK;
}
