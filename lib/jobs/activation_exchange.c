/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The exchange with a service: when to begin one, how its response is used, and the last offer. */
#include "jobs/activation_priv.h"

#include "base/error.h"
#include "base/str.h"
#include "env/param.h"
#include "jobs/activation_answer.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

void provi_activation_fill_extra(struct provi_rule_job *job, struct provi_fetch_extra *extra)
{
    const struct provi_activation *activation = (const struct provi_activation *)job;
    extra->method = PROV_METHOD_POST;
    extra->body = provi_buffer_str(&activation->form);
    extra->content_type = PROVI_LIT("application/x-www-form-urlencoded");
    extra->is_confined = true;
}

static prov_status start_exchange(struct provi_activation *activation, struct prov_error *err)
{
    struct provi_env *env = provi_activation_env(activation);
    const struct provi_pending *request = &activation->rule.request;
    struct provi_rule_plan plan = {
        .choice =
            {
                .cause = request->cause,
                .rule_name = prov_str_from(PROVI_ACTIVATION_NAME),
                .text =
                    provi_secret_str(request->cause != PROV_CAUSE_NONE ? &activation->code_url
                                                                       : &activation->contact_url),
            },
    };
    activation->is_unstored = false;
    prov_status status =
        provi_activation_form(env, provi_secret_str(&request->rule), &activation->form, err);
    if (status == PROV_OK)
        status = provi_rule_job_start(&activation->rule, &plan, err);
    if (status != PROV_OK)
        provi_buffer_free(&activation->form, &env->alloc);
    return status;
}

static void end_code(struct provi_activation *activation, enum prov_code_outcome outcome)
{
    activation->kept.is_code_sent = false;
    activation->shown.code = outcome;
    provi_activation_save(activation);
    provi_activation_show(activation, true);
}

/* After a power cut from here on, the service may or may not have used the code up. */
static prov_status send_code(struct provi_activation *activation, struct prov_error *err)
{
    activation->kept.is_code_sent = true;
    activation->shown.code = PROV_CODE_NONE;
    provi_activation_save(activation);
    prov_status status = start_exchange(activation, err);
    if (status != PROV_OK)
        end_code(activation, PROV_CODE_NO_SERVICE);
    return status;
}

/* Whether to ask the service: no other source has named a server. */
static bool is_contact_due(struct provi_activation *activation)
{
    uint32_t crc;
    const struct provi_fetcher *fetcher = provi_activation_fetcher(activation);
    bool has_offer = (provi_dhcp_servers(fetcher).len > 0 && !provi_dhcp_is_domain(fetcher)) ||
                     fetcher->next_dhcp;
    return activation->contact_url.len && provi_activation_is_fresh(activation) && !has_offer &&
           provi_activation_read_rule(activation, &crc) == PROVI_ACTIVATION_RULE_NONE &&
           !provi_rule_job_waits(&activation->rule);
}

prov_status provi_activation_decide(struct provi_rule_job *job, struct prov_error *err)
{
    struct provi_activation *activation = (struct provi_activation *)job;
    bool is_enabled;
    if (job->request.cause != PROV_CAUSE_NONE)
        return send_code(activation, err);
    prov_status status = provi_settings_enabled(provi_activation_env(activation), &is_enabled);
    if (status != PROV_OK || !is_enabled || !is_contact_due(activation))
        return status;
    provi_activation_set_state(activation, PROV_CUSTOMIZATION_PENDING, PROV_CONTACT_NONE);
    return start_exchange(activation, err);
}

/* The rules and the new state are committed together; a power cut leaves both unchanged. */
static prov_status use_answer(struct provi_activation *activation,
                              const struct provi_activation_answer *answer, struct prov_error *err)
{
    const struct provi_activation_kept before = activation->kept;
    const struct provi_job_record record = {provi_activation_save_kept, activation};
    bool is_code = activation->rule.request.cause != PROV_CAUSE_NONE;
    activation->kept = (struct provi_activation_kept){
        .state = PROV_CUSTOMIZATION_CUSTOM_PENDING,
        .contact = is_code ? PROV_CONTACT_CODE : PROV_CONTACT_SERVICE,
        .rule_crc = provi_crc32(0, provi_str_trim(provi_buffer_str(&answer->rules[0]))),
    };
    prov_status status = provi_activation_store(answer, &activation->rule.job, &record, err);
    activation->is_unstored = status != PROV_OK && status != PROV_E_CORRUPT;
    if (status != PROV_OK) {
        activation->kept = before;
        return status;
    }
    activation->wants_resync = true;
    provi_activation_fetcher(activation)->is_code_wanted = false;
    return PROV_OK;
}

/* The masked rule may be longer than the rule. */
static prov_status record_offer(struct provi_activation *activation, prov_str rule,
                                struct prov_error *err)
{
    struct provi_env *env = provi_activation_env(activation);
    bool is_code = activation->rule.request.cause != PROV_CAUSE_NONE;
    struct provi_activation_offer *offer = is_code ? &activation->by_code : &activation->by_service;
    offer->is_given = true;
    offer->at_ms = provi_env_now_ms(env);
    provi_buffer_free(&offer->shown, &env->alloc);
    provi_buffer_init(&offer->shown, 4 * rule.len, false);
    return provi_redact(env, PROVI_LIT(""), rule, &offer->shown, err);
}

prov_status provi_activation_accept(struct provi_rule_job *job, prov_str file,
                                    struct prov_error *err)
{
    struct provi_activation *activation = (struct provi_activation *)job;
    struct provi_activation_answer answer;
    bool is_code = job->request.cause != PROV_CAUSE_NONE;
    if (file.len == 0 && !is_code) {
        provi_activation_set_state(activation, PROV_CUSTOMIZATION_UNAVAILABLE, PROV_CONTACT_NONE);
        return record_offer(activation, PROVI_LIT(""), err);
    }
    prov_status status =
        provi_activation_read(&answer, provi_activation_env(activation), file, err);
    if (status == PROV_OK)
        status = record_offer(activation, provi_str_trim(provi_buffer_str(&answer.rules[0])), err);
    if (status == PROV_OK)
        status = use_answer(activation, &answer, err);
    provi_activation_answer_free(&answer, provi_activation_env(activation));
    return status;
}

static enum prov_code_outcome outcome_of(const struct provi_activation *activation,
                                         const struct prov_result *result)
{
    if (result->outcome != PROV_OUTCOME_FAILED)
        return PROV_CODE_ACCEPTED;
    if (activation->is_unstored)
        return PROV_CODE_NOT_STORED;
    switch (result->code) {
    case 403: return PROV_CODE_WRONG_MODEL;
    case 404: return PROV_CODE_UNKNOWN;
    case 409: return PROV_CODE_USED;
    case 410: return PROV_CODE_EXPIRED;
    case 429: return PROV_CODE_TOO_MANY;
    default: return PROV_CODE_NO_SERVICE;
    }
}

void provi_activation_ended(struct provi_rule_job *job, const struct prov_result *result)
{
    struct provi_activation *activation = (struct provi_activation *)job;
    provi_buffer_free(&activation->form, &provi_activation_env(activation)->alloc);
    if (job->request.cause != PROV_CAUSE_NONE) {
        end_code(activation, outcome_of(activation, result));
        return;
    }
    if (activation->kept.state == PROV_CUSTOMIZATION_UNAVAILABLE)
        provi_rule_job_plan(job, DAY_MS);
    provi_activation_save(activation);
    provi_activation_show(activation, false);
}

bool provi_activation_find_offer(const struct provi_activation *activation, uint32_t contact,
                                 struct prov_contact_offer *out)
{
    const struct provi_dhcp *dhcp = provi_dhcp_latest(provi_activation_fetcher(activation));
    const struct provi_activation_offer *offer =
        contact == PROV_CONTACT_CODE ? &activation->by_code : &activation->by_service;
    *out = (struct prov_contact_offer){
        .size = sizeof *out,
        .contact = contact,
        .is_used = contact == activation->kept.contact,
        .at_ms = provi_env_host_moment(provi_activation_env(activation), offer->at_ms),
        .text = provi_buffer_str(&offer->shown),
    };
    if (contact == PROV_CONTACT_SERVICE || contact == PROV_CONTACT_CODE)
        return offer->is_given;
    if (!dhcp || contact != (provi_dhcp_has_domain(dhcp) ? PROV_CONTACT_SRV : PROV_CONTACT_DHCP))
        return false;
    out->at_ms = provi_env_host_moment(provi_activation_env(activation), dhcp->at_ms);
    out->text = provi_buffer_str(&dhcp->shown);
    return true;
}
