/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include <provision/action.h>

#include "base/abi.h"
#include "base/error.h"
#include "env/env.h"

enum { NOT_IMPLEMENTED = 501 }; /* of HTTP and of SIP */

/* The verb of an action that the agent carries out; false for all others, which are the host's. */
static bool find_verb(uint32_t kind, uint32_t *verb)
{
    switch (kind) {
    case PROV_ACTION_RESYNC: *verb = PROV_VERB_RESYNC; return true;
    case PROV_ACTION_UPGRADE: *verb = PROV_VERB_UPGRADE; return true;
    case PROV_ACTION_UPDATE_CA: *verb = PROV_VERB_UPDATE_CA; return true;
    case PROV_ACTION_REPORT: *verb = PROV_VERB_REPORT; return true;
    case PROV_ACTION_REBOOT: *verb = PROV_VERB_REBOOT; return true;
    default: return false;
    }
}

static uint32_t cause_of(const struct prov_action *action)
{
    if (action->door == PROV_DOOR_URL)
        return PROV_CAUSE_URL;
    if (action->door == PROV_DOOR_XML)
        return PROV_CAUSE_XML;
    return action->flags & PROV_ACTION_FROM_XML ? PROV_CAUSE_XML_SIP : PROV_CAUSE_SIP;
}

/* Fill in the verdict of an action that its job refuses. */
static void refuse(const struct prov_action *action, prov_status status,
                   struct prov_verdict *verdict)
{
    prov_action_refuse(action->door, status, verdict);
    if (status == PROV_E_UNSUPPORTED && verdict->http_status)
        verdict->http_status = NOT_IMPLEMENTED;
    if (status == PROV_E_UNSUPPORTED && verdict->sip_status)
        verdict->sip_status = NOT_IMPLEMENTED;
    if (action->door != PROV_DOOR_XML)
        return;
    verdict->http_status = 200; /* the answer document has the status of each item */
    verdict->cisco_error = 0;
}

static prov_status act(struct prov_agent *agent, const struct prov_action *action,
                       struct prov_action_client *client, struct prov_verdict *verdict,
                       struct prov_error *err)
{
    const struct prov_param_source params = provi_param_source(&agent->env.params);
    struct prov_agent_request request = {
        .size = sizeof request,
        .cause = cause_of(action),
        .rule = action->rule,
        .requester = action->requester,
    };
    client->is_busy |= !provi_env_is_idle(&agent->env);
    prov_status status = prov_action_check(action, client, &params, verdict, err);
    if (status != PROV_OK || verdict->decision != PROV_DECISION_OBEY ||
        !find_verb(action->kind, &request.verb))
        return status;
    status = prov_agent_request(agent, &request, err);
    if (status != PROV_OK)
        refuse(action, status, verdict);
    return status == PROV_E_INVALID || status == PROV_E_ABI ? status : PROV_OK;
}

prov_status prov_agent_act(prov_agent *agent, const struct prov_action *action,
                           const struct prov_action_client *client, struct prov_verdict *out,
                           struct prov_error *err)
{
    struct prov_action own;
    struct prov_action_client own_client;
    struct prov_verdict verdict = {.size = sizeof verdict};
    if (!agent || !action || !out)
        return provi_fail_invalid(err, "agent, action or out");
    if (!provi_abi_is_size(out->size))
        return provi_fail(err, PROV_E_ABI, "out.size: expected sizeof(struct prov_verdict)");
    prov_status status = provi_abi_in(&own, sizeof own, action, err);
    if (status == PROV_OK)
        status = provi_abi_in(&own_client, sizeof own_client, client, err);
    if (status != PROV_OK)
        return status;
    provi_env_enter(&agent->env);
    status = act(agent, &own, &own_client, &verdict, err);
    if (provi_env_leave(&agent->env))
        return provi_fail_gone(err);
    return status == PROV_OK ? provi_abi_out(out, &verdict, sizeof verdict) : status;
}
