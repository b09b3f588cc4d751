/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/upgrade_priv.h"

#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/operation.h"

enum { DEFAULT_TIMEOUT_S = 3600 };

int64_t provi_upgrade_retry_ms(struct provi_rule_job *job, uint32_t n_failed)
{
    struct provi_env *env = provi_job_env(&job->job);
    const struct provi_upgrade_record *record = &provi_upgrade_of(job)->record;
    if (provi_upgrade_n_failed_boots(record, &record->image) >= PROVI_UPGRADE_BOOTS)
        return -1;
    return provi_param_delay_ms(&env->params, "Upgrade_Error_Retry_Delay", n_failed,
                                provi_env_entropy(env));
}

/* The rule changed: discard what the old text satisfied or put into quarantine. */
static void adopt_key(struct provi_upgrade *upgrade, const struct provi_digest *key)
{
    struct provi_upgrade_record *record = &upgrade->record;
    upgrade->seen_key = *key;
    if (provi_digest_eq(&record->key, key))
        return;
    bool is_worth_saving = record->n_satisfied || record->n_failed_boots || record->n_failed;
    record->key = *key;
    record->n_satisfied = 0;
    record->n_failed_boots = 0;
    record->n_failed = upgrade->rule.n_failed = 0;
    upgrade->has_failed = upgrade->is_circle_reported = false;
    if (is_worth_saving)
        provi_upgrade_save_or_warn(upgrade);
}

bool provi_upgrade_is_enabled(const struct provi_upgrade *upgrade)
{
    return provi_param_bool(&provi_upgrade_env(upgrade)->params, "Upgrade_Enable");
}

/* The URL for messages, cut where it is too long. */
static prov_status write_url(struct provi_upgrade *upgrade, const struct prov_rule_target *target,
                             struct prov_error *err)
{
    const struct prov_alloc *alloc = &provi_upgrade_env(upgrade)->alloc;
    struct provi_upgrade_image *image = &upgrade->next;
    const struct provi_url parts = {
        .scheme = target->scheme, .host = target->host, .port = target->port, .path = target->path};
    struct provi_buffer url;
    size_t len;
    provi_buffer_init(&url, SIZE_MAX, true);
    struct provi_text out = {.buffer = &url, .alloc = alloc};
    provi_url_write(&out, &parts);
    prov_status status = provi_text_end(&out, NULL);
    if (status == PROV_OK)
        prov_rule_redact(provi_buffer_str(&url), image->url, sizeof image->url, &len);
    image->url[sizeof image->url - 1] = '\0';
    provi_buffer_free(&url, alloc);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}

/* The target that the rule chose, and its texts for host and messages; no target: all empty. */
static prov_status adopt_target(struct provi_upgrade *upgrade, const struct provi_choice *choice,
                                prov_str server, struct prov_error *err)
{
    struct provi_upgrade_image *image = &upgrade->next;
    struct prov_rule_target target;
    *image = (struct provi_upgrade_image){.is_on_request = choice->cause != PROV_CAUSE_NONE};
    if (!provi_choice_target(choice, 0, &target))
        return PROV_OK;
    prov_status status = prov_rule_target_resolve(&target, server, &target, err);
    if (status == PROV_OK)
        status = provi_upgrade_target_digest(&target, &image->target, err);
    if (status != PROV_OK)
        return status;
    provi_upgrade_copy_text(image->load, sizeof image->load,
                            provi_upgrade_load_name(provi_upgrade_file(target.path)));
    return write_url(upgrade, &target, err);
}

/* Bytes that the host kept are used over HTTP, if their digest is not to be checked. */
void provi_upgrade_fill_extra(struct provi_rule_job *job, struct provi_fetch_extra *extra)
{
    const struct provi_upgrade *upgrade = provi_upgrade_of(job);
    const struct prov_upgrade_host *host = &upgrade->host;
    const struct prov_upgrade_answer *answer = &upgrade->answer;
    bool can_resume = answer->offset && answer->etag[0] == '"' && !answer->has_sha256;
    struct prov_limits *limits = &extra->limits;
    uint32_t timeout_s = host->timeout_s ? host->timeout_s : DEFAULT_TIMEOUT_S;
    limits->max_fetch_bytes = host->max_bytes ? host->max_bytes : UINT64_MAX;
    limits->resync_timeout_ms = limits->total_timeout_ms =
        timeout_s < UINT32_MAX / 1000 ? timeout_s * 1000 : UINT32_MAX;
    extra->is_raw = true;
    if (can_resume) {
        extra->offset = answer->offset;
        extra->etag = prov_str_from(answer->etag);
    }
}

/* Why an image is not to be installed, though it is not the one that runs. */
static prov_status permit(struct provi_upgrade *upgrade, struct provi_rule_plan *plan,
                          struct prov_error *err)
{
    const struct prov_upgrade_answer *answer = &upgrade->answer;
    struct provi_upgrade_image *next = &upgrade->next;
    provi_upgrade_copy_text(next->version, sizeof next->version, prov_str_from(answer->version));
    prov_status status = provi_upgrade_image_digest(
        &next->target, answer->has_sha256 ? answer->sha256 : NULL, &next->id, err);
    if (status != PROV_OK)
        return status;
    if (provi_upgrade_n_failed_boots(&upgrade->record, next) >= PROVI_UPGRADE_BOOTS) {
        plan->refusal = PROVI_LIT("image quarantined");
        return provi_fail(err, PROV_E_QUARANTINED,
                          "the image failed to boot %d times: not tried until " PROVI_UPGRADE_RULE
                          " changes",
                          PROVI_UPGRADE_BOOTS);
    }
    status =
        provi_upgrade_permit(provi_upgrade_env(upgrade),
                             prov_str_from(answer->version[0] ? answer->version : next->load), err);
    if (status == PROV_E_POLICY)
        plan->refusal = PROVI_LIT("downgrade not allowed");
    return status;
}

static prov_status start(struct provi_upgrade *upgrade, struct provi_rule_plan *plan,
                         struct prov_error *err)
{
    if (!upgrade->next.is_on_request)
        upgrade->has_failed = upgrade->rule.has_retry = false;
    upgrade->is_waiting = false;
    upgrade->record.step = PROV_UPGRADE_NONE;
    upgrade->record.image = upgrade->next;
    upgrade->record.is_rebooting = upgrade->record.is_reinstalled = false;
    provi_deferral_end(provi_upgrade_env(upgrade), PROV_STAGE_UPGRADE);
    prov_status status = provi_rule_job_start(&upgrade->rule, plan, err);
    if (status != PROV_OK)
        provi_upgrade_end_operation(upgrade);
    return status;
}

/* Start nothing. After a failure the retry stays planned, unless this was the retry. */
static prov_status drop(struct provi_upgrade *upgrade, struct provi_rule_plan *plan,
                        prov_status status)
{
    struct provi_rule_job *job = &upgrade->rule;
    bool is_request = job->request.cause != PROV_CAUSE_NONE;
    if (!is_request && upgrade->has_failed)
        upgrade->has_failed = provi_rule_job_waits(job) || !job->is_retry;
    upgrade->is_waiting = false;
    provi_choice_free(&plan->choice, &provi_upgrade_env(upgrade)->alloc);
    provi_upgrade_end_operation(upgrade);
    provi_deferral_end(provi_upgrade_env(upgrade), PROV_STAGE_UPGRADE);
    return status;
}

/* The lines are active, or the host defers: repeat the decision later. */
static bool is_deferred(struct provi_upgrade *upgrade)
{
    struct provi_env *env = provi_upgrade_env(upgrade);
    return !provi_deferral_lines_are_idle(env, PROV_STAGE_UPGRADE) ||
           !provi_deferral_allows(env, PROV_STAGE_UPGRADE);
}

static bool is_deferral_on(const struct provi_upgrade *upgrade)
{
    return provi_upgrade_env(upgrade)->deferrals[PROV_STAGE_UPGRADE].waits_for;
}

static prov_status put_off(struct provi_upgrade *upgrade, struct provi_rule_plan *plan)
{
    struct provi_rule_job *job = &upgrade->rule;
    bool is_request = job->request.cause != PROV_CAUSE_NONE;
    if (is_request)
        provi_pending_move(&job->pending, &job->request, &provi_upgrade_env(upgrade)->alloc);
    else
        upgrade->has_failed = false; /* to be carried out, now or later */
    job->is_due |= !is_request;
    provi_choice_free(&plan->choice, &provi_upgrade_env(upgrade)->alloc);
    provi_upgrade_end_operation(upgrade);
    return PROV_OK;
}

/* The loop guard: the rule leads back to an earlier image, or to ever new ones. */
static void warn_of_circle(struct provi_upgrade *upgrade)
{
    struct provi_env *env = provi_upgrade_env(upgrade);
    if (upgrade->is_circle_reported ||
        provi_str_eq(prov_str_from(upgrade->next.load), provi_upgrade_running(env)))
        return;
    upgrade->is_circle_reported = true;
    provi_upgrade_warn(upgrade, PROVI_LIT("upgrade rule goes in a circle"), NULL);
}

/* Whether Upgrade_Rule has nothing to do for its target, or waits for a retry. */
static bool is_settled(struct provi_upgrade *upgrade)
{
    const struct provi_upgrade_record *record = &upgrade->record;
    const struct provi_digest *target = &upgrade->next.target;
    const size_t n = record->n_satisfied;
    bool is_satisfied = provi_upgrade_is_satisfied(record, target);
    if (is_satisfied || n == PROVI_UPGRADE_SATISFIED) {
        bool is_latest = is_satisfied && provi_digest_eq(&record->satisfied[n - 1], target);
        if (!is_latest && upgrade->next.url[0])
            warn_of_circle(upgrade);
        return true;
    }
    return upgrade->has_failed && !upgrade->rule.is_retry;
}

static prov_status wait_for_host(struct provi_upgrade *upgrade, struct provi_rule_plan *plan)
{
    bool was_waiting = upgrade->is_waiting;
    prov_status status = drop(upgrade, plan, PROV_OK);
    upgrade->is_waiting = true;
    if (!was_waiting)
        provi_upgrade_report(upgrade);
    return status;
}

static prov_status decide_on_image(struct provi_upgrade *upgrade, struct provi_rule_plan *plan,
                                   struct prov_error *err)
{
    struct provi_upgrade_record *record = &upgrade->record;
    struct prov_error error = {0};
    bool is_request = upgrade->next.is_on_request;
    prov_status status = provi_upgrade_inspect(upgrade, &upgrade->next, &error);
    uint32_t presence = status == PROV_OK ? upgrade->answer.presence : PROV_UPGRADE_PRESENCE_ABSENT;
    if (presence == PROV_UPGRADE_PRESENCE_WAIT && !is_request)
        return wait_for_host(upgrade, plan);
    if (presence == PROV_UPGRADE_PRESENCE_WAIT) {
        plan->refusal = PROVI_LIT("image not permitted yet");
        status = provi_fail(&error, PROV_E_POLICY, "the host does not permit the image yet");
    }
    plan->is_in_use = presence == PROV_UPGRADE_PRESENCE_RUNNING;
    plan->is_here = presence == PROV_UPGRADE_PRESENCE_PRESENT;
    if (plan->is_in_use && !is_request) {
        provi_upgrade_satisfy(record, &upgrade->next.target);
        provi_upgrade_save_or_warn(upgrade);
        return drop(upgrade, plan, PROV_OK);
    }
    if (!plan->is_in_use && status == PROV_OK)
        status = permit(upgrade, plan, &error);
    if (!plan->is_in_use && status == PROV_OK && is_deferred(upgrade))
        return put_off(upgrade, plan);
    if (status != PROV_OK)
        plan->error = &error;
    return start(upgrade, plan, err);
}

prov_status provi_upgrade_decide(struct provi_rule_job *job, struct prov_error *err)
{
    struct provi_upgrade *upgrade = provi_upgrade_of(job);
    struct provi_fetcher *fetcher = job->job.jobs->fetcher;
    struct provi_rule_plan plan = {.choice = provi_rule_job_choice(job)};
    struct prov_error error = {0};
    struct provi_digest key;
    bool is_request = job->request.cause != PROV_CAUSE_NONE;
    bool is_empty;
    if (is_deferral_on(upgrade) &&
        !provi_deferral_lines_are_idle(provi_upgrade_env(upgrade), PROV_STAGE_UPGRADE))
        return put_off(upgrade, &plan);
    if (!provi_upgrade_is_enabled(upgrade))
        return drop(upgrade, &plan, PROV_OK);
    upgrade->number = 0;
    upgrade->file[0] = upgrade->etag[0] = '\0';
    prov_status status = provi_rule_job_digest(job, PROVI_LIT(""), &key, &is_empty, err);
    if (status != PROV_OK)
        return status;
    if (!is_request)
        adopt_key(upgrade, &key);
    fetcher->upgst = is_request || job->n_failed == 0 ? 1 : 2;
    provi_operation_begin(fetcher, prov_cause_prvst(job->request.cause));
    plan.choice.kind = PROV_RULE_KIND_UPGRADE;
    plan.choice.flags = is_request ? PROV_RULE_FLAG_SERVER_OPTIONAL : 0;
    status = provi_choice_make(&plan.choice, fetcher, &error);
    if (status == PROV_OK && plan.choice.alternative < 0)
        return drop(upgrade, &plan, PROV_OK);
    if (status == PROV_OK)
        status =
            adopt_target(upgrade, &plan.choice, provi_secret_str(&job->request.requester), &error);
    else
        upgrade->next = (struct provi_upgrade_image){.is_on_request = is_request};
    if (!is_request && is_settled(upgrade))
        return drop(upgrade, &plan, PROV_OK);
    if (status != PROV_OK)
        plan.error = &error;
    if (status != PROV_OK || upgrade->next.url[0] == '\0')
        return start(upgrade, &plan, err);
    return decide_on_image(upgrade, &plan, err);
}
