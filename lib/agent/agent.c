/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include <provision/decode.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "env/env.h"
#include "fetch/operation.h"
#include "macro/vars.h"
#include "transfer/transfer.h"

static void destroy(struct provi_env *env)
{
    struct prov_agent *agent = (struct prov_agent *)env;
    struct prov_alloc alloc = env->alloc;
    provi_jobs_free(&agent->jobs);
    provi_syslog_free(&agent->fetcher);
    provi_account_free(&agent->fetcher);
    provi_traces_free(&agent->fetcher);
    provi_confirm_free(&agent->records);
    provi_validators_free(&agent->records);
    provi_quarantine_free(&agent->records.quarantine, &alloc);
    prov_macro_vars_free(agent->env.macro_vars);
    provi_settings_free(&agent->env);
    provi_dhcp_free(&agent->fetcher);
    provi_transports_free(&env->transports, &alloc);
    provi_headers_free(&agent->env.headers, &alloc);
    provi_secret_clear(&agent->env.source_ip, &alloc);
    provi_unshare(agent->env.identity);
    provi_free(&alloc, agent, sizeof *agent);
}

void prov_agent_free(prov_agent *agent)
{
    if (!agent || agent->env.is_freed)
        return;
    struct provi_env *env = &agent->env;
    env->is_freed = true;
    if (env->is_in_transaction && env->host.txn_rollback)
        env->host.txn_rollback(env->host.store_ctx);
    env->host = provi_null_host;
    if (env->macro_vars)
        provi_macro_vars_forget_host(env->macro_vars);
    env->transports.n = 0;
    provi_jobs_cancel(&agent->jobs, UINT32_MAX);
    if (env->n_inside == 0)
        destroy(env);
}

#define POLICIES ((uint32_t)(PROV_DECODE_POLICY_ENCRYPTED_ONLY | PROV_DECODE_POLICY_AUTHENTIC_ONLY))

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

/* Copy what the options point to, in the form of this release. */
static prov_status copy_structs(struct provi_env *env, const struct prov_agent_options *options,
                                struct prov_error *err)
{
    prov_status status = provi_abi_in(&env->host, sizeof env->host, options->host, err);
    if (status == PROV_OK)
        status = provi_abi_in(&env->dialect, sizeof env->dialect, options->dialect, err);
    if (status == PROV_OK)
        status = provi_limits_resolve(&env->limits, options->limits, err);
    if (status == PROV_OK)
        status = provi_abi_in(&env->catalogue, sizeof env->catalogue, options->catalogue, err);
    if (status == PROV_OK)
        status = prov_catalogue_validate(&env->catalogue, err);
    if (status == PROV_OK && (!env->host.mono_ms || !env->host.find || !env->host.txn_set))
        status = provi_fail_invalid(err, "host.mono_ms, find and txn_set are required");
    return status;
}

static prov_status check_options(const struct prov_agent_options *options, struct prov_error *err)
{
    const uint32_t cause = options->boot_cause;
    if (options->user_agent > PROV_USER_AGENT_SERIAL)
        return provi_fail_invalid(err, "options.user_agent");
    if (options->syslog_format > PROV_SYSLOG_RFC5424)
        return provi_fail_invalid(err, "options.syslog_format");
    if (!provi_str_is_sound(options->dhcp_server) || !provi_str_is_sound(options->source_ip))
        return provi_fail_invalid(err, "options.dhcp_server or source_ip");
    if (cause != PROV_CAUSE_NONE && cause != PROV_CAUSE_POWER_UP &&
        cause != PROV_CAUSE_AFTER_UPGRADE && cause != PROV_CAUSE_HOST)
        return provi_fail_invalid(err, "options.boot_cause: expected 0, POWER_UP, AFTER_UPGRADE or "
                                       "HOST");
    if (options->decode_policy & ~POLICIES || options->derivations & ~(uint32_t)PROV_DERIVE_ALL)
        return provi_fail_invalid(err, "options.decode_policy or derivations: unknown bit");
    return PROV_OK;
}

static prov_status copy_options(struct provi_env *env, const struct prov_agent_options *options,
                                struct prov_error *err)
{
    prov_status status = copy_structs(env, options, err);
    if (status == PROV_OK)
        status = check_options(options, err);
    if (status != PROV_OK)
        return status;
    env->params = (struct provi_params){&env->host, &env->dialect, &env->catalogue, &env->refusal};
    env->options = (struct provi_env_options){
        .decode_policy = options->decode_policy,
        .derivations = options->derivations,
        .confirm_timeout_s = options->confirm_timeout_s,
        .max_defer_s = options->max_defer_s,
        .credentials_within_s = options->credentials_within_s,
        .jitter_s = options->jitter_s,
        .retry_jitter_s = options->retry_jitter_s,
        .floor_s = options->floor_s,
        .user_agent = options->user_agent,
        .syslog_format = options->syslog_format,
        .tftp_drops_slash = options->tftp_drops_slash,
    };
    env->boot_cause = options->boot_cause ? options->boot_cause : PROV_CAUSE_POWER_UP;
    env->identity = options->identity;
    provi_share(env->identity);
    if (provi_secret_set(&env->source_ip, &env->alloc, options->source_ip) != PROV_OK)
        return provi_fail_nomem(err);
    return provi_headers_copy(&env->headers, &env->alloc, options->headers, options->n_headers,
                              err);
}

static prov_status make_macro_vars(struct provi_records *records, const struct prov_device *given,
                                   struct prov_error *err)
{
    struct prov_device device;
    prov_status status = provi_abi_in(&device, sizeof device, given, err);
    if (status != PROV_OK)
        return status;
    const struct prov_param_source source = provi_param_source(&records->env->params);
    status = prov_macro_vars_new(&records->env->macro_vars, &device, &source,
                                 &records->env->host.vars, &records->env->alloc, err);
    if (status != PROV_OK) /* texts of `device` are valid from here on */
        return status;
    records->env->seed = hash(&device);
    records->env->entropy = records->env->seed;
    return provi_validators_init(records, &device, err);
}

/* Connect the parts, and insert the jobs that every agent has; others are inserted when enabled. */
static void connect_parts(struct prov_agent *agent)
{
    agent->records.env = &agent->env;
    agent->fetcher.env = &agent->env;
    agent->fetcher.records = &agent->records;
    agent->jobs.fetcher = &agent->fetcher;
    provi_jobs_insert(&agent->jobs, &agent->rollback, &provi_rollback_job);
    provi_resync_insert(&agent->jobs, &agent->resync);
    provi_jobs_insert(&agent->jobs, &agent->reboot, &provi_reboot_job);
    provi_jobs_insert(&agent->jobs, &agent->log, &provi_log_job);
    provi_scheduler_insert(agent);
}

struct provi_jobs *provi_agent_jobs(struct prov_agent *agent)
{
    return &agent->jobs;
}

static prov_status fill(struct prov_agent *agent, const struct prov_agent_options *options,
                        struct prov_error *err)
{
    prov_status status = copy_options(&agent->env, options, err);
    if (status != PROV_OK)
        return status;
    provi_clock_init(&agent->env);
    status = prov_decode_prepare(err);
    if (status == PROV_OK)
        status = make_macro_vars(&agent->records, options->device, err);
    if (status == PROV_OK)
        status = provi_dhcp_set_server(&agent->fetcher, options->dhcp_server, err);
    if (status != PROV_OK)
        return status;
    agent->env.link_ms = -1;
    agent->env.last_settings.account_kind = PROV_CREDENTIALS_HTTP;
    agent->fetcher.last_attempt_ms = provi_env_now_ms(&agent->env);
    agent->fetcher.last_upgrade_ms = agent->fetcher.last_attempt_ms;
    provi_operation_begin(&agent->fetcher, 0);
    agent->is_notified = true;
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
    agent->env.alloc = alloc;
    agent->env.destroy = destroy;
    connect_parts(agent);
    status = fill(agent, &options, err);
    if (status != PROV_OK) {
        prov_agent_free(agent);
        return status;
    }
    *out = agent;
    return PROV_OK;
}

prov_status prov_agent_add_transport(prov_agent *agent, const struct prov_transport *transport,
                                     uint32_t flags, struct prov_error *err)
{
    if (!agent || !transport || (flags & ~(uint32_t)PROV_TRANSPORT_SHARED))
        return provi_fail_invalid(err, "agent, transport or flags");
    return provi_transports_add(&agent->env.transports, &agent->env.alloc, transport,
                                flags & PROV_TRANSPORT_SHARED, err);
}

prov_status prov_agent_set_identity(prov_agent *agent, prov_tls_identity *identity,
                                    struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent is NULL");
    provi_share(identity);
    provi_unshare(agent->env.identity);
    agent->env.identity = identity;
    return PROV_OK;
}
