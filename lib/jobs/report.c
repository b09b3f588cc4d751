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
#include "jobs/report_timing.h"

enum {
    MAX_IKM = 1024,
    MAX_METHOD = 8,
    MAX_TARGETS = 2,
    REBOOT_MS = 3600 * 1000, /* wait so long for a reboot that is due, then send the report first */
};

#define RULE "Report_Rule"

/* Records of the deltas for the first and the second target. */
static const char *const delta_names[MAX_TARGETS] = {"reportone", "reporttwo"};

/* A rule under way, and its present target. */
struct report_run {
    struct report_job *job;
    bool has_failed; /* at a target before this one */
    struct provi_attempt attempt;
    struct provi_content content;
    struct provi_fetch_extra extra;
    struct provi_report_body body;
};

struct report_job {
    struct provi_job job;
    struct prov_report_host host;
    struct report_run *run;       /* NULL: none */
    struct provi_pending request; /* the request under way; all empty if there is none */
    struct provi_pending pending; /* the request that waits */
    struct provi_report_timing timing;
    struct provi_buffer deltas[MAX_TARGETS]; /* the records, if the host saves none */
};

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

/* The response's body is not used. */

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
    bool is_put = status == PROV_OK && provi_str_eq((prov_str){text, len}, PROVI_LIT("PUT"));
    return is_put ? PROV_METHOD_PUT : PROV_METHOD_POST;
}

/* TFTP has no header that could name RFC 8188. */
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
    prov_status status = provi_param_read_all(env, "IKM_HTTP_Encrypt_Content", &body->ikm, err);
    if (status != PROV_OK)
        return status;
    if (body->ikm.len) {
        body->encodings = PROV_ENCODING_RFC8188;
        run->extra.content_encoding = PROVI_LIT("aes128gcm");
    }
    return PROV_OK;
}

static void choose_document(struct report_run *run, const struct prov_rule_target *target)
{
    struct report_job *job = run->job;
    struct provi_report_body *body = &run->body;
    body->kind = target->status ? PROVI_REPORT_STATUS : PROVI_REPORT_FULL;
    if (!target->delta)
        return;
    body->kind = PROVI_REPORT_DELTA;
    body->delta.env = body->env;
    body->delta.name = delta_names[run->attempt.target];
    body->delta.kept = &job->deltas[run->attempt.target];
    provi_report_delta_open(&body->delta);
}

/* A transfer begins, perhaps a repeated one: to the next server, or with credentials. */
static prov_status begin_body(void *ctx, struct prov_error *err)
{
    struct report_run *run = ctx;
    struct provi_attempt *attempt = &run->attempt;
    struct prov_rule_target target;
    prov_str server = {attempt->servers.data, provi_str_find(attempt->servers, ',')};
    provi_choice_target(&attempt->choice, attempt->target, &target);
    prov_status status = prov_rule_target_resolve(&target, server, &target, err);
    if (status != PROV_OK)
        return status;
    bool is_http = provi_url_is_http(target.scheme);
    run->extra.method = is_http ? http_method(run->body.env) : PROV_METHOD_PUT;
    run->extra.upload = &run->body.upload;
    choose_document(run, &target);
    status = choose_encoding(run, &target, is_http, err);
    if (status == PROV_OK)
        status = provi_report_body_open(&run->body, err);
    /* A request gets a report even if nothing changed. */
    attempt->is_needless = run->body.kind == PROVI_REPORT_DELTA && run->body.n_values == 0 &&
                           run->job->request.cause == PROV_CAUSE_NONE;
    return status;
}

/* Other successes do not mean that the server stored the whole report. */
static prov_status accept_delivery(void *ctx, struct prov_error *err)
{
    struct report_run *run = ctx;
    int32_t code = run->attempt.fetch.code;
    if (!provi_report_body_is_read(&run->body))
        return provi_fail(err, PROV_E_BUSY,
                          "expected %lld bytes of report, found more: values changed meanwhile",
                          (long long)run->body.upload.length);
    bool is_http = provi_url_is_http(run->attempt.fetch.request.request.scheme);
    if (is_http ? (code >= 200 && code <= 202) || code == 204 : code == 0) {
        if (run->body.kind == PROVI_REPORT_DELTA)
            provi_report_delta_save(&run->body.delta);
        return PROV_OK;
    }
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

/* Start a target of the rule; for the second one, @p choice is that of the first. */
static void start_target(struct report_job *job, const struct provi_choice *choice, size_t target)
{
    struct report_run *run = job->run;
    struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    const struct provi_pending *request = &job->request;
    run->content = (struct provi_content){
        .sink = {.write = ignore_data, .finish = ignore_end, .ctx = run},
        .begin = begin_body,
        .apply = accept_delivery,
        .extra = &run->extra,
    };
    run->extra = (struct provi_fetch_extra){
        .limits = fetcher->env->limits, .is_raw = true, .is_encoded = true};
    run->body = (struct provi_report_body){
        .env = fetcher->env,
        .status = {.jobs = job->job.jobs, .host = &job->host},
    };
    provi_buffer_init(&run->body.ikm, MAX_IKM, true);
    run->attempt = (struct provi_attempt){
        .fetcher = fetcher,
        .job = PROV_JOB_REPORT,
        .messages = PROVI_MESSAGES("", "", "Report failed: $ERR"),
        .choice = *choice,
        .is_assigned = choice->rule,
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

static bool is_rule_empty(const struct report_job *job)
{
    const struct provi_env *env = env_of(job);
    struct prov_param param;
    return provi_param_find(&env->params, PROVI_LIT(RULE), PROV_LAYER_ANY, &param) == PROV_OK &&
           provi_str_trim(param.value).len == 0;
}

/* No memory for a run: a request fails, any other report is retried. */
static void report_no_memory(struct report_job *job, uint32_t cause)
{
    struct prov_error error = {0};
    provi_fail_nomem(&error);
    provi_error_source(&error, PROVI_LIT(RULE));
    provi_env_log(env_of(job), PROV_JOB_REPORT,
                  (struct prov_log_entry){
                      .severity = PROV_SEVERITY_ERROR,
                      .rule = PROVI_LIT(RULE),
                      .text = PROVI_LIT("the report cannot be sent"),
                      .error = &error,
                  });
    if (cause == PROV_CAUSE_NONE)
        return;
    const struct prov_result result = provi_job_result(env_of(job), cause, PROVI_LIT(RULE), &error);
    provi_job_report_end(&job->job, &result);
}

static void start(struct report_job *job)
{
    const struct prov_alloc *alloc = &env_of(job)->alloc;
    const uint32_t cause = job->pending.cause;
    const bool is_request = cause != PROV_CAUSE_NONE;
    provi_pending_move(&job->request, &job->pending, alloc);
    if (!is_request)
        provi_report_timing_start(&job->timing);
    if (!is_request && is_rule_empty(job)) {
        provi_report_timing_end(&job->timing, true);
        return;
    }
    struct report_run *run = provi_alloc_zero(alloc, sizeof *run);
    if (!run) {
        provi_pending_clear(&job->request, alloc);
        if (!is_request)
            provi_report_timing_end(&job->timing, false);
        report_no_memory(job, cause);
        return;
    }
    run->job = job;
    job->run = run;
    job->job.jobs->running = &job->job;
    const prov_str rule = provi_secret_str(&job->request.rule);
    const struct provi_choice choice = {
        .cause = job->request.cause,
        .kind = PROV_RULE_KIND_REPORT,
        .rule_name = prov_str_from(rule.len ? "report on request" : RULE),
        .text = rule,
    };
    start_target(job, &choice, 0);
}

static void end_run(struct report_job *job)
{
    bool is_request = job->request.cause != PROV_CAUSE_NONE;
    bool is_delivered = !job->run->has_failed;
    discard(job);
    if (!is_request)
        provi_report_timing_end(&job->timing, is_delivered);
}

/* Go on to the next target, whether or not this one failed, or end the run. */
static void finish_target(struct report_job *job)
{
    struct report_run *run = job->run;
    struct provi_attempt *attempt = &run->attempt;
    struct prov_result result;
    provi_attempt_result(attempt, &result);
    provi_job_ended(&job->job, &result);
    job->job.jobs->is_reboot_wanted |= attempt->needs & PROV_NEEDS_REBOOT;
    run->has_failed |= attempt->outcome == PROV_OUTCOME_FAILED || attempt->is_cancelled;
    const size_t next = attempt->target + 1;
    struct prov_rule_target target;
    if (attempt->is_cancelled || !provi_choice_target(&attempt->choice, next, &target)) {
        end_run(job);
        return;
    }
    const struct provi_choice choice = attempt->choice;
    attempt->choice = (struct provi_choice){0};
    provi_attempt_free(attempt);
    provi_report_body_close(&run->body);
    start_target(job, &choice, next);
}

/* Milliseconds until a report without a request. After a reboot that is imminent, it is read
 * anew. */
static int64_t left_ms(const struct report_job *job)
{
    int64_t left_ms = provi_report_timing_left_ms(&job->timing);
    return left_ms >= 0 && job->job.jobs->is_reboot_wanted
               ? provi_env_left_ms(env_of(job), job->timing.due_ms + REBOOT_MS)
               : left_ms;
}

static bool is_due(const struct report_job *job)
{
    return job->pending.cause != PROV_CAUSE_NONE || left_ms(job) == 0;
}

static bool is_time(const struct report_job *job)
{
    return !job->job.jobs->running && is_due(job);
}

static void process(struct provi_job *base)
{
    struct report_job *job = of(base);
    provi_report_timing_update(&job->timing);
    if (!base->jobs->is_reboot_wanted) /* otherwise the report is late without having slept */
        provi_report_timing_delay(&job->timing);
    if (job->run)
        provi_attempt_check_time(&job->run->attempt);
    if (job->run && provi_attempt_is_due(&job->run->attempt))
        provi_attempt_end(&job->run->attempt);
    else if (!job->run && is_time(job))
        start(job);
    while (job->run && job->run->attempt.outcome != PROV_OUTCOME_NONE && !env_of(job)->is_freed)
        finish_target(job);
}

static int64_t timeout_ms(const struct provi_job *base)
{
    const struct report_job *job = of_const(base);
    int64_t wait_ms = -1;
    if (job->run)
        wait_ms = provi_attempt_due_ms(&job->run->attempt);
    else if (is_time(job))
        wait_ms = 0;
    else if (!base->jobs->running)
        wait_ms = left_ms(job);
    return provi_timeout_min(wait_ms, provi_report_timing_read_ms(&job->timing));
}

static bool is_busy(const struct provi_job *job)
{
    return of_const(job)->run || is_due(of_const(job));
}

static void status(struct provi_job *base, struct prov_job_status *out)
{
    struct report_job *job = of(base);
    if (job->run) {
        provi_job_status_running(&job->run->attempt, out);
        return;
    }
    out->in_ms = is_due(job) ? 0 : left_ms(job);
    if (out->in_ms < 0)
        return;
    out->state = PROV_STATE_WAITING;
    out->waits_for = PROV_WAIT_TIME;
    if (out->in_ms == 0 && base->jobs->running) {
        out->waits_for = PROV_WAIT_OTHER_JOB;
        out->in_ms = -1;
    } else if (out->in_ms > 0 && job->timing.n_failed && env_of(job)->is_link_lost) {
        out->waits_for = PROV_WAIT_NETWORK;
    }
}

static void on_event(struct provi_job *base, enum provi_job_event event)
{
    struct report_job *job = of(base);
    if (event == PROVI_JOB_BOOT)
        provi_report_timing_boot(&job->timing);
    else if (event == PROVI_JOB_NOTIFIED)
        job->timing.is_stale = true;
    else if (event == PROVI_JOB_RESYNC_ENDED)
        provi_report_timing_resync(&job->timing);
    else if (event == PROVI_JOB_LINK_LOST && job->run)
        provi_attempt_lose_link(&job->run->attempt);
    else if (event == PROVI_JOB_LINK_BACK)
        provi_report_timing_hurry(&job->timing);
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
    if (job->run) {
        provi_attempt_cancel(&job->run->attempt);
    } else if (left_ms(job) == 0) {
        provi_report_timing_start(&job->timing);
        provi_report_timing_end(&job->timing, false);
    }
}

static void free_job(struct provi_job *base)
{
    struct report_job *job = of(base);
    const struct prov_alloc *alloc = &env_of(job)->alloc;
    discard(job);
    provi_pending_clear(&job->pending, alloc);
    for (size_t i = 0; i < MAX_TARGETS; i++)
        provi_buffer_free(&job->deltas[i], alloc);
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
    struct provi_job *job;
    status = provi_jobs_new(jobs, &report_job, sizeof(struct report_job), &job, err);
    if (status != PROV_OK)
        return status;
    struct report_job *report = (struct report_job *)job;
    report->host = copy;
    report->timing.env = env;
    provi_jobs_insert(jobs, job, &report_job);
    return PROV_OK;
}

void prov_agent_record_local_change(prov_agent *agent)
{
    if (!agent)
        return;
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_env *env = jobs->fetcher->env;
    provi_env_enter(env);
    struct provi_job *job = provi_jobs_find(jobs, &report_job);
    prov_agent_notify(agent);
    if (job)
        provi_report_timing_change(&of(job)->timing);
    provi_env_leave(env);
}
