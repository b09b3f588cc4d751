/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/rule_job.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* One rule under way. */
struct provi_rule_run {
    struct provi_rule_job *job;
    struct provi_attempt attempt;
    struct provi_content content;
    struct provi_fetch_extra extra;
    struct provi_buffer file;
};

static struct provi_rule_job *of(struct provi_job *job)
{
    return (struct provi_rule_job *)job;
}

static const struct provi_rule_job *of_const(const struct provi_job *job)
{
    return (const struct provi_rule_job *)job;
}

static const struct provi_rule_job_type *type_of(const struct provi_rule_job *job)
{
    return (const struct provi_rule_job_type *)job->job.type;
}

static struct provi_env *env_of(const struct provi_rule_job *job)
{
    return provi_job_env(&job->job);
}

/* The host must not be called after it cancelled the job, as prov_agent_free() does too. */
static bool is_over(const struct provi_rule_job *job)
{
    return job->run->attempt.is_cancelled;
}

static prov_status begin_file(void *ctx, struct prov_error *err)
{
    (void)err;
    provi_buffer_reset(&((struct provi_rule_run *)ctx)->file);
    return PROV_OK;
}

static prov_status begin_stream(void *ctx, uint64_t offset, struct prov_error *err)
{
    struct provi_rule_job *job = ((struct provi_rule_run *)ctx)->job;
    return is_over(job) ? provi_fail_cancelled(err) : type_of(job)->begin(job, offset, err);
}

static bool next_file(void *ctx, prov_str *name)
{
    struct provi_rule_run *run = ctx;
    run->extra.offset = 0; /* an offset applies to the first file only */
    run->extra.etag = PROVI_LIT("");
    return type_of(run->job)->next(run->job, name);
}

static prov_status write_file(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_rule_run *run = ctx;
    if (type_of(run->job)->write)
        return is_over(run->job) ? provi_fail_cancelled(err)
                                 : type_of(run->job)->write(run->job, data, len, err);
    prov_status status = provi_buffer_add(&run->file, &env_of(run->job)->alloc, data, len);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "expected at most %zu bytes for %s",
                          type_of(run->job)->max_bytes, type_of(run->job)->rule_name);
    return status == PROV_OK ? status : provi_fail_nomem(err);
}

static prov_status finish_file(void *ctx, struct prov_error *err)
{
    const struct provi_rule_run *run = ctx;
    const struct provi_fetch *fetch = &run->attempt.fetch;
    return fetch->n_bytes || fetch->offset || type_of(run->job)->may_be_empty
               ? PROV_OK
               : provi_fail(err, PROV_E_CORRUPT, "the file is empty");
}

static prov_status accept_file(void *ctx, struct prov_error *err)
{
    struct provi_rule_run *run = ctx;
    struct provi_rule_job *job = run->job;
    if (run->attempt.fetch.code == 202 && !type_of(job)->may_be_202) { /* no file yet */
        provi_fail(err, PROV_E_SERVER, "HTTP 202: expected 200");
        provi_error_native(err, PROV_ORIGIN_HTTP, 202);
        return PROV_E_SERVER;
    }
    job->is_unchanged = false;
    prov_status status = type_of(job)->accept(job, provi_buffer_str(&run->file), err);
    run->content.is_unchanged = job->is_unchanged;
    return status;
}

static void discard(struct provi_rule_job *job)
{
    struct provi_rule_run *run = job->run;
    if (!run)
        return;
    const struct prov_alloc *alloc = &env_of(job)->alloc;
    job->run = NULL;
    job->job.jobs->running = NULL;
    provi_attempt_free(&run->attempt);
    provi_buffer_free(&run->file, alloc);
    provi_free(alloc, run, sizeof *run);
    provi_pending_clear(&job->request, alloc);
}

struct provi_choice provi_rule_job_choice(const struct provi_rule_job *job)
{
    const struct provi_rule_job_type *type = type_of(job);
    return (struct provi_choice){
        .cause = job->request.cause,
        .rule_name = prov_str_from(job->request.rule.len ? type->request_name : type->rule_name),
        .text = provi_secret_str(&job->request.rule),
    };
}

prov_status provi_rule_job_fetch(struct provi_rule_job *job, struct prov_error *err)
{
    struct provi_rule_plan plan = {.choice = provi_rule_job_choice(job)};
    return provi_rule_job_start(job, &plan, err);
}

prov_status provi_rule_job_start(struct provi_rule_job *job, struct provi_rule_plan *plan,
                                 struct prov_error *err)
{
    struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    const struct provi_rule_job_type *type = type_of(job);
    struct provi_rule_run *run = provi_alloc_zero(&fetcher->env->alloc, sizeof *run);
    if (!run) {
        provi_choice_free(&plan->choice, &fetcher->env->alloc);
        return provi_fail_nomem(err);
    }
    job->run = run;
    job->job.jobs->running = &job->job;
    provi_jobs_queue(&job->job, job->is_unfinished);
    job->is_unfinished = true;
    run->job = job;
    provi_buffer_init(&run->file, type->max_bytes, true);
    struct provi_content *content = &run->content;
    content->sink = (struct prov_sink){.write = write_file, .finish = finish_file, .ctx = run};
    content->begin = begin_file;
    content->begin_file = type->begin ? begin_stream : NULL;
    content->apply = accept_file;
    content->next = type->next ? next_file : NULL;
    run->extra.limits = fetcher->env->limits;
    if (type->fill_extra) {
        type->fill_extra(job, &run->extra);
        content->extra = &run->extra;
    }
    struct provi_attempt *attempt = &run->attempt;
    attempt->fetcher = fetcher;
    attempt->job = type->row.job;
    attempt->messages = type->messages;
    attempt->choice = plan->choice;
    attempt->rule_number = PROVI_NO_RULE;
    attempt->left_ms = run->extra.limits.resync_timeout_ms;
    attempt->uid = provi_secret_str(&job->request.uid);
    attempt->pwd = provi_secret_str(&job->request.pwd);
    attempt->servers = job->request.requester.len ? provi_secret_str(&job->request.requester)
                                                  : provi_dhcp_servers(fetcher);
    attempt->content = content;
    attempt->is_here = plan->is_here;
    attempt->is_in_use = plan->is_in_use;
    attempt->refusal = plan->refusal;
    if (plan->error)
        attempt->error = *plan->error;
    provi_account_begin(fetcher);
    provi_attempt_start(attempt);
    return PROV_OK;
}

void provi_rule_job_plan(struct provi_rule_job *job, int64_t delay_ms)
{
    const struct provi_env *env = env_of(job);
    job->has_retry = delay_ms >= 0;
    job->is_spread = false;
    job->failed_ms = provi_env_now_ms(env);
    int64_t floor_ms = provi_env_floor_ms(env);
    job->retry_ms = job->failed_ms + (delay_ms > floor_ms ? delay_ms : floor_ms);
}

void provi_rule_job_plan_retry(struct provi_rule_job *job)
{
    const struct provi_rule_job_type *type = type_of(job);
    struct provi_env *env = env_of(job);
    uint32_t n_failed = job->n_failed++;
    provi_rule_job_plan(job, type->retry_ms
                                 ? type->retry_ms(job, n_failed)
                                 : provi_settings_retry_ms(env, n_failed, provi_env_entropy(env)));
}

bool provi_rule_job_waits(struct provi_rule_job *job)
{
    job->has_retry = job->may_wait;
    return job->may_wait;
}

static prov_status find_unless_state(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    static const char state[][8] = {"SWVER",  "VERSION", "UPG", "PRV",
                                    "REGTMR", "ERR",     "IP",  "EXTIP"};
    const struct prov_vars *vars = ctx;
    for (size_t i = 0; i < PROVI_LEN(state); i++)
        if (provi_str_starts(name, prov_str_from(state[i])))
            return PROV_E_NOT_FOUND;
    return vars->find(vars->ctx, name, flags, value);
}

prov_status provi_rule_job_digest(struct provi_rule_job *job, prov_str more,
                                  struct provi_digest *out, bool *is_empty, struct prov_error *err)
{
    struct provi_env *env = env_of(job);
    struct prov_vars all = prov_macro_vars_view(env->macro_vars);
    const struct prov_vars vars = {.find = find_unless_state, .ctx = &all};
    struct provi_buffer rule;
    struct provi_digester digester;
    provi_buffer_init(&rule, env->limits.max_rule_bytes, true);
    prov_status status = provi_expand_param(env, prov_str_from(type_of(job)->rule_name), &vars,
                                            PROV_MACRO_RULE, &rule, err);
    *is_empty = provi_str_trim(provi_buffer_str(&rule)).len == 0;
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, provi_buffer_str(&rule));
    if (!*is_empty && !type_of(job)->names_server)
        provi_digest_add_text(&digester, provi_dhcp_servers(job->job.jobs->fetcher));
    provi_digest_add_text(&digester, more);
    prov_status digested = provi_digest_end(&digester, out, err);
    provi_buffer_free(&rule, &env->alloc);
    return status == PROV_OK ? digested : status;
}

struct provi_attempt *provi_rule_job_attempt(const struct provi_rule_job *job)
{
    return job->run ? &job->run->attempt : NULL;
}

const struct provi_fetch *provi_rule_job_transfer(const struct provi_rule_job *job)
{
    return &job->run->attempt.fetch;
}

/* A request is one attempt: only the parameter's rule is retried. */
static void finish(struct provi_rule_job *job)
{
    struct provi_rule_run *run = job->run;
    enum prov_outcome outcome = run->attempt.outcome;
    bool is_request = job->request.cause != PROV_CAUSE_NONE;
    struct prov_result result;
    provi_attempt_result(&run->attempt, &result);
    if (!job->is_intermediate)
        provi_job_ended(&job->job, &result);
    job->is_intermediate = false;
    job->is_unfinished = false;
    job->job.jobs->is_reboot_wanted |= run->attempt.needs & PROV_NEEDS_REBOOT;
    type_of(job)->ended(job, &result);
    if (!is_request && outcome == PROV_OUTCOME_FAILED)
        provi_rule_job_plan_retry(job);
    else if (!is_request)
        job->n_failed = 0;
    discard(job);
}

void provi_rule_job_log(const struct provi_rule_job *job, enum prov_severity severity,
                        prov_str text, const struct prov_error *error)
{
    provi_env_log(env_of(job), type_of(job)->row.job,
                  (struct prov_log_entry){
                      .severity = severity,
                      .rule = prov_str_from(type_of(job)->rule_name),
                      .text = text,
                      .error = error,
                  });
}

static void decide(struct provi_rule_job *job)
{
    struct prov_error error = {0};
    const uint32_t cause = job->pending.cause;
    bool is_request = cause != PROV_CAUSE_NONE;
    provi_pending_move(&job->request, &job->pending, &env_of(job)->alloc);
    bool has_time_come = provi_env_left_ms(env_of(job), job->retry_ms) == 0;
    job->is_retry = !is_request && job->has_retry && has_time_come;
    job->may_wait = !is_request && job->has_retry && !has_time_come;
    if (!is_request)
        job->is_due = job->has_retry = false;
    prov_status status = type_of(job)->decide(job, &error);
    if (!job->run)
        provi_pending_clear(&job->request, &env_of(job)->alloc);
    if (status == PROV_OK)
        return;
    if (error.status != PROV_OK) { /* no attempt reports it */
        const prov_str rule = prov_str_from(type_of(job)->rule_name);
        provi_error_source(&error, rule);
        provi_rule_job_log(job, PROV_SEVERITY_ERROR, PROVI_LIT("the rule cannot be carried out"),
                           &error);
        if (is_request && !job->run) {
            const struct prov_result result = provi_job_result(env_of(job), cause, rule, &error);
            provi_job_report_end(&job->job, &result);
        }
    }
    if (!is_request)
        provi_rule_job_plan_retry(job);
}

static bool waits(const struct provi_rule_job *job)
{
    return type_of(job)->waits && type_of(job)->waits(job);
}

static bool is_time(const struct provi_rule_job *job)
{
    return !job->job.jobs->running &&
           (job->is_due || job->pending.cause != PROV_CAUSE_NONE ||
            (job->has_retry && provi_env_left_ms(env_of(job), job->retry_ms) == 0)) &&
           !waits(job);
}

/* The link is back: retry soon, unless this retry was moved before. */
static void hurry(struct provi_rule_job *job)
{
    if (!job->has_retry || job->is_spread)
        return;
    job->is_spread = true;
    job->retry_ms = provi_env_hurried_ms(env_of(job), job->retry_ms, job->failed_ms);
}

void provi_rule_job_process(struct provi_job *base)
{
    struct provi_rule_job *job = of(base);
    if (job->has_retry && !job->is_spread)
        job->is_spread = provi_env_delay_overdue(env_of(job), &job->retry_ms);
    if (job->run)
        provi_attempt_check_time(&job->run->attempt);
    if (job->run && provi_attempt_is_due(&job->run->attempt))
        provi_attempt_end(&job->run->attempt);
    else if (!job->run && is_time(job))
        decide(job);
    if (job->run && job->run->attempt.outcome != PROV_OUTCOME_NONE)
        finish(job);
}

int64_t provi_rule_job_timeout_ms(const struct provi_job *base)
{
    const struct provi_rule_job *job = of_const(base);
    if (job->run)
        return provi_attempt_due_ms(&job->run->attempt);
    if (is_time(job))
        return 0;
    return job->has_retry && !base->jobs->running && !waits(job)
               ? provi_env_left_ms(env_of(job), job->retry_ms)
               : -1;
}

void provi_rule_job_status(struct provi_job *base, struct prov_job_status *out)
{
    struct provi_rule_job *job = of(base);
    if (job->run) {
        provi_job_status_running(&job->run->attempt, out);
        return;
    }
    int64_t retry_ms = job->has_retry ? provi_env_left_ms(env_of(job), job->retry_ms) : -1;
    bool is_due = provi_rule_job_is_busy(base);
    if (!is_due && retry_ms < 0)
        return;
    out->state = PROV_STATE_WAITING;
    out->in_ms = is_due ? 0 : retry_ms;
    out->waits_for = env_of(job)->is_link_lost && !is_due ? PROV_WAIT_NETWORK : PROV_WAIT_TIME;
    if (out->in_ms == 0 && (base->jobs->running || waits(job))) {
        out->waits_for = PROV_WAIT_OTHER_JOB;
        out->in_ms = -1;
    }
}

bool provi_rule_job_is_busy(const struct provi_job *base)
{
    const struct provi_rule_job *job = of_const(base);
    return job->run || ((job->is_due || job->pending.cause != PROV_CAUSE_NONE) && !waits(job));
}

/* A resync starts: the work under way begins anew after it, unless a newer request replaces it. */
static void make_way(struct provi_rule_job *job)
{
    struct provi_rule_run *run = job->run;
    if (!run)
        return;
    if (job->request.cause == PROV_CAUSE_NONE) {
        job->is_due = true;
    } else if (job->pending.cause == PROV_CAUSE_NONE) {
        provi_pending_move(&job->pending, &job->request, &env_of(job)->alloc);
    }
    discard(job);
}

void provi_rule_job_on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_RESYNC_STARTS)
        make_way(of(job));
    else if (event == PROVI_JOB_RESYNC_ENDED)
        of(job)->is_due = true;
    else if (event == PROVI_JOB_LINK_LOST && of(job)->run)
        provi_attempt_lose_link(&of(job)->run->attempt);
    else if (event == PROVI_JOB_LINK_BACK)
        hurry(of(job));
}

prov_status provi_rule_job_request(struct provi_job *job, struct provi_pending *request,
                                   struct prov_error *err)
{
    (void)err;
    provi_pending_move(&of(job)->pending, request, &provi_job_env(job)->alloc);
    return PROV_OK;
}

/* Work that was due and did not start counts as failed: only its retry remains. */
void provi_rule_job_cancel(struct provi_job *base)
{
    struct provi_rule_job *job = of(base);
    provi_pending_clear(&job->pending, &env_of(job)->alloc);
    if (job->run)
        provi_attempt_cancel(&job->run->attempt);
    if (job->is_due && !job->has_retry)
        provi_rule_job_plan_retry(job);
    job->is_due = false;
}

void provi_rule_job_clear(struct provi_rule_job *job)
{
    discard(job);
    provi_pending_clear(&job->pending, &env_of(job)->alloc);
}
