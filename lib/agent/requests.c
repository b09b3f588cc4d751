/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "env/env.h"
#include "fetch/log.h"

static void request_turn(struct prov_agent *agent)
{
    agent->is_notified = true;
    provi_deferral_recheck(&agent->env);
    provi_env_wake(&agent->env);
}

void prov_agent_notify(prov_agent *agent)
{
    if (!agent)
        return;
    provi_env_enter(&agent->env);
    provi_settings_forget(&agent->env);
    provi_jobs_notify(&agent->jobs, PROVI_JOB_NOTIFIED);
    request_turn(agent);
    provi_env_leave(&agent->env);
}

prov_status prov_agent_network(prov_agent *agent, uint32_t event, struct prov_error *err)
{
    bool is_event = event >= PROV_NETWORK_LOST && event <= PROV_NETWORK_CHANGED;
    if (!agent || !is_event)
        return provi_fail_invalid(err, agent ? "event: expected PROV_NETWORK_LOST, BACK or CHANGED"
                                             : "agent");
    provi_env_enter(&agent->env);
    if (event == PROV_NETWORK_LOST)
        provi_jobs_notify(&agent->jobs, PROVI_JOB_LINK_LOST);
    agent->env.is_link_lost = event == PROV_NETWORK_LOST;
    agent->env.link_ms = provi_env_now_ms(&agent->env);
    agent->network_event = (uint8_t)event;
    agent->is_notified = true;
    provi_env_wake(&agent->env);
    provi_env_leave(&agent->env);
    return PROV_OK;
}

/* Check the lengths of rule, user and password. */
static prov_status check_lengths(const struct provi_env *env,
                                 const struct prov_agent_request *request, struct prov_error *err)
{
    if (request->rule.len > env->limits.max_rule_bytes)
        return provi_fail(err, PROV_E_LIMIT, "rule of %zu bytes, at most %u", request->rule.len,
                          (unsigned)env->limits.max_rule_bytes);
    if (request->uid.len > PROVI_MAX_LOGIN_BYTES || request->pwd.len > PROVI_MAX_LOGIN_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "user or password of more than %d bytes",
                          PROVI_MAX_LOGIN_BYTES);
    return PROV_OK;
}

static prov_status check_request(const struct provi_env *env,
                                 const struct prov_agent_request *request, struct prov_error *err)
{
    if (!provi_str_is_sound(request->rule) || !provi_str_is_sound(request->requester) ||
        !provi_str_is_sound(request->uid) || !provi_str_is_sound(request->pwd))
        return provi_fail_invalid(err, "request.rule, requester, uid or pwd: text without data");
    if (prov_cause_prvst(request->cause) != -1)
        return provi_fail_invalid(err, "request.cause: expected PROV_CAUSE_SIP, URL, MENU, XML, "
                                       "XML_SIP or HOST");
    if (request->rule.len == 0 && (request->uid.len || request->pwd.len))
        return provi_fail_invalid(err, "request.uid or pwd: expected a rule with it");
    return check_lengths(env, request, err);
}

static prov_status copy(struct provi_pending *pending, const struct prov_alloc *alloc,
                        const struct prov_agent_request *request, struct prov_error *err)
{
    pending->cause = request->cause;
    if (provi_secret_set(&pending->rule, alloc, request->rule) == PROV_OK &&
        provi_secret_set(&pending->requester, alloc, request->requester) == PROV_OK &&
        provi_secret_set(&pending->uid, alloc, request->uid) == PROV_OK &&
        provi_secret_set(&pending->pwd, alloc, request->pwd) == PROV_OK)
        return PROV_OK;
    return provi_fail_nomem(err);
}

/* No job in the table takes the verb. A job that is not enabled is not linked, so its row cannot
 * name its enable function. */
static prov_status refuse_verb(uint32_t verb, struct prov_error *err)
{
    static const char enables[][11] = {
        [PROV_VERB_UPDATE_CA] = "custom_ca", [PROV_VERB_UPGRADE] = "upgrade",
        [PROV_VERB_REPORT] = "report",       [PROV_VERB_RENEW] = "renewal",
        [PROV_VERB_ACTIVATE] = "activation",
    };
    if (verb < PROVI_LEN(enables))
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "request.verb: expected prov_agent_enable_%s() before", enables[verb]);
    return provi_fail(err, PROV_E_UNSUPPORTED, "verb %u: not one of this release", (unsigned)verb);
}

static prov_status request_job(struct prov_agent *agent, const struct prov_agent_request *request,
                               struct prov_error *err)
{
    struct prov_agent_request wanted;
    struct provi_pending pending = {0};
    prov_status status = provi_abi_in(&wanted, sizeof wanted, request, err);
    if (status != PROV_OK)
        return status;
    if (wanted.cause == PROV_CAUSE_NONE)
        wanted.cause = PROV_CAUSE_HOST;
    status = check_request(&agent->env, &wanted, err);
    if (status != PROV_OK)
        return status;
    struct provi_job *job = provi_jobs_for_verb(&agent->jobs, wanted.verb);
    if (!job)
        return refuse_verb(wanted.verb, err);
    status = copy(&pending, &agent->env.alloc, &wanted, err);
    if (status == PROV_OK)
        status = job->type->request(job, &pending, err);
    provi_pending_clear(&pending, &agent->env.alloc);
    if (status == PROV_OK)
        request_turn(agent);
    return status;
}

prov_status prov_agent_request(prov_agent *agent, const struct prov_agent_request *request,
                               struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    provi_env_enter(&agent->env);
    prov_status status = request_job(agent, request, err);
    provi_env_leave(&agent->env);
    return status;
}

/* Up to the last bit of enum prov_job. */
#define ALL_JOBS (2u * PROV_JOB_PROFILE - 1)

prov_status prov_agent_cancel(prov_agent *agent, uint32_t jobs, struct prov_error *err)
{
    if (!agent || jobs == 0 || jobs & ~ALL_JOBS)
        return provi_fail_invalid(err, agent ? "jobs: expected PROV_JOB_ bits" : "agent");
    if (jobs & PROV_JOB_ROLLBACK)
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "PROV_JOB_ROLLBACK: expected prov_agent_confirm() instead");
    if (agent->env.is_in_transaction)
        return provi_fail(err, PROV_E_STATE, "called from a callback of the store");
    provi_env_enter(&agent->env);
    provi_jobs_cancel(&agent->jobs, jobs);
    prov_agent_notify(agent);
    provi_env_leave(&agent->env);
    return PROV_OK;
}

prov_status prov_agent_confirm(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    if (!agent->records.confirm.is_on)
        return PROV_OK;
    provi_env_enter(&agent->env);
    prov_status status = provi_confirm_forget(&agent->env, err);
    if (status == PROV_OK) {
        provi_confirm_end(&agent->records);
        provi_env_event(&agent->env, (struct prov_event){.type = PROV_EVENT_CONFIRMED,
                                                         .job = PROV_JOB_ROLLBACK});
    }
    provi_env_leave(&agent->env);
    return status;
}

prov_status prov_agent_log(prov_agent *agent, const struct prov_log_entry *entry,
                           struct prov_error *err)
{
    enum { LOWEST_SEVERITY = 7 };
    struct prov_log_entry given;
    if (!agent || !entry)
        return provi_fail_invalid(err, agent ? "entry" : "agent");
    prov_status status = provi_abi_in(&given, sizeof given, entry, err);
    if (status != PROV_OK)
        return status;
    if (!provi_str_is_sound(given.text) || given.text.len == 0 || given.severity > LOWEST_SEVERITY)
        return provi_fail_invalid(err, "entry: expected a text, and a severity of at most 7");
    provi_env_enter(&agent->env);
    status = provi_log_host(&agent->fetcher, given.severity ? given.severity : PROV_SEVERITY_INFO,
                            given.text, err);
    provi_env_wake(&agent->env);
    provi_env_leave(&agent->env);
    return status;
}

prov_status prov_agent_set_credentials(prov_agent *agent, prov_str uid, prov_str pwd,
                                       struct prov_error *err)
{
    if (!agent || !provi_str_is_sound(uid) || !provi_str_is_sound(pwd))
        return provi_fail_invalid(err, agent ? "text without data" : "agent");
    prov_status status = provi_account_answer(&agent->fetcher, uid, pwd, err);
    if (status != PROV_OK)
        return status;
    provi_env_enter(&agent->env);
    provi_env_wake(&agent->env);
    provi_env_leave(&agent->env);
    return PROV_OK;
}

prov_status prov_agent_set_dhcp(prov_agent *agent, const struct prov_dhcp_offer *offer,
                                struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    prov_status status = provi_dhcp_offer(&agent->fetcher, offer, err);
    if (status != PROV_OK || !agent->fetcher.has_activation)
        return status;
    provi_env_enter(&agent->env); /* first contact may wait for an offer */
    provi_env_wake(&agent->env);
    provi_env_leave(&agent->env);
    return PROV_OK;
}

prov_status prov_agent_trace_get(const prov_agent *agent, size_t index,
                                 struct prov_agent_trace *out)
{
    return agent && out ? provi_trace_get(&agent->fetcher, index, out) : PROV_E_INVALID;
}

prov_status prov_agent_validator_get(prov_agent *agent, size_t index, struct prov_validator *out)
{
    if (!agent || !out)
        return PROV_E_INVALID;
    provi_env_enter(&agent->env);
    prov_status status = provi_validators_get(&agent->records, index, out);
    provi_env_leave(&agent->env);
    return status;
}
