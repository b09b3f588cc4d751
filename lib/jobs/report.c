/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/report.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/attempt.h"
#include "jobs/jobs.h"
#include "jobs/report_body.h"

enum { MAX_IKM = 1024, MAX_METHOD = 8 };

#define RULE "Report_Rule"

/* One target of the rule under way. */
struct report_run {
    struct report_job *job;
    struct provi_attempt attempt;
    struct provi_content content;
    struct provi_fetch_extra extra;
    struct provi_report_body body;
};

struct report_job {
    struct provi_job job;
    struct prov_report_host host;
    struct report_run *run;       /* NULL: none */
    struct provi_pending request; /* the one under way; else all empty */
    struct provi_pending pending; /* the next one */
};

static const struct provi_messages messages = {.failure_text = "Report failed: $ERR"};

static struct report_job *of(struct provi_job *job)
{
    return (struct report_job *)job;
}

static const struct report_job *of_const(const struct provi_job *job)
{
    return (const struct report_job *)job;
}

static struct provi_env *env_of(const struct report_job *job)
{
    return provi_job_env(&job->job);
}

/* What a server returns is not used. */

static prov_status ignore_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx;
    (void)data;
    (void)len;
    (void)err;
    return PROV_OK;
}

static prov_status ignore_end(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

static uint8_t http_method(const struct provi_env *env)
{
    char text[MAX_METHOD];
    size_t len;
    prov_status status =
        provi_param_copy(&env->params, PROVI_LIT("HTTP_Report_Method"), text, sizeof text, &len);
    bool is_put = status == PROV_OK &&
                  provi_str_eq_nocase(provi_str_trim((prov_str){text, len}), PROVI_LIT("PUT"));
    return is_put ? PROV_METHOD_PUT : PROV_METHOD_POST;
}

/* TFTP has no header to name RFC 8188. */
static prov_status choose_encoding(struct report_run *run, const struct prov_rule_target *target,
                                   bool is_http, struct prov_error *err)
{
    struct provi_report_body *body = &run->body;
    struct provi_env *env = body->env;
    body->encodings = 0;
    body->key = target->key;
    run->extra.content_type = PROVI_LIT("text/xml");
    run->extra.content_encoding = PROVI_LIT("");
    if (target->has_key) {
        body->encodings = PROV_ENCODING_AES_CBC;
        run->extra.content_type = PROVI_LIT("application/octet-stream");
        return PROV_OK;
    }
    if (!is_http)
        return PROV_OK;
    prov_status status = provi_param_read(&env->params, PROVI_LIT("IKM_HTTP_Encrypt_Content"),
                                          &env->alloc, &body->ikm);
    if (status != PROV_OK)
        return provi_fail(err, status, "IKM_HTTP_Encrypt_Content cannot be read");
    if (body->ikm.len) {
        body->encodings = PROV_ENCODING_RFC8188;
        run->extra.content_encoding = PROVI_LIT("aes128gcm");
    }
    return PROV_OK;
}

/* A transfer begins, perhaps once more: to the next server, or with credentials. */
static prov_status begin_body(void *ctx, struct prov_error *err)
{
    struct report_run *run = ctx;
    const struct provi_attempt *attempt = &run->attempt;
    struct prov_rule_target target = {.size = sizeof target};
    prov_str server = {attempt->servers.data, provi_str_find(attempt->servers, ',')};
    prov_rule_target_get(attempt->choice.rule, (size_t)attempt->choice.term, attempt->target,
                         &target);
    prov_status status = prov_rule_target_resolve(&target, server, &target, err);
    if (status != PROV_OK)
        return status;
    bool is_http = provi_url_is_http(target.scheme);
    run->extra.method = is_http ? http_method(run->body.env) : PROV_METHOD_PUT;
    run->extra.upload = &run->body.upload;
    status = choose_encoding(run, &target, is_http, err);
    return status == PROV_OK ? provi_report_body_open(&run->body, err) : status;
}

/* Other successes have not stored the report, or not all of it. */
static prov_status check_delivery(void *ctx, struct prov_error *err)
{
    const struct report_run *run = ctx;
    int32_t code = run->attempt.fetch.code;
    if (code == 0 || (code >= 200 && code <= 202) || code == 204)
        return PROV_OK;
    provi_fail(err, PROV_E_SERVER, "HTTP %d: expected 200, 201, 202 or 204", (int)code);
    provi_error_native(err, PROV_ORIGIN_HTTP, code);
    return PROV_E_SERVER;
}

static void discard(struct report_job *job)
{
    struct report_run *run = job->run;
    const struct prov_alloc *alloc = &env_of(job)->alloc;
    if (!run)
        return;
    job->run = NULL;
    job->job.jobs->running = NULL;
    provi_attempt_free(&run->attempt);
    provi_report_body_close(&run->body);
    provi_free(alloc, run, sizeof *run);
    provi_pending_clear(&job->request, alloc);
}

/* The targets of one choice: of the second one, @p choice is the first one's. */
static void start_target(struct report_job *job, const struct provi_choice *choice, size_t target)
{
    struct report_run *run = job->run;
    struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    const struct provi_pending *request = &job->request;
    run->content = (struct provi_content){
        .sink = {.write = ignore_data, .finish = ignore_end, .ctx = run},
        .begin = begin_body,
        .apply = check_delivery,
        .extra = &run->extra,
    };
    run->extra = (struct provi_fetch_extra){
        .limits = fetcher->env->limits, .is_raw = true, .is_encoded = true};
    run->body = (struct provi_report_body){.env = fetcher->env};
    provi_buffer_init(&run->body.ikm, MAX_IKM, true);
    run->attempt = (struct provi_attempt){
        .fetcher = fetcher,
        .job = PROV_JOB_REPORT,
        .messages = &messages,
        .choice = *choice,
        .target = target,
        .rule_number = PROVI_NO_RULE,
        .left_ms = fetcher->env->limits.resync_timeout_ms,
        .uid = provi_secret_str(&request->uid),
        .pwd = provi_secret_str(&request->pwd),
        .servers = request->requester.len ? provi_secret_str(&request->requester)
                                          : provi_dhcp_servers(fetcher),
        .content = &run->content,
    };
    provi_account_begin(fetcher);
    provi_attempt_start(&run->attempt);
}

static void start(struct report_job *job)
{
    const struct prov_alloc *alloc = &env_of(job)->alloc;
    struct report_run *run = provi_alloc_zero(alloc, sizeof *run);
    if (!run)
        return;
    run->job = job;
    job->run = run;
    job->job.jobs->running = &job->job;
    provi_pending_move(&job->request, &job->pending, alloc);
    const prov_str rule = provi_secret_str(&job->request.rule);
    const struct provi_choice choice = {
        .cause = job->request.cause,
        .kind = PROV_RULE_REPORT,
        .rule_name = prov_str_from(rule.len ? "report on request" : RULE),
        .text = rule,
    };
    start_target(job, &choice, 0);
}

/* The next target, whatever became of this one; or the end. */
static void finish_target(struct report_job *job)
{
    struct provi_attempt *attempt = &job->run->attempt;
    struct prov_result result;
    provi_attempt_result(attempt, &result);
    provi_job_ended(&job->job, &result);
    job->job.jobs->is_reboot_wanted |= attempt->needs & PROV_NEEDS_REBOOT;
    const size_t next = attempt->target + 1;
    bool has_next = !attempt->is_cancelled && attempt->choice.term >= 0 &&
                    prov_rule_n_targets(attempt->choice.rule, (size_t)attempt->choice.term) > next;
    if (!has_next) {
        discard(job);
        return;
    }
    const struct provi_choice choice = attempt->choice;
    attempt->choice = (struct provi_choice){0};
    provi_attempt_free(attempt);
    provi_report_body_close(&job->run->body);
    start_target(job, &choice, next);
}

static bool is_time(const struct report_job *job)
{
    return !job->job.jobs->running && job->pending.cause != PROV_CAUSE_NONE;
}

static void process(struct provi_job *base)
{
    struct report_job *job = of(base);
    if (job->run)
        provi_attempt_check_time(&job->run->attempt);
    if (job->run && provi_attempt_is_due(&job->run->attempt))
        provi_attempt_end(&job->run->attempt);
    else if (!job->run && is_time(job))
        start(job);
    while (job->run && job->run->attempt.outcome != PROV_OUTCOME_NONE && !env_of(job)->is_doomed)
        finish_target(job);
}

static int64_t timeout_ms(const struct provi_job *base)
{
    const struct report_job *job = of_const(base);
    if (!job->run)
        return is_time(job) ? 0 : -1;
    const struct provi_attempt *attempt = &job->run->attempt;
    return provi_attempt_is_due(attempt) ? 0 : provi_attempt_timeout_ms(attempt);
}

static bool is_busy(const struct provi_job *job)
{
    return of_const(job)->run || of_const(job)->pending.cause != PROV_CAUSE_NONE;
}

static void status(struct provi_job *base, struct prov_job_status *out)
{
    struct report_job *job = of(base);
    if (job->run) {
        provi_job_status_running(&job->run->attempt, out);
        return;
    }
    if (!is_busy(base))
        return;
    out->state = PROV_STATE_WAITING;
    out->waits_for = base->jobs->running ? PROV_WAIT_OTHER_JOB : PROV_WAIT_TIME;
    out->in_ms = base->jobs->running ? -1 : 0;
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_LINK_LOST && of(job)->run)
        provi_attempt_lose_link(&of(job)->run->attempt);
}

static prov_status request(struct provi_job *job, struct provi_pending *pending,
                           struct prov_error *err)
{
    (void)err;
    provi_pending_move(&of(job)->pending, pending, &provi_job_env(job)->alloc);
    return PROV_OK;
}

static void cancel(struct provi_job *base)
{
    struct report_job *job = of(base);
    provi_pending_clear(&job->pending, &env_of(job)->alloc);
    if (job->run)
        provi_attempt_cancel(&job->run->attempt);
}

static void free_job(struct provi_job *base)
{
    struct report_job *job = of(base);
    const struct prov_alloc *alloc = &env_of(job)->alloc;
    discard(job);
    provi_pending_clear(&job->pending, alloc);
    provi_free(alloc, job, sizeof *job);
}

static const struct provi_job_type report_job = {
    .name = "report",
    .job = PROV_JOB_REPORT,
    .place = PROVI_PLACE_REPORT,
    .delays_reboot = true,
    .runs_to_end = true,
    .verb = PROV_VERB_REPORT,
    .request = request,
    .on_event = on_event,
    .process = process,
    .timeout_ms = timeout_ms,
    .status = status,
    .is_busy = is_busy,
    .cancel = cancel,
    .free = free_job,
};

prov_status prov_agent_enable_report(prov_agent *agent, const struct prov_report_host *host,
                                     struct prov_error *err)
{
    struct prov_report_host copy;
    if (!agent)
        return provi_fail_invalid(err, "agent");
    prov_status status = provi_abi_in(&copy, sizeof copy, host, err);
    if (status != PROV_OK)
        return status;
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_env *env = jobs->fetcher->env;
    if (!env->host.param)
        return provi_fail_invalid(err, "prov_host.param is required");
    status = provi_jobs_may_insert(jobs, &report_job, err);
    if (status != PROV_OK)
        return status;
    struct report_job *job = provi_alloc_zero(&env->alloc, sizeof *job);
    if (!job)
        return provi_fail_nomem(err);
    job->host = copy;
    provi_jobs_insert(jobs, &job->job, &report_job);
    return PROV_OK;
}

void prov_agent_local_change(prov_agent *agent)
{
    prov_agent_notify(agent);
}
