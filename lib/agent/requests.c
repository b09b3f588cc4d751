/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include "agent/scheduler.h"
#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "env/env.h"

void prov_agent_notify(prov_agent *agent)
{
    if (!agent)
        return;
    provi_env_enter(&agent->env);
    agent->is_notified = true;
    provi_deferral_recheck(&agent->env);
    provi_env_wake(&agent->env);
    provi_env_leave(&agent->env);
}

void prov_agent_upgraded(prov_agent *agent)
{
    if (!agent)
        return;
    agent->fetcher.last_upgrade_ms = provi_env_now_ms(&agent->env);
    agent->has_upgraded = true;
    prov_agent_notify(agent);
}

static prov_status copy(struct provi_pending *pending, const struct provi_env *env,
                        const struct prov_agent_request *request, struct prov_error *err)
{
    if (request->rule.len > env->limits.max_rule_bytes)
        return provi_fail(err, PROV_E_LIMIT, "rule of %zu bytes, at most %u", request->rule.len,
                          (unsigned)env->limits.max_rule_bytes);
    if (provi_secret_set(&pending->rule, &env->alloc, request->rule) == PROV_OK &&
        provi_secret_set(&pending->requester, &env->alloc, request->requester) == PROV_OK)
        return PROV_OK;
    provi_pending_clear(pending, &env->alloc);
    return provi_fail_nomem(err);
}

/* Which of the device's settings refuses @p cause. */
static const char *refusing_setting(uint32_t why, uint32_t cause)
{
    if (why == PROV_WHY_DISABLED)
        return "Provision_Enable";
    return cause == PROV_CAUSE_MENU ? "User_Configurable_Resync" : "Resync_From_SIP";
}

static prov_status request_resync(struct prov_agent *agent,
                                  const struct prov_agent_request *request, struct prov_error *err)
{
    struct prov_agent_request wanted;
    prov_status status = provi_abi_in(&wanted, sizeof wanted, request, err);
    if (status != PROV_OK)
        return status;
    if (!request)
        wanted.cause = PROV_CAUSE_HOST;
    if (!provi_str_is_sound(wanted.rule) || !provi_str_is_sound(wanted.requester))
        return provi_fail_invalid(err, "request.rule or requester");
    if (prov_cause_prvst(wanted.cause) != -1)
        return provi_fail_invalid(err, "request.cause is none that asks");

    uint32_t why = provi_scheduler_refusal(agent, wanted.cause);
    if (why != PROV_WHY_NOTHING)
        return provi_fail(err, PROV_E_POLICY, "%s is No", refusing_setting(why, wanted.cause));
    struct provi_pending pending = {.cause = wanted.cause};
    status = copy(&pending, &agent->env, &wanted, err);
    if (status != PROV_OK)
        return status;
    provi_pending_clear(&agent->resync.pending, &agent->env.alloc);
    agent->resync.pending = pending;
    prov_agent_notify(agent);
    return PROV_OK;
}

prov_status prov_agent_request(prov_agent *agent, const struct prov_agent_request *request,
                               struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    provi_env_enter(&agent->env);
    prov_status status = request_resync(agent, request, err);
    provi_env_leave(&agent->env);
    return status;
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
    return agent ? provi_dhcp_offer(&agent->fetcher, offer, err) : provi_fail_invalid(err, "agent");
}

prov_status prov_agent_trace_get(const prov_agent *agent, size_t index,
                                 struct prov_agent_trace *out)
{
    return agent && out ? provi_trace_get(&agent->fetcher, index, out) : PROV_E_INVALID;
}
