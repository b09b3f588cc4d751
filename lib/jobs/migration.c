/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/migration.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "env/param.h"
#include "fetch/log.h"
#include "jobs/job_values.h"
#include "jobs/rule_job.h"
#include "macro/vars.h"
#include "persist/save.h"

enum { MAX_LICENCE_BYTES = 64 * 1024 };

#define RULE "Trans_Auth_Rule"
#define TYPE "Trans_Auth_Type"
#define STATUS "Transition_Authorization_Status"

static const char record_name[] = "migration";
static const char record_mark[] = "PVM1";

/* Values of `$AUTHSTATUS`. */
static const char names[][8] = {
    [PROV_AUTHORIZATION_NONE] = "none",
    [PROV_AUTHORIZATION_CLASSIC] = "classic",
    [PROV_AUTHORIZATION_WXC] = "wxc",
};

struct migration {
    struct provi_rule_job rule;
    struct prov_migration_host host;
    uint32_t authorization; /* enum prov_authorization */
    bool is_adopting; /* the authorization applies to the next rule and type, whatever they are */
    bool has_tried;   /* an attempt with the rule and type of `tried` has ended */
    bool is_later;    /* the host has yet to report the authorization */
    struct provi_digest tried;      /* digest of the rule and type; saved with the authorization */
    struct provi_digest next_tried; /* the same, of the attempt under way */
};

static struct migration *of(struct provi_rule_job *job)
{
    return (struct migration *)job;
}

static struct provi_env *env_of(const struct migration *migration)
{
    return provi_job_env(&migration->rule.job);
}

static void show(const struct migration *migration)
{
    provi_macro_vars_set_auth_status(env_of(migration)->macro_vars,
                                     prov_str_from(names[migration->authorization]));
}

static prov_status save(struct migration *migration, struct prov_error *err)
{
    struct provi_record record;
    provi_save_begin(&record, env_of(migration), record_mark);
    provi_record_number(&record, migration->authorization, 1);
    provi_record_number(&record, migration->has_tried, 1);
    provi_save_digest(&record, &migration->tried);
    return provi_save_end(&record, env_of(migration), record_name, err);
}

/* Without a record, use the macro's value, which the host set. */
static uint32_t authorization_of_device(struct provi_env *env)
{
    struct provi_buffer text;
    uint32_t found = PROV_AUTHORIZATION_NONE;
    provi_buffer_init(&text, env->limits.max_rule_bytes, false);
    provi_expand(env, PROVI_LIT("$AUTHSTATUS"), 0, &text, NULL);
    for (uint32_t i = 0; i < PROVI_LEN(names); i++)
        if (provi_str_is(provi_buffer_str(&text), names[i]))
            found = i;
    provi_buffer_free(&text, &env->alloc);
    return found;
}

static void load(struct migration *migration)
{
    struct provi_reading reading;
    struct provi_env *env = env_of(migration);
    if (!provi_load(&reading, env, record_name, record_mark)) {
        migration->authorization = authorization_of_device(env);
        return;
    }
    uint64_t authorization = provi_reading_number(&reading, 1);
    migration->has_tried = provi_reading_number(&reading, 1);
    provi_load_digest(&reading, &migration->tried);
    if (!reading.is_short && authorization < PROVI_LEN(names))
        migration->authorization = (uint32_t)authorization;
    provi_load_end(&reading, env);
    show(migration);
}

/* A device without authorization tries once after each start. */
static void boot(struct migration *migration)
{
    load(migration); /* a record without an authorization means that no attempt was made */
    migration->is_adopting =
        migration->authorization != PROV_AUTHORIZATION_NONE && !migration->has_tried;
    migration->rule.is_due = true;
}

static prov_status read_type(const struct migration *migration, bool *is_wxc,
                             struct prov_error *err)
{
    char type[64];
    size_t len = 0;
    prov_status status =
        provi_param_copy(&env_of(migration)->params, PROVI_LIT(TYPE), type, sizeof type, &len);
    *is_wxc = status == PROV_OK && provi_str_eq((prov_str){type, len}, PROVI_LIT("WxC"));
    if (status != PROV_OK && status != PROV_E_LIMIT)
        return provi_param_fail(&env_of(migration)->params, PROVI_LIT(TYPE), status, err);
    return PROV_OK;
}

/* The guides set rule and type together: an old type may be wrong for a new rule. */
static void warn_of_type(struct migration *migration)
{
    struct provi_fetcher *fetcher = migration->rule.job.jobs->fetcher;
    if (!provi_param_is_stored(&fetcher->env->params, PROVI_LIT(TYPE)))
        provi_log_text(fetcher, PROV_JOB_MIGRATION, TYPE, PROV_SEVERITY_WARNING,
                       PROVI_LIT(RULE " is set without " TYPE ": Classic is assumed; set both in "
                                      "the same profile"));
}

static void record_attempt(struct migration *migration)
{
    migration->tried = migration->next_tried;
    migration->has_tried = true;
    migration->is_adopting = false;
}

static prov_status begin_wxc(struct migration *migration)
{
    if (migration->host.begin_wxc)
        migration->host.begin_wxc(migration->host.ctx);
    record_attempt(migration); /* the host may have refused within the call: this settles it too */
    return PROV_OK;
}

/* An attempt that a resync ends does not count; it is repeated after the resync. */
static prov_status fetch(struct migration *migration, struct prov_error *err)
{
    warn_of_type(migration);
    migration->has_tried = false;
    return provi_rule_job_fetch(&migration->rule, err);
}

static prov_status decide(struct provi_rule_job *job, struct prov_error *err)
{
    struct migration *migration = of(job);
    bool is_enabled, is_empty, is_wxc;
    prov_status status = provi_settings_enabled(env_of(migration), &is_enabled);
    if (status == PROV_OK && !is_enabled)
        migration->has_tried &= migration->authorization != PROV_AUTHORIZATION_NONE;
    if (status != PROV_OK || !is_enabled)
        return status;
    status = read_type(migration, &is_wxc, err);
    if (status == PROV_OK)
        status = provi_rule_job_digest(job, prov_str_from(is_wxc ? "WxC" : "Classic"),
                                       &migration->next_tried, &is_empty, err);
    if (status != PROV_OK)
        return status;
    if (migration->is_adopting)
        record_attempt(migration);
    if (migration->has_tried && provi_digest_eq(&migration->tried, &migration->next_tried) &&
        !job->is_retry) {
        provi_rule_job_waits(job);
        return PROV_OK;
    }
    if (is_wxc)
        return begin_wxc(migration);
    if (!is_empty)
        return fetch(migration, err);
    migration->has_tried = false; /* the rule that failed may have been set again */
    return PROV_OK;
}

static void fill_extra(struct provi_rule_job *job, struct provi_fetch_extra *extra)
{
    (void)job;
    extra->is_raw = true;
}

/* The authorization applies even if it cannot be saved; then the licence is fetched again after a
 * start. */
static prov_status authorize(struct migration *migration, uint32_t authorization,
                             struct prov_error *err)
{
    migration->authorization = authorization;
    migration->is_later &= authorization == PROV_AUTHORIZATION_NONE;
    show(migration);
    prov_status status = save(migration, err);
    if (authorization != PROV_AUTHORIZATION_NONE)
        provi_jobs_notify(migration->rule.job.jobs, PROVI_JOB_LICENSED);
    return status;
}

static prov_status accept_licence(struct provi_rule_job *job, prov_str licence,
                                  struct prov_error *err)
{
    struct migration *migration = of(job);
    struct provi_env *env = env_of(migration);
    struct prov_error error = {0};
    uint32_t answer = PROV_LICENCE_YES;
    if (env->is_freed)
        return provi_fail_cancelled(err);
    migration->is_later = true; /* unless the host sets the authorization within the call */
    prov_status status = migration->host.check(migration->host.ctx, licence, &answer, err);
    if (env->is_freed)
        return provi_fail_cancelled(err);
    if (status != PROV_OK)
        return provi_host_status(status, "check", err);
    if (answer == PROV_LICENCE_LATER)
        return PROV_OK;
    if (answer != PROV_LICENCE_YES)
        return provi_fail(err, PROV_E_HOST, "check: expected an answer of 0 or 1, found %lu",
                          (unsigned long)answer);
    record_attempt(migration);
    if (authorize(migration, PROV_AUTHORIZATION_CLASSIC, &error) != PROV_OK)
        provi_save_warn(env, record_name, &error);
    return PROV_OK;
}

static int64_t retry_ms(struct provi_rule_job *job, uint32_t n_failed)
{
    struct provi_env *env = provi_job_env(&job->job);
    return provi_param_delay_ms(&env->params, "Transition_Authorization_Error_Retry_Delay",
                                n_failed, provi_env_entropy(env));
}

static void ended(struct provi_rule_job *job, const struct prov_result *result)
{
    struct migration *migration = of(job);
    bool has_failed = result->outcome == PROV_OUTCOME_FAILED;
    if (result->outcome !=
        PROV_OUTCOME_SKIPPED) /* the condition of a skipped rule may become true */
        record_attempt(migration);
    if (result->outcome == PROV_OUTCOME_APPLIED && migration->is_later)
        provi_rule_job_plan(job, retry_ms(job, 0));
    else if (has_failed || result->outcome == PROV_OUTCOME_APPLIED)
        provi_job_store_line(&job->job, RULE, STATUS, "[0]", result->url,
                             has_failed ? "Authorization Failed." : "Authorization Succeeded.",
                             NULL);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_BOOT)
        boot((struct migration *)job);
    provi_rule_job_on_event(job, event);
}

static bool field(const struct provi_job *job, size_t index, struct provi_status_field *out)
{
    if (index < 2)
        provi_job_show(job, "Transition_Authorization", index ? STATUS : TYPE, out);
    return index < 2;
}

static void free_job(struct provi_job *job)
{
    struct migration *migration = (struct migration *)job;
    provi_rule_job_clear(&migration->rule);
    provi_free(&env_of(migration)->alloc, migration, sizeof *migration);
}

static const struct provi_rule_job_type migration_job = {
    .row =
        {
            .name = "migration",
            .job = PROV_JOB_MIGRATION,
            .place = PROVI_PLACE_MIGRATION,
            .delays_reboot = true,
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
    .messages = PROVI_MESSAGES("$PN $MAC Requesting licence " PROVI_MESSAGE_URL,
                               "$PN $MAC Licence received " PROVI_MESSAGE_URL,
                               "$PN $MAC Licence failed: $ERR"),
    .max_bytes = MAX_LICENCE_BYTES,
    .decide = decide,
    .fill_extra = fill_extra,
    .accept = accept_licence,
    .ended = ended,
    .retry_ms = retry_ms,
};

prov_status prov_agent_enable_migration(prov_agent *agent, const struct prov_migration_host *host,
                                        struct prov_error *err)
{
    struct prov_migration_host copy;
    if (!agent || !host)
        return provi_fail_invalid(err, agent ? "host" : "agent");
    prov_status status = provi_abi_in(&copy, sizeof copy, host, err);
    if (status != PROV_OK)
        return status;
    if (!copy.check)
        return provi_fail_invalid(err, "host.check is required");
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job;
    status = provi_jobs_new(jobs, &migration_job.row, sizeof(struct migration), &job, err);
    if (status != PROV_OK)
        return status;
    struct migration *migration = (struct migration *)job;
    migration->host = copy;
    provi_jobs_insert(jobs, job, &migration_job.row);
    return PROV_OK;
}

static prov_status set_authorization(struct migration *migration, uint32_t authorization,
                                     struct prov_error *err)
{
    struct provi_rule_job *job = &migration->rule;
    bool is_none = authorization == PROV_AUTHORIZATION_NONE;
    migration->has_tried = false;
    migration->is_adopting = !is_none;
    job->is_due = true;
    job->has_retry = false; /* the retry waited for this, or is not needed any more */
    prov_status status = authorize(migration, authorization, err);
    provi_env_wake(env_of(migration));
    return status;
}

prov_status prov_agent_set_authorization(prov_agent *agent, uint32_t authorization,
                                         struct prov_error *err)
{
    if (!agent || authorization >= PROVI_LEN(names))
        return provi_fail_invalid(err, agent ? "authorization: expected enum prov_authorization"
                                             : "agent");
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_env *env = jobs->fetcher->env;
    struct migration *migration = (struct migration *)provi_jobs_find(jobs, &migration_job.row);
    if (!migration)
        return provi_fail(err, PROV_E_UNSUPPORTED, "expected prov_agent_enable_migration() before");
    if (!jobs->is_booted || env->is_in_transaction)
        return provi_fail(err, PROV_E_STATE, "%s",
                          jobs->is_booted ? "called from a callback of the store"
                                          : "expected after the first prov_agent_process()");
    provi_env_enter(env);
    prov_status status = set_authorization(migration, authorization, err);
    provi_env_leave(env);
    return status;
}
