/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/custom_ca.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "env/expand.h"
#include "fetch/attempt.h"
#include "jobs/custom_ca_install.h"

enum {
    MAX_PEM_BYTES = 64 * 1024,
    SHORTEST_RETRY_S = 30, /* unless the host says otherwise */
};

/* One fetch of certificates. */
struct provi_ca_fetch {
    struct provi_custom_ca *ca;
    struct provi_attempt attempt;
    struct provi_content content;
    struct provi_digest source;
    struct provi_buffer pem;
};

static struct provi_fetcher *fetcher(const struct provi_custom_ca *ca)
{
    return ca->job.jobs->fetcher;
}

static struct provi_env *env(const struct provi_custom_ca *ca)
{
    return provi_job_env(&ca->job);
}

static void begin_pem(void *ctx)
{
    provi_buffer_reset(&((struct provi_ca_fetch *)ctx)->pem);
}

static prov_status take_pem(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_ca_fetch *job = ctx;
    prov_status status = provi_buffer_add(&job->pem, &job->attempt.fetcher->env->alloc, data, len);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "certificates of more than %d bytes", MAX_PEM_BYTES);
    return status == PROV_OK ? status : provi_fail_nomem(err);
}

static prov_status end_pem(void *ctx, struct prov_error *err)
{
    const struct provi_ca_fetch *job = ctx;
    return job->pem.len ? PROV_OK : provi_fail(err, PROV_E_CORRUPT, "no certificate in the file");
}

static prov_status apply(void *ctx, struct prov_error *err)
{
    struct provi_ca_fetch *job = ctx;
    const struct provi_ca_file file = {provi_buffer_str(&job->pem), job->source};
    return provi_custom_ca_install(job->ca, &file, err);
}

static void discard(struct provi_custom_ca *ca)
{
    struct provi_ca_fetch *job = ca->running;
    if (!job)
        return;
    ca->running = NULL;
    ca->job.jobs->running = NULL;
    provi_attempt_free(&job->attempt);
    provi_buffer_free(&job->pem, &env(ca)->alloc);
    provi_free(&env(ca)->alloc, job, sizeof *job);
}

static void plan_retry(struct provi_custom_ca *ca)
{
    struct prov_world world;
    provi_env_world(env(ca), &world);
    int64_t delay_ms = provi_settings_retry_ms(env(ca), ca->n_failed, world.entropy);
    int64_t floor_ms = (int64_t)(env(ca)->floor_s ? env(ca)->floor_s : SHORTEST_RETRY_S) * 1000;
    ca->n_failed++;
    ca->has_retry = delay_ms >= 0;
    ca->retry_ms = world.mono_ms + (delay_ms > floor_ms ? delay_ms : floor_ms);
}

/* What the host had stays in force. */
static void fail(struct provi_custom_ca *ca)
{
    provi_custom_ca_report_failed(ca);
    plan_retry(ca);
}

static void finish(struct provi_custom_ca *ca)
{
    if (ca->running->attempt.outcome == PROV_OUTCOME_FAILED)
        fail(ca);
    else
        ca->n_failed = 0;
    discard(ca);
}

static prov_status start(struct provi_custom_ca *ca, const struct provi_digest *source,
                         struct prov_error *err)
{
    struct provi_ca_fetch *job = provi_alloc_zero(&env(ca)->alloc, sizeof *job);
    if (!job)
        return provi_fail_nomem(err);
    ca->running = job;
    ca->job.jobs->running = &ca->job;
    job->ca = ca;
    provi_buffer_init(&job->pem, MAX_PEM_BYTES, false);
    job->source = *source;
    job->content = (struct provi_content){
        .sink = {.write = take_pem, .finish = end_pem, .ctx = job},
        .begin = begin_pem,
        .apply = apply,
    };
    job->attempt = (struct provi_attempt){
        .fetcher = fetcher(ca),
        .job = PROV_JOB_CUSTOM_CA,
        .choice = {.rule_name = PROVI_LIT(PROVI_CUSTOM_CA_RULE)},
        .rule_number = PROVI_NO_RULE,
        .left_ms = env(ca)->limits.resync_timeout_ms,
        .servers = provi_buffer_str(&fetcher(ca)->dhcp.servers),
        .content = &job->content,
    };
    provi_account_begin(fetcher(ca));
    provi_attempt_start(&job->attempt);
    return PROV_OK;
}

/* Where the certificate comes from: the rule's text, and the servers it may leave open. */
static prov_status take_digest(const struct provi_fetcher *fetcher, prov_str rule,
                               struct provi_digest *source, struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, rule);
    provi_digest_add_text(&digester, provi_buffer_str(&fetcher->dhcp.servers));
    return provi_digest_end(&digester, source, err);
}

/* What the rule comes to, with its macros' values. */
static prov_status expand(struct provi_fetcher *fetcher, bool *is_empty,
                          struct provi_digest *source, struct prov_error *err)
{
    struct provi_buffer rule;
    provi_buffer_init(&rule, fetcher->env->limits.max_rule_bytes, true);
    prov_status status = provi_expand_param(fetcher->env, PROVI_LIT(PROVI_CUSTOM_CA_RULE),
                                            PROV_MACRO_RULE, &rule, err);
    *is_empty = provi_str_trim(provi_buffer_str(&rule)).len == 0;
    if (status == PROV_OK)
        status = take_digest(fetcher, provi_buffer_str(&rule), source, err);
    provi_buffer_free(&rule, &fetcher->env->alloc);
    return status;
}

/* What has no attempt, whose result would say it. */
static void complain(struct provi_env *env, struct prov_error *error)
{
    provi_error_source(error, PROVI_LIT(PROVI_CUSTOM_CA_RULE));
    const struct prov_log_entry entry = {
        .size = sizeof entry,
        .severity = PROV_SEVERITY_ERROR,
        .rule = PROVI_LIT(PROVI_CUSTOM_CA_RULE),
        .text = PROVI_LIT("the rule cannot be carried out"),
        .error = error,
    };
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_LOG,
                             .job = PROV_JOB_CUSTOM_CA,
                             .as.log = &entry,
                         });
}

static void look(struct provi_custom_ca *ca)
{
    struct provi_digest source = {{0}};
    bool is_empty;
    ca->is_due = ca->has_retry = false;
    bool is_enabled;
    if (provi_settings_enabled(env(ca), &is_enabled) != PROV_OK) {
        plan_retry(ca);
        return;
    }
    if (!is_enabled)
        return;
    struct prov_error error = {0};
    prov_status status = expand(fetcher(ca), &is_empty, &source, &error);
    bool is_same = ca->trust == PROVI_CA_INSTALLED && provi_digest_eq(&ca->source, &source);
    if (status == PROV_OK && is_empty && ca->trust != PROVI_CA_NONE)
        status = provi_custom_ca_take_away(ca, &error);
    else if (status == PROV_OK && !is_empty && !is_same)
        status = start(ca, &source, &error);
    if (status == PROV_OK)
        return;
    complain(env(ca), &error);
    plan_retry(ca);
}

static bool is_time(const struct provi_custom_ca *ca)
{
    return !ca->job.jobs->running &&
           (ca->is_due || (ca->has_retry && provi_env_left_ms(env(ca), ca->retry_ms) == 0));
}

static void process(struct provi_job *job)
{
    struct provi_custom_ca *ca = (struct provi_custom_ca *)job;
    if (ca->running)
        provi_attempt_check_time(&ca->running->attempt);
    if (ca->running && provi_attempt_is_due(&ca->running->attempt))
        provi_attempt_end(&ca->running->attempt);
    else if (!ca->running && is_time(ca))
        look(ca);
    if (ca->running && ca->running->attempt.outcome != PROV_OUTCOME_NONE)
        finish(ca);
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct provi_custom_ca *ca = (const struct provi_custom_ca *)job;
    if (ca->running)
        return provi_attempt_is_due(&ca->running->attempt)
                   ? 0
                   : provi_attempt_timeout_ms(&ca->running->attempt);
    if (job->jobs->running)
        return -1;
    if (ca->is_due)
        return 0;
    return ca->has_retry ? provi_env_left_ms(env(ca), ca->retry_ms) : -1;
}

static bool is_busy(const struct provi_job *job)
{
    const struct provi_custom_ca *ca = (const struct provi_custom_ca *)job;
    return ca->running || ca->is_due;
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    struct provi_custom_ca *ca = (struct provi_custom_ca *)job;
    switch (event) {
    case PROVI_JOB_BOOT: provi_custom_ca_boot(ca); break;
    case PROVI_JOB_RESYNC_STARTS:
        ca->is_due |= ca->running != NULL;
        discard(ca);
        break;
    case PROVI_JOB_RESYNC_ENDED: ca->is_due = true; break;
    case PROVI_JOB_REBOOTS: break;
    }
}

static void cancel(struct provi_job *job)
{
    struct provi_custom_ca *ca = (struct provi_custom_ca *)job;
    if (ca->running)
        provi_fetch_cancel(&ca->running->attempt.fetch);
}

static void free_job(struct provi_job *job)
{
    struct provi_custom_ca *ca = (struct provi_custom_ca *)job;
    const struct prov_alloc *alloc = &env(ca)->alloc;
    discard(ca);
    provi_free(alloc, ca, sizeof *ca);
}

static const struct provi_job_type custom_ca_job = {
    .name = "custom CA",
    .job = PROV_JOB_CUSTOM_CA,
    .place = PROVI_PLACE_CUSTOM_CA,
    .delays_reboot = true,
    .on_event = on_event,
    .process = process,
    .timeout_ms = timeout_ms,
    .is_busy = is_busy,
    .cancel = cancel,
    .free = free_job,
};

prov_status provi_custom_ca_enable(struct provi_jobs *jobs, struct prov_error *err)
{
    struct provi_custom_ca *ca = provi_alloc_zero(&jobs->fetcher->env->alloc, sizeof *ca);
    if (!ca)
        return provi_fail_nomem(err);
    provi_jobs_insert(jobs, &ca->job, &custom_ca_job);
    return PROV_OK;
}
