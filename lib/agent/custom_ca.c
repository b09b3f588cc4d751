/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/custom_ca.h"

#include "agent/agent_priv.h"
#include "agent/attempt.h"
#include "agent/custom_ca_install.h"
#include "agent/expand.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

enum {
    MAX_PEM_BYTES = 64 * 1024,
    SHORTEST_RETRY_S = 30, /* unless the host says otherwise */
};

/* One fetch of certificates. */
struct provi_ca_job {
    struct provi_attempt attempt;
    struct provi_content content;
    struct provi_digest source;
    struct provi_buffer pem;
};

/* ---- the file ---- */

static void begin_pem(void *ctx)
{
    provi_buffer_reset(&((struct provi_ca_job *)ctx)->pem);
}

static prov_status take_pem(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_ca_job *job = ctx;
    prov_status status = provi_buffer_add(&job->pem, &job->attempt.agent->alloc, data, len);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "certificates of more than %d bytes", MAX_PEM_BYTES);
    return status == PROV_OK ? status : provi_fail_nomem(err);
}

static prov_status end_pem(void *ctx, struct prov_error *err)
{
    const struct provi_ca_job *job = ctx;
    return job->pem.len ? PROV_OK : provi_fail(err, PROV_E_CORRUPT, "no certificate in the file");
}

static prov_status apply(void *ctx, struct prov_error *err)
{
    struct provi_ca_job *job = ctx;
    const struct provi_ca_file file = {provi_buffer_str(&job->pem), job->source};
    return provi_custom_ca_install(job->attempt.agent, &file, err);
}

/* ---- the job ---- */

static void free_job(struct prov_agent *agent)
{
    struct provi_ca_job *job = agent->custom_ca->job;
    if (!job)
        return;
    agent->custom_ca->job = NULL;
    provi_attempt_free(&job->attempt);
    provi_buffer_free(&job->pem, &agent->alloc);
    provi_free(&agent->alloc, job, sizeof *job);
}

static void plan_retry(struct prov_agent *agent)
{
    struct provi_custom_ca *ca = agent->custom_ca;
    struct prov_world world;
    provi_agent_world(agent, &world);
    int64_t delay_ms = provi_settings_retry_ms(agent, ca->n_failed, world.entropy);
    int64_t floor_ms = (int64_t)(agent->floor_s ? agent->floor_s : SHORTEST_RETRY_S) * 1000;
    ca->n_failed++;
    ca->has_retry = delay_ms >= 0;
    ca->retry_ms = world.mono_ms + (delay_ms > floor_ms ? delay_ms : floor_ms);
}

/* What the host had stays in force. */
static void fail(struct prov_agent *agent)
{
    provi_custom_ca_tell_failed(agent);
    plan_retry(agent);
}

static void finish(struct prov_agent *agent)
{
    if (agent->custom_ca->job->attempt.outcome == PROV_OUTCOME_FAILED)
        fail(agent);
    else
        agent->custom_ca->n_failed = 0;
    free_job(agent);
}

static prov_status start(struct prov_agent *agent, const struct provi_digest *source,
                         struct prov_error *err)
{
    struct provi_ca_job *job = provi_alloc_zero(&agent->alloc, sizeof *job);
    if (!job)
        return provi_fail_nomem(err);
    agent->custom_ca->job = job;
    provi_buffer_init(&job->pem, MAX_PEM_BYTES, false);
    job->source = *source;
    job->content = (struct provi_content){
        .sink = {.write = take_pem, .finish = end_pem, .ctx = job},
        .begin = begin_pem,
        .apply = apply,
    };
    job->attempt = (struct provi_attempt){
        .agent = agent,
        .choice = {.rule_name = PROVI_LIT(PROVI_CUSTOM_CA_RULE)},
        .rule_number = PROVI_NO_RULE,
        .left_ms = agent->limits.resync_timeout_ms,
        .servers = provi_buffer_str(&agent->dhcp.servers),
        .content = &job->content,
    };
    provi_account_begin(agent);
    provi_attempt_start(&job->attempt);
    return PROV_OK;
}

/* Where the certificate comes from: the rule's text, and the servers it may leave open. */
static prov_status take_digest(const struct prov_agent *agent, prov_str rule,
                               struct provi_digest *source, struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, rule);
    provi_digest_add_text(&digester, provi_buffer_str(&agent->dhcp.servers));
    return provi_digest_end(&digester, source, err);
}

/* What the rule comes to, with its macros' values. */
static prov_status expand(struct prov_agent *agent, bool *is_empty, struct provi_digest *source,
                          struct prov_error *err)
{
    struct provi_buffer rule;
    provi_buffer_init(&rule, agent->limits.max_rule_bytes, true);
    prov_status status =
        provi_expand_param(agent, PROVI_LIT(PROVI_CUSTOM_CA_RULE), PROV_MACRO_RULE, &rule, err);
    *is_empty = provi_str_trim(provi_buffer_str(&rule)).len == 0;
    if (status == PROV_OK)
        status = take_digest(agent, provi_buffer_str(&rule), source, err);
    provi_buffer_free(&rule, &agent->alloc);
    return status;
}

/* What has no attempt, whose result would say it. */
static void complain(struct prov_agent *agent, struct prov_error *error)
{
    provi_error_source(error, PROVI_LIT(PROVI_CUSTOM_CA_RULE));
    struct prov_event event = {
        .type = PROV_EVENT_LOG,
        .severity = PROV_SEVERITY_ERROR,
        .rule = PROVI_LIT(PROVI_CUSTOM_CA_RULE),
        .text = PROVI_LIT("the rule cannot be carried out"),
        .error = error,
    };
    provi_agent_event(agent, &event);
}

static void look(struct prov_agent *agent)
{
    struct provi_custom_ca *ca = agent->custom_ca;
    struct provi_digest source = {{0}};
    bool is_empty;
    ca->is_due = ca->has_retry = false;
    bool is_enabled;
    if (provi_settings_enabled(agent, &is_enabled) != PROV_OK) {
        plan_retry(agent);
        return;
    }
    if (!is_enabled)
        return;
    struct prov_error error = {0};
    prov_status status = expand(agent, &is_empty, &source, &error);
    bool is_same = ca->trust == PROVI_CA_INSTALLED && provi_digest_eq(&ca->source, &source);
    if (status == PROV_OK && is_empty && ca->trust != PROVI_CA_NONE)
        status = provi_custom_ca_take_away(agent, &error);
    else if (status == PROV_OK && !is_empty && !is_same)
        status = start(agent, &source, &error);
    if (status == PROV_OK)
        return;
    complain(agent, &error);
    plan_retry(agent);
}

/* ---- in time ---- */

prov_status provi_custom_ca_init(struct prov_agent *agent, struct prov_error *err)
{
    if (!agent->host.custom_ca)
        return PROV_OK;
    agent->custom_ca = provi_alloc_zero(&agent->alloc, sizeof *agent->custom_ca);
    return agent->custom_ca ? PROV_OK : provi_fail_nomem(err);
}

void provi_custom_ca_look_again(struct prov_agent *agent)
{
    if (agent->custom_ca)
        agent->custom_ca->is_due = true;
}

static bool is_time(const struct prov_agent *agent)
{
    const struct provi_custom_ca *ca = agent->custom_ca;
    return ca && agent->host.custom_ca && !agent->resync &&
           (ca->is_due || (ca->has_retry && provi_agent_left_ms(agent, ca->retry_ms) == 0));
}

bool provi_custom_ca_is_due(const struct prov_agent *agent)
{
    const struct provi_custom_ca *ca = agent->custom_ca;
    return ca && ca->job ? provi_attempt_is_due(&ca->job->attempt) : is_time(agent);
}

void provi_custom_ca_process(struct prov_agent *agent)
{
    struct provi_custom_ca *ca = agent->custom_ca;
    if (!ca)
        return;
    if (ca->job)
        provi_attempt_check_time(&ca->job->attempt);
    if (ca->job && provi_attempt_is_due(&ca->job->attempt))
        provi_attempt_end(&ca->job->attempt);
    else if (!ca->job && is_time(agent))
        look(agent);
    if (ca->job && ca->job->attempt.outcome != PROV_OUTCOME_NONE)
        finish(agent);
}

bool provi_custom_ca_is_busy(const struct prov_agent *agent)
{
    return agent->custom_ca && (agent->custom_ca->job || agent->custom_ca->is_due);
}

int64_t provi_custom_ca_timeout_ms(const struct prov_agent *agent)
{
    const struct provi_custom_ca *ca = agent->custom_ca;
    if (ca && ca->job)
        return provi_attempt_timeout_ms(&ca->job->attempt);
    if (!ca || !ca->has_retry || agent->resync)
        return -1;
    return provi_agent_left_ms(agent, ca->retry_ms);
}

void provi_custom_ca_put_off(struct prov_agent *agent)
{
    if (!agent->custom_ca)
        return;
    agent->custom_ca->is_due |= agent->custom_ca->job != NULL;
    free_job(agent);
}

void provi_custom_ca_cancel(struct prov_agent *agent)
{
    if (agent->custom_ca && agent->custom_ca->job)
        provi_fetch_cancel(&agent->custom_ca->job->attempt.fetch);
}

void provi_custom_ca_free(struct prov_agent *agent)
{
    if (!agent->custom_ca)
        return;
    free_job(agent);
    provi_free(&agent->alloc, agent->custom_ca, sizeof *agent->custom_ca);
}
