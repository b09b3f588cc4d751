/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/life.h"

#include "agent/agent_priv.h"
#include "agent/resync.h"
#include "base/alloc.h"
#include "base/error.h"

/* ---- the host of an agent that is gone: it is never idle, has nothing and takes nothing ---- */

static int64_t no_time(void *ctx)
{
    (void)ctx;
    return 0;
}

static uint32_t not_now(void *ctx, uint32_t stage)
{
    (void)ctx;
    (void)stage;
    return UINT32_MAX;
}

static prov_status no_value(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)ctx;
    (void)name;
    (void)buf;
    (void)cap;
    *len = 0;
    return PROV_E_CANCELLED;
}

static prov_status no_record(void *ctx, prov_str name, void *buf, size_t cap, size_t *len)
{
    return no_value(ctx, name, buf, cap, len);
}

static prov_status no_change(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    (void)err;
    return PROV_E_CANCELLED;
}

static const struct prov_host nobody = {
    .size = sizeof nobody,
    .mono_ms = no_time,
    .defer_ms = not_now,
    .get = no_value,
    .recall = no_record,
    .txn_set = no_change,
};

/* ---- the end ---- */

/* The transaction is the host's; nobody else would end it. */
static void roll_back(struct prov_agent *agent)
{
    if (agent->is_in_transaction && agent->host.txn_rollback)
        agent->host.txn_rollback(agent->host.store_ctx);
}

static void cut_off(struct prov_agent *agent)
{
    agent->is_doomed = true;
    roll_back(agent);
    agent->host = nobody;
    agent->n_transports = 0;
    provi_resync_cancel(agent);
    provi_custom_ca_cancel(agent);
    provi_log_cancel(agent);
}

static void destroy(struct prov_agent *agent)
{
    struct prov_alloc alloc = agent->alloc;
    provi_resync_free(agent);
    provi_custom_ca_free(agent);
    provi_log_free(agent);
    provi_account_free(agent);
    provi_traces_free(agent);
    provi_trial_free(agent);
    provi_known_free(agent);
    provi_quarantine_free(&agent->quarantine, &alloc);
    prov_facts_free(agent->facts);
    provi_wish_clear(&agent->wish, &alloc);
    provi_dhcp_free(agent);
    provi_free(&alloc, agent->transports, agent->cap_transports * sizeof *agent->transports);
    provi_headers_free(&agent->headers, &alloc);
    provi_free(&alloc, agent, sizeof *agent);
}

void prov_agent_free(prov_agent *agent)
{
    if (!agent || agent->is_doomed)
        return;
    cut_off(agent);
    if (agent->n_inside == 0)
        destroy(agent);
}

void provi_agent_enter(struct prov_agent *agent)
{
    agent->n_inside++;
}

bool provi_agent_leave(struct prov_agent *agent)
{
    bool is_doomed = agent->is_doomed;
    agent->n_inside--;
    if (is_doomed && agent->n_inside == 0)
        destroy(agent);
    return is_doomed;
}

prov_status provi_fail_gone(struct prov_error *err)
{
    return provi_fail(err, PROV_E_CANCELLED, "freed from one of the agent's own callbacks");
}
