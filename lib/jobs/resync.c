/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/resync.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "fetch/attempt.h"
#include "fetch/log.h"
#include "fetch/operation.h"
#include "macro/vars.h"
#include "persist/validators.h"

/* The result of a resync; while it runs, of the rules carried out so far. */
struct result {
    uint32_t cause;
    enum prov_outcome outcome;
    uint32_t needs;
    uint64_t n_changed;
    int64_t start_ms;
    int64_t retry_after_s;
    struct prov_error error;
    struct provi_last *decisive; /* result of the rule that decided `outcome`; NULL: no memory */
};

struct provi_resync {
    struct provi_pending request; /* the request; all empty for an automatic resync */
    prov_str servers;             /* for rules that name none; the one that responded is first */
    size_t n_started;             /* rules started, the current one included */
    struct provi_attempt attempt;
    int64_t left_ms; /* time left for its transfers */
    struct result result;
};

static struct provi_resync_job *of(struct provi_job *job)
{
    return (struct provi_resync_job *)job;
}

static const struct provi_resync_job *of_const(const struct provi_job *job)
{
    return (const struct provi_resync_job *)job;
}

/* The result of the resync, with details of the rule that decided it, if there was memory. */
static struct prov_result whole(const struct result *result, const struct provi_env *env)
{
    struct prov_result whole = {.size = sizeof whole, .alternative = -1, .total = -1};
    int64_t now_ms = provi_env_now_ms(env);
    if (result->decisive)
        whole = result->decisive->result;
    whole.cause = result->cause;
    whole.outcome = result->outcome;
    whole.needs = result->needs;
    whole.n_changed = result->n_changed;
    whole.mono_ms = provi_env_host_moment(env, now_ms);
    whole.wall_s = provi_env_wall_s(env);
    whole.duration_ms = now_ms - result->start_ms;
    whole.error = result->error.status != PROV_OK ? &result->error : NULL;
    return whole;
}

/* After a cancelled resync, other jobs do not start by themselves; those that it ended are due. */
static void end(struct provi_resync_job *job, const struct result *result)
{
    struct provi_jobs *jobs = job->job.jobs;
    const struct provi_resync_end how = {
        .outcome = result->outcome,
        .is_cancelled = job->is_cancelled && result->outcome == PROV_OUTCOME_FAILED,
        .retry_after_s = result->retry_after_s,
    };
    if (job->last_error)
        *job->last_error = result->error;
    job->n_ended++;
    job->is_cancelled = false;
    job->cancelled_cause = PROV_CAUSE_NONE;
    if (jobs->running == &job->job) /* one that did not start may have waited for another job */
        jobs->running = NULL;
    jobs->is_reboot_wanted |= result->needs & PROV_NEEDS_REBOOT;
    if (!how.is_cancelled)
        provi_jobs_notify(jobs, PROVI_JOB_RESYNC_ENDED);
    const struct prov_result ended = whole(result, provi_job_env(&job->job));
    provi_job_ended(&job->job, &ended);
    provi_env_event(provi_job_env(&job->job), (struct prov_event){
                                                  .type = PROV_EVENT_RESYNC,
                                                  .job = PROV_JOB_RESYNC,
                                                  .as.result = &ended,
                                              });
    job->done(job, &how);
    provi_validators_save(jobs->fetcher->records);
}

void provi_resync_end_unstarted(struct provi_resync_job *job, uint32_t cause)
{
    struct result result = {
        .cause = cause,
        .outcome = PROV_OUTCOME_FAILED,
        .start_ms = provi_env_now_ms(provi_job_env(&job->job)),
    };
    job->start_cause = PROV_CAUSE_NONE;
    provi_deferral_end(provi_job_env(&job->job), PROV_STAGE_FETCH);
    provi_fail_cancelled(&result.error);
    end(job, &result);
}

static void discard(struct provi_resync_job *job)
{
    const struct prov_alloc *alloc = &provi_job_env(&job->job)->alloc;
    struct provi_resync *resync = job->running;
    if (!resync)
        return;
    job->running = NULL;
    provi_macro_vars_rest(provi_job_env(&job->job)->macro_vars);
    provi_attempt_free(&resync->attempt);
    provi_last_free(resync->result.decisive, alloc);
    provi_pending_clear(&resync->request, alloc);
    provi_free(alloc, resync, sizeof *resync);
}

/* Without memory the resync fails at once, and is retried like any other. */
static void start(struct provi_resync_job *job)
{
    struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    struct provi_env *env = fetcher->env;
    uint32_t cause = job->start_cause;
    job->start_cause = PROV_CAUSE_NONE;
    struct provi_resync *resync = provi_alloc_zero(&env->alloc, sizeof *resync);
    if (!resync) {
        struct result failed = {
            .cause = cause,
            .outcome = PROV_OUTCOME_FAILED,
            .start_ms = provi_env_now_ms(env),
        };
        provi_fail_nomem(&failed.error);
        end(job, &failed);
        return;
    }
    resync->result.cause = cause;
    resync->result.start_ms = provi_env_now_ms(env);
    resync->left_ms = env->limits.resync_timeout_ms;
    resync->result.outcome = PROV_OUTCOME_SKIPPED;
    if (prov_cause_prvst(cause) == -1)
        provi_pending_move(&resync->request, &job->pending, &env->alloc);
    provi_dhcp_adopt(fetcher);
    provi_jobs_notify(job->job.jobs, PROVI_JOB_RESYNC_STARTS);
    job->job.jobs->running = &job->job;
    provi_account_begin(fetcher);
    prov_str requester = provi_secret_str(&resync->request.requester);
    bool has_plan = fetcher->factory_servers.len && !resync->request.rule.len;
    resync->servers = requester.len ? requester
                      : has_plan    ? fetcher->factory_servers
                                    : provi_dhcp_servers(fetcher);
    job->running = resync;
    provi_operation_begin(fetcher, prov_cause_prvst(cause));
    fetcher->last_attempt_ms = resync->result.start_ms;
}

/* Start the next rule; false when there is none left, or the host cancelled the rest. */
static bool start_next(struct provi_resync_job *job)
{
    struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    struct provi_resync *resync = job->running;
    bool has_own_rule = resync->request.rule.len > 0;
    if (resync->n_started == (has_own_rule ? 1 : PROVI_N_RULES))
        return false;
    if (job->is_cancelled) {
        resync->result.outcome = PROV_OUTCOME_FAILED;
        provi_fail_cancelled(&resync->result.error);
        return false;
    }
    bool is_first = resync->n_started == 0 && !has_own_rule;
    resync->attempt = (struct provi_attempt){
        .fetcher = fetcher,
        .job = PROV_JOB_RESYNC,
        .messages = PROVI_MESSAGES("Log_Request_Msg", "Log_Success_Msg", "Log_Failure_Msg"),
        .choice =
            {
                .cause = resync->result.cause,
                .rule_name = has_own_rule ? PROVI_LIT("rule on request")
                                          : prov_str_from(provi_rule_names[resync->n_started]),
                .text = provi_secret_str(&resync->request.rule),
                .substitute = is_first ? provi_dhcp_rule(fetcher) : PROVI_LIT(""),
            },
        .rule_number = has_own_rule ? PROVI_NO_RULE : resync->n_started,
        .left_ms = resync->left_ms,
        .uid = provi_secret_str(&resync->request.uid),
        .pwd = provi_secret_str(&resync->request.pwd),
        .servers = resync->servers,
    };
    resync->n_started++;
    provi_attempt_start(&resync->attempt);
    return true;
}

/* The outcome of a resync is the strongest of its rules: failed, applied, …, waiting, skipped. */
static enum prov_outcome stronger(enum prov_outcome a, enum prov_outcome b)
{
    static const uint8_t rank[] = {
        [PROV_OUTCOME_NONE] = 0,     [PROV_OUTCOME_SKIPPED] = 1,   [PROV_OUTCOME_WAITING] = 2,
        [PROV_OUTCOME_FORGIVEN] = 3, [PROV_OUTCOME_UNCHANGED] = 4, [PROV_OUTCOME_ASSIGNED] = 5,
        [PROV_OUTCOME_APPLIED] = 6,  [PROV_OUTCOME_FAILED] = 7,
    };
    return rank[a] >= rank[b] ? a : b;
}

static void copy_decisive(struct provi_resync *resync)
{
    const struct provi_env *env = resync->attempt.fetcher->env;
    struct prov_result result;
    provi_attempt_result(&resync->attempt, &result);
    provi_last_free(resync->result.decisive, &env->alloc);
    resync->result.decisive = provi_last_new(&result, env);
}

/* Add the result of a rule to that of the resync, and free the rule. */
static void absorb(struct provi_resync *resync)
{
    struct provi_attempt *attempt = &resync->attempt;
    enum prov_outcome before = resync->result.outcome;
    resync->result.outcome = stronger(before, attempt->outcome);
    if (resync->result.outcome != before)
        copy_decisive(resync);
    resync->servers = attempt->servers;
    resync->left_ms = provi_attempt_left_ms(attempt);
    resync->result.needs |= attempt->needs;
    resync->result.n_changed += attempt->n_changed;
    if (attempt->outcome == PROV_OUTCOME_FAILED) {
        resync->result.error = attempt->error;
        resync->result.retry_after_s = attempt->fetch.retry_after_s;
    }
    provi_attempt_free(attempt);
}

/* A file waits for the host, and for a rollback that is due, which would undo its commit. */
static bool may_apply(const struct provi_resync_job *job)
{
    const struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    return !provi_deferral_waits(fetcher->env, PROV_STAGE_APPLY) &&
           !(job->running->attempt.fetch.status == PROV_OK &&
             provi_confirm_is_over(fetcher->records));
}

static bool is_due(const struct provi_resync_job *job)
{
    const struct provi_resync *resync = job->running;
    return resync && (resync->n_started == 0 || (provi_attempt_is_due(&resync->attempt) &&
                                                 (resync->attempt.is_cancelled || may_apply(job))));
}

/* Continue the resync that runs, as far as possible. */
static void continue_resync(struct provi_resync_job *job)
{
    struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    struct provi_resync *resync = job->running;
    if (resync)
        provi_attempt_check_time(&resync->attempt);
    if (!is_due(job))
        return;
    if (provi_attempt_is_due(&resync->attempt)) {
        if (resync->attempt.is_cancelled)
            provi_deferral_end(fetcher->env, PROV_STAGE_APPLY);
        else if (resync->attempt.fetch.status == PROV_OK &&
                 !provi_deferral_allows(fetcher->env, PROV_STAGE_APPLY))
            return;
        provi_attempt_end(&resync->attempt);
    }
    while (!fetcher->env->is_freed) {
        if (resync->n_started) {
            if (resync->attempt.outcome == PROV_OUTCOME_NONE)
                return; /* its fetch is under way */
            absorb(resync);
        }
        if (resync->result.outcome == PROV_OUTCOME_FAILED || !start_next(job))
            break;
    }
    const struct result result = resync->result;
    resync->result.decisive = NULL;
    discard(job); /* before the report, in which the host may cancel or request another */
    end(job, &result);
    provi_last_free(result.decisive, &fetcher->env->alloc);
}

/* A rollback would undo commits made after the end of the confirm timeout. */
static bool may_start(const struct provi_resync_job *job)
{
    const struct provi_job *running = job->job.jobs->running;
    return job->start_cause && !job->is_cancelled && !(running && running->type->runs_to_end) &&
           !provi_confirm_is_over(job->job.jobs->fetcher->records);
}

/* A resync may end at once, and the scheduler may start the next one. */
static void process(struct provi_job *job)
{
    struct provi_resync_job *resync = of(job);
    continue_resync(resync);
    while (may_start(resync) && provi_deferral_allows_start(provi_job_env(job))) {
        start(resync);
        continue_resync(resync);
    }
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct provi_resync_job *resync = of_const(job);
    bool starts = may_start(resync) && !provi_deferral_waits(provi_job_env(job), PROV_STAGE_FETCH);
    if (starts || is_due(resync))
        return 0;
    return resync->running ? provi_attempt_timeout_ms(&resync->running->attempt) : -1;
}

static void status(struct provi_job *job, struct prov_job_status *out)
{
    const struct provi_env *env = provi_job_env(job);
    struct provi_resync_job *resync = of(job);
    if (resync->running) {
        provi_job_status_running(&resync->running->attempt, out);
        provi_job_status_deferred(env, PROV_STAGE_APPLY, out);
        return;
    }
    if (provi_job_status_deferred(env, PROV_STAGE_FETCH, out))
        return;
    if (resync->start_cause || resync->pending.cause) {
        out->state = PROV_STATE_WAITING;
        out->waits_for =
            resync->start_cause && !may_start(resync) ? PROV_WAIT_OTHER_JOB : PROV_WAIT_TIME;
        out->in_ms = out->waits_for == PROV_WAIT_TIME ? 0 : -1;
    }
}

static bool is_busy(const struct provi_job *job)
{
    return of_const(job)->pending.cause || of_const(job)->running;
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_BOOT)
        provi_validators_load(job->jobs->fetcher->records);
    else if (event == PROVI_JOB_LINK_LOST && of(job)->running)
        provi_attempt_lose_link(&of(job)->running->attempt);
}

static void cancel(struct provi_job *base)
{
    struct provi_resync_job *job = of(base);
    job->is_cancelled = true;
    job->cancelled_cause = job->pending.cause;
    provi_pending_clear(&job->pending, &provi_job_env(base)->alloc);
    if (job->running)
        provi_attempt_cancel(&job->running->attempt);
}

static void free_job(struct provi_job *job)
{
    discard(of(job));
    provi_pending_clear(&of(job)->pending, &provi_job_env(job)->alloc);
}

static const struct provi_job_type resync_job = {
    .name = "resync",
    .job = PROV_JOB_RESYNC,
    .place = PROVI_PLACE_RESYNC,
    .delays_reboot = true,
    .on_event = on_event,
    .process = process,
    .timeout_ms = timeout_ms,
    .status = status,
    .is_busy = is_busy,
    .cancel = cancel,
    .free = free_job,
};

void provi_resync_insert(struct provi_jobs *jobs, struct provi_resync_job *resync)
{
    provi_jobs_insert(jobs, &resync->job, &resync_job);
}
