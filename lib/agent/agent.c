/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/agent.h>

#include <provision/decode.h>

#include "agent/agent_priv.h"
#include "agent/clockwork.h"
#include "agent/life.h"
#include "agent/resync.h"
#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"

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
    provi_trial_init(agent);
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
    agent->last_attempt_ms = agent->host.mono_ms(agent->host.ctx);
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
    status = fill(agent, &options, err);
    if (status != PROV_OK) {
        prov_agent_free(agent);
        return status;
    }
    *out = agent;
    return PROV_OK;
}

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

/* ---- requests ---- */

static prov_status copy_wish(struct provi_wish *wish, const struct prov_agent *agent,
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
    status = copy_wish(&wish, agent, &wanted, err);
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
    agent->last_upgrade_ms = agent->host.mono_ms(agent->host.ctx);
    agent->has_upgraded = true;
    prov_agent_touch(agent);
}

/* ---- the loop ---- */

/* A reboot would cut the custom CA off, which is looked for after resyncs only. */
static bool is_reboot_due(const struct prov_agent *agent)
{
    return agent->is_reboot_wanted && !provi_custom_ca_is_busy(agent);
}

static bool may_go_on(const struct prov_agent *agent)
{
    return (agent->start_cause && !provi_hold_waits(agent, PROV_STAGE_FETCH)) ||
           (is_reboot_due(agent) && !provi_hold_waits(agent, PROV_STAGE_REBOOT));
}

static bool has_work(const struct prov_agent *agent)
{
    return agent->is_touched || may_go_on(agent) || provi_resync_is_due(agent) ||
           provi_log_is_due(agent) || provi_custom_ca_is_due(agent);
}

/* The earlier of two waits; negative means not by time. */
static int64_t sooner(int64_t a, int64_t b)
{
    if (a < 0)
        return b;
    return b >= 0 && b < a ? b : a;
}

static int64_t next_due_ms(struct prov_agent *agent)
{
    if (has_work(agent))
        return 0;
    int64_t wait = -1;
    if (agent->due_ms >= 0) {
        int64_t left = agent->due_ms - agent->host.mono_ms(agent->host.ctx);
        wait = left > 0 ? left : 0;
    }
    wait = sooner(wait, provi_trial_timeout_ms(agent));
    wait = sooner(wait, provi_hold_timeout_ms(agent));
    wait = sooner(wait, provi_account_timeout_ms(agent));
    wait = sooner(wait, provi_custom_ca_timeout_ms(agent));
    for (size_t i = 0; i < agent->n_transports; i++) {
        const struct prov_transport *transport = &agent->transports[i];
        if (!agent->is_shared[i] && transport->timeout_ms)
            wait = sooner(wait, transport->timeout_ms(transport->ctx));
    }
    return wait;
}

int64_t prov_agent_timeout_ms(prov_agent *agent)
{
    if (!agent)
        return -1;
    provi_agent_enter(agent);
    int64_t wait = next_due_ms(agent);
    return provi_agent_leave(agent) ? 0 : wait;
}

size_t prov_agent_pollfds(prov_agent *agent, struct prov_pollfd *fds, size_t cap)
{
    size_t n = 0;
    if (!agent)
        return 0;
    provi_agent_enter(agent);
    for (size_t i = 0; i < agent->n_transports; i++) {
        const struct prov_transport *transport = &agent->transports[i];
        if (agent->is_shared[i] || !transport->pollfds)
            continue;
        size_t room = n < cap ? cap - n : 0;
        n += transport->pollfds(transport->ctx, room ? fds + n : NULL, room);
    }
    return provi_agent_leave(agent) ? 0 : n;
}

static prov_status drive_transports(struct prov_agent *agent, struct prov_error *err)
{
    for (size_t i = 0; i < agent->n_transports; i++) {
        const struct prov_transport *transport = &agent->transports[i];
        if (agent->is_shared[i] || !transport->process)
            continue;
        prov_status status = transport->process(transport->ctx, err);
        if (status != PROV_OK)
            return status;
    }
    return PROV_OK;
}

/* A resync may end at once, and the clockwork may start the next one that waits. */
static void run_resyncs(struct prov_agent *agent)
{
    provi_resync_process(agent);
    while (agent->start_cause && provi_hold_allows_start(agent)) {
        uint32_t cause = agent->start_cause;
        agent->start_cause = PROV_CAUSE_NONE;
        provi_resync_start(agent, cause);
        provi_resync_process(agent);
    }
}

/* What has to be known after it is kept first. */
static void ask_for_reboot(struct prov_agent *agent)
{
    if (!is_reboot_due(agent) || !provi_hold_allows(agent, PROV_STAGE_REBOOT))
        return;
    agent->is_reboot_wanted = false;
    provi_trial_before_reboot(agent);
    provi_clockwork_keep(agent);
    struct prov_event event = {.type = PROV_EVENT_REBOOT_WANTED};
    provi_agent_event(agent, &event);
}

/* What follows the transports, in this order. */
static void (*const steps[])(struct prov_agent *) = {
    provi_clockwork_tick,    provi_trial_process, run_resyncs,
    provi_custom_ca_process, ask_for_reboot,      provi_log_process,
};

prov_status prov_agent_process(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    if (agent->is_processing)
        return provi_fail(err, PROV_E_STATE, "called from one of the agent's own callbacks");
    provi_agent_enter(agent);
    agent->is_processing = true;
    agent->is_touched = false;
    prov_status status = drive_transports(agent, err);
    for (size_t i = 0; i < PROVI_LEN(steps) && !agent->is_doomed; i++)
        steps[i](agent);
    agent->is_processing = false;
    return provi_agent_leave(agent) ? provi_fail_gone(err) : status;
}

prov_status prov_agent_due(const prov_agent *agent, struct prov_sched_action *action)
{
    if (!agent || !action)
        return PROV_E_INVALID;
    return prov_sched_due(&agent->sched, action);
}

bool prov_agent_is_busy(const prov_agent *agent)
{
    return agent && (agent->wish.cause || agent->resync || agent->log.first ||
                     provi_custom_ca_is_busy(agent));
}
