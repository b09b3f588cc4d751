/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/operation.h"

#include "agent/agent_priv.h"

static void publish(struct prov_agent *agent)
{
    prov_facts_set_operation(agent->facts, &agent->operation);
}

void provi_operation_begin(struct prov_agent *agent, int32_t prvst)
{
    int64_t now_ms = provi_agent_now_ms(agent);
    agent->operation = (struct prov_operation){
        .size = sizeof agent->operation,
        .prvst = prvst,
        .prvtmr_s = (now_ms - agent->last_attempt_ms) / 1000,
        .upgtmr_s = (now_ms - agent->last_upgrade_ms) / 1000,
    };
    publish(agent);
}

void provi_operation_set_url(struct prov_agent *agent, const struct prov_request *request,
                             prov_str path)
{
    agent->operation.scheme = request->scheme;
    agent->operation.server = request->host;
    agent->operation.server_ip = request->host;
    agent->operation.port = request->port;
    agent->operation.path = path;
    publish(agent);
}

void provi_operation_forget_url(struct prov_agent *agent)
{
    static const prov_str nothing;
    agent->operation.scheme = nothing;
    agent->operation.server = nothing;
    agent->operation.server_ip = nothing;
    agent->operation.port = 0;
    agent->operation.path = nothing;
    publish(agent);
}

void provi_operation_set_server_ip(struct prov_agent *agent, prov_str server_ip)
{
    agent->operation.server_ip = server_ip;
    publish(agent);
}

void provi_operation_set_err(struct prov_agent *agent, prov_str text)
{
    agent->operation.err = text;
    publish(agent);
}
