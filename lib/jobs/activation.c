/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/activation.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/log.h"
#include "jobs/activation_answer.h"
#include "jobs/activation_priv.h"
#include "jobs/resync.h"

enum {
    MAX_ANSWER_BYTES = 64 * 1024,
    MAX_FORM_BYTES = 4096,
};

static struct provi_activation *of(struct provi_job *job)
{
    return (struct provi_activation *)job;
}

static struct provi_resync_job *find_resync(const struct provi_activation *activation)
{
    struct provi_job *job = activation->rule.job.jobs->first;
    while (job->type->job != PROV_JOB_RESYNC)
        job = job->next;
    return (struct provi_resync_job *)job;
}

/* Only if no request waits: a new one would replace it, with its rule. */
static bool may_request(const struct provi_activation *activation)
{
    const struct provi_resync_job *resync = find_resync(activation);
    return activation->wants_resync && !resync->running && !resync->start_cause &&
           !resync->pending.cause && !resync->pending.rule.len;
}

/* If the settings forbid a resync now, the scheduler starts one when they permit it. */
static void request_resync(struct provi_activation *activation)
{
    struct provi_pending pending = {.cause = PROV_CAUSE_HOST};
    struct provi_job *job = provi_jobs_for_verb(activation->rule.job.jobs, PROV_VERB_RESYNC);
    if (!may_request(activation))
        return;
    activation->wants_resync = false;
    job->type->request(job, &pending, NULL);
}

static void start_resync(struct provi_activation *activation)
{
    provi_activation_fetcher(activation)->is_code_wanted = false;
    provi_activation_plan_places(activation);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    struct provi_activation *activation = of(job);
    if (event == PROVI_JOB_BOOT)
        provi_activation_boot(activation);
    else if (event == PROVI_JOB_RESYNC_STARTS)
        start_resync(activation);
    else if (event == PROVI_JOB_RESYNC_ENDED)
        provi_activation_end_of_resync(activation);
    provi_rule_job_on_event(job, event);
}

static void on_result(struct provi_job *job, const struct provi_job *ended,
                      const struct prov_result *result)
{
    if (ended->type->job == PROV_JOB_RESYNC)
        provi_activation_end_resync(of(job), result);
}

static void process(struct provi_job *job)
{
    struct provi_activation *activation = of(job);
    provi_activation_watch(activation);
    provi_rule_job_process(job);
    if (provi_activation_env(activation)->is_freed)
        return;
    request_resync(activation);
    provi_activation_save(activation);
    provi_activation_show(activation, false);
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct provi_activation *activation = (const struct provi_activation *)job;
    const struct provi_fetcher *fetcher = provi_activation_fetcher(activation);
    bool has_offer = fetcher->n_offers != activation->seen_offers && !job->jobs->running;
    if (has_offer || may_request(activation) || find_resync(activation)->pending.cause)
        return 0;
    return provi_rule_job_timeout_ms(job);
}

static void status(struct provi_job *job, struct prov_job_status *out)
{
    provi_rule_job_status(job, out);
    if (out->state == PROV_STATE_IDLE && of(job)->shown.is_code_wanted) {
        out->state = PROV_STATE_WAITING;
        out->waits_for = PROV_WAIT_CODE;
    }
}

/* The code in the form in which it is sent replaces the one that was entered. */
static prov_status request(struct provi_job *job, struct provi_pending *pending,
                           struct prov_error *err)
{
    const struct provi_activation *activation = of(job);
    char code[PROVI_ACTIVATION_CODE_CAP];
    bool is_enabled;
    if (!activation->code_url.len)
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "PROV_VERB_ACTIVATE: expected prov_activation_host.code_url");
    prov_status status = provi_settings_enabled(provi_activation_env(activation), &is_enabled);
    if (status == PROV_OK && !is_enabled)
        status = provi_fail(err, PROV_E_POLICY, "Provision_Enable is No");
    if (status != PROV_OK)
        return status;
    const prov_str sent = {code, provi_activation_code(provi_secret_str(&pending->rule), code)};
    if (sent.len == 0)
        status = provi_fail(err, PROV_E_VALUE,
                            "Invalid activation code: expected 16 digits, or # and 3 to 16 digits");
    else if (provi_secret_set(&pending->rule, &provi_activation_env(activation)->alloc, sent) !=
             PROV_OK)
        status = provi_fail_nomem(err);
    else
        status = provi_rule_job_request(job, pending, err);
    provi_wipe(code, sizeof code);
    return status;
}

static void free_urls(struct provi_activation *activation, const struct prov_alloc *alloc)
{
    provi_secret_clear(&activation->code_url, alloc);
    provi_secret_clear(&activation->contact_url, alloc);
}

static void free_job(struct provi_job *job)
{
    struct provi_activation *activation = of(job);
    const struct prov_alloc *alloc = &provi_activation_env(activation)->alloc;
    provi_rule_job_clear(&activation->rule);
    provi_buffer_free(&activation->form, alloc);
    provi_buffer_free(&activation->servers, alloc);
    provi_buffer_free(&activation->by_service.shown, alloc);
    provi_buffer_free(&activation->by_code.shown, alloc);
    free_urls(activation, alloc);
    provi_free(alloc, activation, sizeof *activation);
}

static const struct provi_rule_job_type activation_job = {
    .row =
        {
            .name = PROVI_ACTIVATION_NAME,
            .job = PROV_JOB_ACTIVATION,
            .place = PROVI_PLACE_ACTIVATION,
            .delays_reboot = true,
            .runs_to_end = true, /* the service may have used the code up already */
            .verb = PROV_VERB_ACTIVATE,
            .request = request,
            .on_event = on_event,
            .on_result = on_result,
            .process = process,
            .timeout_ms = timeout_ms,
            .status = status,
            .is_busy = provi_rule_job_is_busy,
            .cancel = provi_rule_job_cancel,
            .free = free_job,
        },
    .rule_name = PROVI_ACTIVATION_NAME,
    .request_name = PROVI_ACTIVATION_NAME,
    .messages = PROVI_MESSAGES("", "", "Activation failed: $ERR"),
    .max_bytes = MAX_ANSWER_BYTES,
    .may_be_empty = true,
    .decide = provi_activation_decide,
    .fill_extra = provi_activation_fill_extra,
    .accept = provi_activation_accept,
    .ended = provi_activation_ended,
};

static prov_status check_url(prov_str url, const char *name, struct prov_error *err)
{
    struct provi_url parts;
    struct provi_url_fault fault;
    if (!provi_str_is_sound(url) ||
        (url.len && (!provi_url_split(url, true, &parts, &fault) || parts.host.len == 0 ||
                     !provi_str_is(parts.scheme, "https"))))
        return provi_fail(err, PROV_E_INVALID, "host.%s: expected https://HOST/PATH", name);
    return PROV_OK;
}

static prov_status copy_urls(struct provi_activation *activation, const struct prov_alloc *alloc,
                             const struct prov_activation_host *host, struct prov_error *err)
{
    if (provi_secret_set(&activation->code_url, alloc, host->code_url) == PROV_OK &&
        provi_secret_set(&activation->contact_url, alloc, host->contact_url) == PROV_OK)
        return PROV_OK;
    free_urls(activation, alloc);
    return provi_fail_nomem(err);
}

prov_status prov_agent_enable_activation(prov_agent *agent, const struct prov_activation_host *host,
                                         struct prov_error *err)
{
    struct prov_activation_host copy;
    if (!agent)
        return provi_fail_invalid(err, "agent");
    prov_status status = provi_abi_in(&copy, sizeof copy, host, err);
    if (status == PROV_OK)
        status = check_url(copy.code_url, "code_url", err);
    if (status == PROV_OK)
        status = check_url(copy.contact_url, "contact_url", err);
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job = NULL;
    if (status == PROV_OK)
        status =
            provi_jobs_new(jobs, &activation_job.row, sizeof(struct provi_activation), &job, err);
    if (status != PROV_OK)
        return status;
    const struct prov_alloc *alloc = &jobs->fetcher->env->alloc;
    struct provi_activation *activation = of(job);
    status = copy_urls(activation, alloc, &copy, err);
    if (status != PROV_OK) {
        provi_free(alloc, activation, sizeof *activation);
        return status;
    }
    provi_buffer_init(&activation->form, MAX_FORM_BYTES, true);
    jobs->fetcher->has_activation = true;
    jobs->fetcher->choose_other_place = provi_activation_other_place;
    provi_jobs_insert(jobs, job, &activation_job.row);
    return PROV_OK;
}

prov_status prov_agent_activation_get(prov_agent *agent, struct prov_activation *out)
{
    if (!agent || !out)
        return PROV_E_INVALID;
    struct provi_job *job = provi_jobs_find(provi_agent_jobs(agent), &activation_job.row);
    return job ? provi_abi_out(out, &of(job)->shown, sizeof of(job)->shown) : PROV_E_UNSUPPORTED;
}

prov_status prov_agent_contact_get(prov_agent *agent, uint32_t contact,
                                   struct prov_contact_offer *out)
{
    struct prov_contact_offer found;
    if (!agent || !out)
        return PROV_E_INVALID;
    struct provi_job *job = provi_jobs_find(provi_agent_jobs(agent), &activation_job.row);
    if (!job)
        return PROV_E_UNSUPPORTED;
    if (!provi_activation_find_offer(of(job), contact, &found))
        return PROV_E_NOT_FOUND;
    return provi_abi_out(out, &found, sizeof found);
}
