/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/agent.h>

#include <provision/decode.h>

#include "agent/agent_priv.h"
#include "agent/nobody.h"
#include "agent/resync.h"
#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"

/* ---- end, which may come from within any callback: see life.h ---- */

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
    agent->host = provi_nobody;
    agent->n_transports = 0;
    provi_resync_cancel(agent);
    provi_custom_ca_cancel(agent);
    provi_syslog_cancel(agent);
}

static void destroy(struct prov_agent *agent)
{
    struct prov_alloc alloc = agent->alloc;
    provi_resync_free(agent);
    provi_custom_ca_free(agent);
    provi_syslog_free(agent);
    provi_account_free(agent);
    provi_traces_free(agent);
    provi_trial_free(agent);
    provi_known_free(agent);
    provi_quarantine_free(&agent->quarantine, &alloc);
    prov_facts_free(agent->facts);
    provi_wish_clear(&agent->wish, &alloc);
    provi_settings_free(agent);
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

/* ---- birth ---- */

#define POLICIES ((uint32_t)(PROV_DECODE_ENCRYPTED_ONLY | PROV_DECODE_AUTHENTIC_ONLY))

/* FNV-1a of address and serial number. Hosts without a source of randomness still differ by it. */
static uint64_t hash(const struct prov_device *device)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof device->mac; i++)
        sum = (sum ^ device->mac[i]) * 0x100000001b3u;
    for (size_t i = 0; i < device->serial.len; i++)
        sum = (sum ^ (unsigned char)device->serial.data[i]) * 0x100000001b3u;
    return sum;
}

/* The host's own variables; an agent that is doomed has none any more. */
static prov_status find_for_macro(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    const struct prov_vars *vars = &((struct prov_agent *)ctx)->host.vars;
    return vars->find ? vars->find(vars->ctx, name, flags, value) : PROV_E_NOT_FOUND;
}

/* The variables read parameters through the agent, so that defaults count. */
static prov_status read_for_macro(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    return provi_param_copy(ctx, name, buf, cap, len);
}

static bool is_boot_cause(uint32_t cause)
{
    return cause == PROV_CAUSE_NONE || cause == PROV_CAUSE_POWER_UP ||
           cause == PROV_CAUSE_AFTER_UPGRADE || cause == PROV_CAUSE_HOST;
}

static prov_status copy_options(struct prov_agent *agent, struct prov_agent_options *options,
                                struct prov_error *err)
{
    prov_status status = provi_abi_in(&agent->host, sizeof agent->host, options->host, err);
    if (status == PROV_OK)
        status = provi_abi_in(&agent->dialect, sizeof agent->dialect, options->dialect, err);
    if (status == PROV_OK)
        status = provi_limits_resolve(&agent->limits, options->limits, err);
    if (status == PROV_OK)
        status = provi_abi_in(&agent->catalogue, sizeof agent->catalogue, options->catalogue, err);
    if (status == PROV_OK)
        status = prov_catalogue_validate(&agent->catalogue, err);
    if (status != PROV_OK)
        return status;
    if (!agent->host.mono_ms || !agent->host.get || !agent->host.txn_set)
        return provi_fail_invalid(err, "host.mono_ms, get and txn_set are required");
    if (!agent->host.check_ca != !agent->host.custom_ca)
        return provi_fail_invalid(err, "host.check_ca and custom_ca are required together");
    if (options->user_agent > PROV_USER_AGENT_SERIAL)
        return provi_fail_invalid(err, "unknown shape of the user agent");
    if (!provi_str_is_sound(options->dhcp_server))
        return provi_fail_invalid(err, "options.dhcp_server");
    if (!is_boot_cause(options->boot_cause))
        return provi_fail_invalid(err, "options.boot_cause is none of a boot");
    if (options->decode_policy & ~POLICIES || options->derivations & ~(uint32_t)PROV_DERIVE_ALL)
        return provi_fail_invalid(err, "options.decode_policy or derivations: unknown bit");
    agent->params = (struct provi_params){&agent->host, &agent->dialect, &agent->catalogue};
    agent->boot_cause = options->boot_cause ? options->boot_cause : PROV_CAUSE_POWER_UP;
    agent->decode_policy = options->decode_policy;
    agent->derivations = options->derivations;
    agent->tftp_drops_slash = options->tftp_drops_slash;
    agent->user_agent = options->user_agent;
    agent->confirm_within_s = options->confirm_within_s;
    agent->max_defer_s = options->max_defer_s;
    agent->credentials_within_s = options->credentials_within_s;
    agent->spread_s = options->spread_s;
    agent->retry_spread_s = options->retry_spread_s;
    agent->floor_s = options->floor_s;
    return provi_headers_copy(&agent->headers, &agent->alloc, options->headers, options->n_headers,
                              err);
}

static prov_status make_facts(struct prov_agent *agent, const struct prov_device *given,
                              struct prov_error *err)
{
    struct prov_device device;
    prov_status status = provi_abi_in(&device, sizeof device, given, err);
    if (status != PROV_OK)
        return status;
    const struct prov_param_source source = {.get = read_for_macro, .ctx = &agent->params};
    const struct prov_vars vars = {.find = find_for_macro, .ctx = agent};
    status = prov_facts_new(&agent->facts, &device, &source, &vars, &agent->alloc, err);
    if (status != PROV_OK) /* its texts are looked at from here on */
        return status;
    agent->seed = hash(&device);
    agent->entropy = agent->seed;
    return provi_known_init(agent, &device, err);
}

static prov_status fill(struct prov_agent *agent, struct prov_agent_options *options,
                        struct prov_error *err)
{
    prov_status status = copy_options(agent, options, err);
    if (status == PROV_OK)
        status = prov_decode_prepare(err);
    if (status == PROV_OK)
        status = make_facts(agent, options->device, err);
    if (status == PROV_OK)
        status = provi_custom_ca_init(agent, err);
    if (status != PROV_OK)
        return status;
    status = provi_dhcp_set_server(agent, options->dhcp_server, err);
    if (status != PROV_OK)
        return status;
    provi_clock_init(agent);
    agent->last_attempt_ms = provi_agent_now_ms(agent);
    agent->last_upgrade_ms = agent->last_attempt_ms;
    agent->is_touched = true;
    return PROV_OK;
}

prov_status prov_agent_new(prov_agent **out, const struct prov_agent_options *opt,
                           struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    struct prov_agent_options options;
    prov_status status = provi_abi_in(&options, sizeof options, opt, err);
    if (status != PROV_OK)
        return status;
    if (!options.host || !options.device)
        return provi_fail_invalid(err, "options.host and device are required");

    struct prov_alloc alloc = provi_alloc_or_default(options.alloc);
    struct prov_agent *agent = provi_alloc_zero(&alloc, sizeof *agent);
    if (!agent)
        return provi_fail_nomem(err);
    agent->alloc = alloc;
    agent->destroy = destroy;
    status = fill(agent, &options, err);
    if (status != PROV_OK) {
        prov_agent_free(agent);
        return status;
    }
    *out = agent;
    return PROV_OK;
}

/* ---- transports ---- */

/* Most agents have one or two. */
static bool make_room(struct prov_agent *agent)
{
    size_t size = sizeof *agent->transports;
    size_t cap = agent->cap_transports;
    if (agent->n_transports < cap)
        return true;
    struct prov_transport *larger =
        provi_resize(&agent->alloc, agent->transports, cap * size, (cap + 1) * size);
    if (!larger)
        return false;
    agent->transports = larger;
    agent->cap_transports = cap + 1;
    return true;
}

prov_status prov_agent_add_transport(prov_agent *agent, const struct prov_transport *transport,
                                     uint32_t flags, struct prov_error *err)
{
    if (!agent || !transport || (flags & ~(uint32_t)PROV_TRANSPORT_SHARED))
        return provi_fail_invalid(err, "agent, transport or flags");
    if (agent->n_transports == PROVI_MAX_TRANSPORTS)
        return provi_fail(err, PROV_E_LIMIT, "at most %d transports", PROVI_MAX_TRANSPORTS);
    if (!make_room(agent))
        return provi_fail_nomem(err);
    size_t i = agent->n_transports;
    prov_status status = provi_transport_copy(&agent->transports[i], transport, err);
    if (status != PROV_OK)
        return status;
    agent->is_shared[i] = flags & PROV_TRANSPORT_SHARED;
    agent->n_transports++;
    return PROV_OK;
}
