/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/custom_ca.h"

#include <stdio.h>

#include "agent/agent_priv.h"
#include "agent/apply.h"
#include "agent/attempt.h"
#include "agent/expand.h"
#include "agent/kept.h"
#include "base/alloc.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/str.h"

enum {
    MAX_PEM_BYTES = 64 * 1024,
    MAX_NAME = 128,
    SHORTEST_RETRY_S = 30, /* unless the host says otherwise */
};

#define RULE "Custom_CA_Rule"
#define NOT_INSTALLED "Not Installed"

static const char kept_name[] = "customca";
static const char kept_mark[] = "PVA1";

/* One fetch of certificates. */
struct provi_ca_job {
    struct provi_attempt attempt;
    struct provi_content content;
    struct provi_digest source;
    struct provi_buffer pem;
};

/* ---- status ---- */

/* `Last provisioning succeeded on mm/dd/yyyy HH:MM:SS`, local time; without a clock no time. */
static void write_status(struct prov_agent *agent, bool has_succeeded, char *buf, size_t cap)
{
    struct prov_world world;
    provi_agent_world(agent, &world);
    const char *how = has_succeeded ? "succeeded" : "failed";
    struct provi_civil t = provi_civil_from_seconds(world.wall_s + world.utc_offset_s);
    if (world.wall_valid)
        snprintf(buf, cap, "Last provisioning %s on %02d/%02d/%04d %02d:%02d:%02d", how, t.month,
                 t.day, (int)t.year, t.hour, t.minute, t.second);
    else
        snprintf(buf, cap, "Last provisioning %s", how);
}

static prov_status stage(struct provi_apply *apply, const char *name, const char *value,
                         struct prov_error *err)
{
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(name),
        .value = prov_str_from(value),
        .has_value = PROV_VALUE_GIVEN,
        .info = provi_param_info(&apply->agent->params, prov_str_from(name)),
    };
    return provi_stage_add(&apply->stage, &param, err);
}

/*
 * Parameters that only the library writes, and what is kept, in one transaction.
 *
 * @param info  NULL: as it is.
 */
static prov_status tell_store(struct prov_agent *agent, const char *status_text, const char *info,
                              prov_status (*keep)(struct prov_agent *, struct prov_error *),
                              struct prov_error *err)
{
    struct provi_apply apply;
    provi_apply_init(&apply, agent, PROVI_LIT(RULE));
    apply.keep_with = keep;
    prov_status status = stage(&apply, "Custom_CA_Provisioning_Status", status_text, err);
    if (status == PROV_OK && info)
        status = stage(&apply, "Custom_CA_Info", info, err);
    if (status == PROV_OK)
        status = provi_apply_commit(&apply, err);
    if (status == PROV_OK && apply.n_changed == 0)
        status = keep(agent, err);
    provi_apply_free(&apply);
    return status;
}

/* ---- over a reboot ---- */

static prov_status keep_pem(struct prov_agent *agent, struct prov_error *err)
{
    const struct provi_ca_job *job = agent->custom_ca->job;
    struct provi_record record;
    provi_record_begin(&record, agent, kept_mark);
    provi_record_digest(&record, &job->source);
    provi_record_text(&record, provi_buffer_str(&job->pem));
    return provi_record_keep(&record, agent, kept_name, err);
}

static prov_status forget_pem(struct prov_agent *agent, struct prov_error *err)
{
    return provi_kept_forget(agent, kept_name, err);
}

static prov_status keep_as_it_is(struct prov_agent *agent, struct prov_error *err)
{
    (void)agent;
    (void)err;
    return PROV_OK;
}

static prov_status hand_over(struct prov_agent *agent, prov_str pem, char *name,
                             struct prov_error *err)
{
    const struct prov_host *host = &agent->host;
    name[0] = '\0';
    if (!host->custom_ca)
        return PROV_OK;
    return provi_host_status(host->custom_ca(host->ctx, pem, name, MAX_NAME, err), err);
}

void provi_custom_ca_boot(struct prov_agent *agent)
{
    struct provi_custom_ca *ca = agent->custom_ca;
    struct provi_reading reading;
    struct prov_error error = {0};
    char name[MAX_NAME];
    if (!ca || !provi_reading_begin(&reading, agent, kept_name, kept_mark))
        return;
    provi_reading_digest(&reading, &ca->source);
    prov_str pem = provi_reading_text(&reading);
    ca->is_installed = !reading.is_short && hand_over(agent, pem, name, &error) == PROV_OK;
    provi_reading_end(&reading, agent);
    if (!ca->is_installed)
        provi_kept_complain(agent, kept_name, &error);
}

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

/* A name goes into a parameter: what is not plain text is shown as `?`. */
static void clean_name(char *name)
{
    for (; *name; name++)
        if (*name < 0x20 || *name > 0x7e)
            *name = '?';
}

static prov_status install(void *ctx, struct prov_error *err)
{
    struct provi_ca_job *job = ctx;
    struct prov_agent *agent = job->attempt.agent;
    char name[MAX_NAME], text[64];
    prov_status status = hand_over(agent, provi_buffer_str(&job->pem), name, err);
    if (status != PROV_OK)
        return status;
    clean_name(name);
    write_status(agent, true, text, sizeof text);
    status = tell_store(agent, text, name, keep_pem, err);
    if (status != PROV_OK)
        return status;
    agent->custom_ca->source = job->source;
    agent->custom_ca->is_installed = true;
    return PROV_OK;
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
    char list[512];
    size_t len;
    int64_t delay_ms = -1;
    provi_agent_world(agent, &world);
    if (provi_param_copy(&agent->params, PROVI_LIT("Resync_Error_Retry_Delay"), list, sizeof list,
                         &len) == PROV_OK)
        prov_delays_get((prov_str){list, len}, ca->n_failed, world.entropy, &delay_ms);
    int64_t floor_ms = (int64_t)(agent->floor_s ? agent->floor_s : SHORTEST_RETRY_S) * 1000;
    ca->n_failed++;
    ca->has_retry = delay_ms >= 0;
    ca->retry_ms = world.mono_ms + (delay_ms > floor_ms ? delay_ms : floor_ms);
}

/* What the host had stays in force. */
static void fail(struct prov_agent *agent)
{
    char text[64];
    write_status(agent, false, text, sizeof text);
    tell_store(agent, text, NULL, keep_as_it_is, NULL);
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

static void start(struct prov_agent *agent, const struct provi_digest *source)
{
    struct provi_ca_job *job = provi_alloc_zero(&agent->alloc, sizeof *job);
    if (!job) {
        fail(agent);
        return;
    }
    agent->custom_ca->job = job;
    provi_buffer_init(&job->pem, MAX_PEM_BYTES, false);
    job->source = *source;
    job->content = (struct provi_content){
        .sink = {.write = take_pem, .finish = end_pem, .ctx = job},
        .begin = begin_pem,
        .apply = install,
    };
    job->attempt = (struct provi_attempt){
        .agent = agent,
        .choice = {.rule_name = PROVI_LIT(RULE)},
        .rule_number = PROVI_NO_RULE,
        .servers = provi_buffer_str(&agent->dhcp.servers),
        .content = &job->content,
    };
    provi_account_begin(agent);
    provi_attempt_start(&job->attempt);
}

static void take_away(struct prov_agent *agent)
{
    struct prov_error error = {0};
    char name[MAX_NAME];
    prov_status status = hand_over(agent, PROVI_LIT(""), name, &error);
    if (status == PROV_OK)
        status = tell_store(agent, "", NOT_INSTALLED, forget_pem, &error);
    agent->custom_ca->is_installed = status != PROV_OK;
    if (status != PROV_OK)
        plan_retry(agent);
}

/* What the rule comes to: the text with its macros' values, and the servers it may leave open. */
static prov_status expand(struct prov_agent *agent, bool *is_empty, struct provi_digest *source)
{
    struct provi_buffer rule;
    struct provi_digester digester;
    provi_buffer_init(&rule, agent->limits.max_rule_bytes, true);
    prov_status status = provi_expand_param(agent, PROVI_LIT(RULE), PROV_MACRO_RULE, &rule, NULL);
    *is_empty = provi_str_trim(provi_buffer_str(&rule)).len == 0;
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, provi_buffer_str(&rule));
    provi_digest_add_text(&digester, provi_buffer_str(&agent->dhcp.servers));
    prov_status digested = provi_digest_end(&digester, source, NULL);
    provi_buffer_free(&rule, &agent->alloc);
    return status == PROV_OK ? digested : status;
}

static void look(struct prov_agent *agent)
{
    struct provi_custom_ca *ca = agent->custom_ca;
    struct provi_digest source;
    bool is_empty;
    ca->is_due = ca->has_retry = false;
    if (!provi_param_bool(&agent->params, "Provision_Enable"))
        return;
    if (expand(agent, &is_empty, &source) != PROV_OK)
        plan_retry(agent);
    else if (is_empty && ca->is_installed)
        take_away(agent);
    else if (!is_empty && !(ca->is_installed && provi_digest_eq(&ca->source, &source)))
        start(agent, &source);
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
           (ca->is_due || provi_custom_ca_timeout_ms(agent) == 0);
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
