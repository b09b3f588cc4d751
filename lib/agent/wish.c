/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/wish.h"

#include "agent/agent_priv.h"
#include "agent/clockwork.h"
#include "agent/life.h"
#include "base/abi.h"
#include "base/error.h"

/* ---- news, to be looked at in a turn of the loop ---- */

void prov_agent_touch(prov_agent *agent)
{
    if (!agent)
        return;
    provi_agent_enter(agent);
    agent->is_touched = true;
    provi_hold_touch(agent);
    provi_agent_wake(agent);
    provi_agent_leave(agent);
}

void prov_agent_upgraded(prov_agent *agent)
{
    if (!agent)
        return;
    agent->last_upgrade_ms = provi_agent_now_ms(agent);
    agent->has_upgraded = true;
    prov_agent_touch(agent);
}

/* ---- a resync asked for ---- */

void provi_wish_clear(struct provi_wish *wish, const struct prov_alloc *alloc)
{
    provi_secret_clear(&wish->rule, alloc);
    provi_secret_clear(&wish->requester, alloc);
}

static prov_status copy(struct provi_wish *wish, const struct prov_agent *agent,
                        const struct prov_agent_request *request, struct prov_error *err)
{
    if (request->rule.len > agent->limits.max_rule_bytes)
        return provi_fail(err, PROV_E_LIMIT, "rule of %zu bytes, at most %u", request->rule.len,
                          (unsigned)agent->limits.max_rule_bytes);
    if (provi_secret_set(&wish->rule, &agent->alloc, request->rule) == PROV_OK &&
        provi_secret_set(&wish->requester, &agent->alloc, request->requester) == PROV_OK)
        return PROV_OK;
    provi_wish_clear(wish, &agent->alloc);
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

    uint32_t why = provi_clockwork_refusal(agent, wanted.cause);
    if (why != PROV_WHY_NOTHING)
        return provi_fail(err, PROV_E_POLICY, "%s is No", refusing_setting(why, wanted.cause));
    struct provi_wish wish = {.cause = wanted.cause};
    status = copy(&wish, agent, &wanted, err);
    if (status != PROV_OK)
        return status;
    provi_wish_clear(&agent->wish, &agent->alloc);
    agent->wish = wish;
    prov_agent_touch(agent);
    return PROV_OK;
}

prov_status prov_agent_request(prov_agent *agent, const struct prov_agent_request *request,
                               struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    provi_agent_enter(agent);
    prov_status status = request_resync(agent, request, err);
    provi_agent_leave(agent);
    return status;
}
