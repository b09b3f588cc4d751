/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/life.h"

#include "agent/agent_priv.h"
#include "base/error.h"

void provi_agent_enter(struct prov_agent *agent)
{
    agent->n_inside++;
}

bool provi_agent_leave(struct prov_agent *agent)
{
    bool is_doomed = agent->is_doomed;
    agent->n_inside--;
    if (is_doomed && agent->n_inside == 0)
        agent->destroy(agent);
    return is_doomed;
}

prov_status provi_fail_gone(struct prov_error *err)
{
    return provi_fail(err, PROV_E_CANCELLED, "freed from one of the agent's own callbacks");
}
