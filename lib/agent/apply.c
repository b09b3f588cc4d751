/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include <provision/decode.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "env/env.h"
#include "fetch/apply.h"

/* A profile that is being applied. */
struct applying {
    struct prov_agent *agent;
    struct prov_agent_profile profile;
    struct provi_apply apply;
    struct prov_decode_result decoded;
    int64_t start_ms;
};

static prov_status decode(struct applying *applying, prov_profile_parser *parser,
                          struct prov_error *err)
{
    const struct provi_env *env = &applying->agent->env;
    const struct prov_decode_options options = {
        .size = sizeof options,
        .alloc = &env->alloc,
        .limits = &env->limits,
        .key = applying->profile.key,
        .has_key = applying->profile.key.len > 0,
        .is_trusted = applying->profile.is_trusted,
        .derivations = env->options.derivations,
        .policy = env->options.decode_policy,
    };
    const prov_str body = applying->profile.body;
    prov_decoder *decoder;
    prov_status status =
        prov_decoder_new(&decoder, &options, prov_profile_parser_sink(parser), err);
    if (status != PROV_OK)
        return status;
    status = prov_decoder_write(decoder, body.data, body.len, err);
    if (status == PROV_OK)
        status = prov_decoder_finish(decoder, err);
    prov_decoder_result(decoder, &applying->decoded);
    prov_decoder_free(decoder);
    return status;
}

/* The parser must outlive the stage, which borrows its names. */
static prov_status apply(struct applying *applying, struct prov_error *err)
{
    prov_profile_parser *parser = NULL;
    prov_status status = provi_apply_parser(&applying->apply, PROVI_LIT(""),
                                            applying->profile.key.len > 0, &parser, err);
    if (status == PROV_OK)
        status = decode(applying, parser, err);
    if (status == PROV_OK)
        status = provi_apply_commit(&applying->apply, err);
    applying->agent->jobs.is_reboot_wanted |= applying->apply.needs & PROV_NEEDS_REBOOT;
    provi_stage_free(&applying->apply.stage);
    prov_profile_parser_free(parser);
    return status;
}

static void report(const struct applying *applying, const struct prov_error *error)
{
    struct provi_env *env = &applying->agent->env;
    const int64_t now_ms = provi_env_now_ms(env);
    const struct provi_apply *apply = &applying->apply;
    const struct prov_result result = {
        .size = sizeof result,
        .alternative = -1,
        .cause = applying->profile.cause,
        .outcome = error              ? PROV_OUTCOME_FAILED
                   : apply->n_changed ? PROV_OUTCOME_APPLIED
                                      : PROV_OUTCOME_UNCHANGED,
        .needs = apply->needs,
        .encodings = applying->decoded.encodings,
        .derivation = applying->decoded.derivation,
        .bytes = applying->profile.body.len,
        .total = (int64_t)applying->profile.body.len,
        .n_params = apply->n_params,
        .n_changed = apply->n_changed,
        .n_warnings = apply->n_warnings,
        .mono_ms = provi_env_host_moment(env, now_ms),
        .wall_s = provi_env_wall_s(env),
        .duration_ms = now_ms - applying->start_ms,
        .rule = applying->profile.name,
        .error = error,
    };
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_RESULT,
                             .job = PROV_JOB_PROFILE,
                             .as.result = &result,
                         });
}

static prov_status check(const struct prov_agent *agent, struct prov_agent_profile *profile,
                         struct prov_error *err)
{
    const struct provi_env *env = &agent->env;
    if (!provi_str_is_sound(profile->name) || !provi_str_is_sound(profile->body) ||
        !provi_str_is_sound(profile->key))
        return provi_fail_invalid(err, "profile.name, body or key: text without data");
    if (profile->cause == PROV_CAUSE_NONE)
        profile->cause = PROV_CAUSE_HOST;
    if (profile->name.len == 0)
        profile->name = PROVI_LIT("config.xml");
    if (prov_cause_prvst(profile->cause) != -1)
        return provi_fail_invalid(err, "profile.cause: expected PROV_CAUSE_SIP, URL, MENU, XML, "
                                       "XML_SIP or HOST");
    if (env->n_inside > 0 || !agent->jobs.is_booted)
        return provi_fail(err, PROV_E_STATE,
                          env->n_inside ? "called from one of the agent's own callbacks"
                                        : "expected prov_agent_process() before");
    if (profile->body.len > env->limits.max_fetch_bytes)
        return provi_fail(err, PROV_E_LIMIT, "profile of %zu bytes, at most %llu",
                          profile->body.len, (unsigned long long)env->limits.max_fetch_bytes);
    if (!provi_param_bool(&env->params, "Provision_Enable"))
        return provi_fail(err, PROV_E_POLICY, "Provision_Enable is No");
    if (!provi_confirm_is_over(&agent->records))
        return PROV_OK;
    provi_fail(err, PROV_E_BUSY, "a rollback is due, which would undo it");
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return PROV_E_BUSY;
}

prov_status prov_agent_apply(prov_agent *agent, const struct prov_agent_profile *profile,
                             uint64_t *n_changed, struct prov_error *err)
{
    struct applying applying = {.agent = agent, .decoded.size = sizeof applying.decoded};
    struct prov_error error = {0};
    if (!agent || !profile)
        return provi_fail_invalid(err, agent ? "profile" : "agent");
    prov_status status = provi_abi_in(&applying.profile, sizeof applying.profile, profile, err);
    if (status == PROV_OK)
        status = check(agent, &applying.profile, err);
    if (status != PROV_OK)
        return status;
    provi_env_enter(&agent->env);
    applying.start_ms = provi_env_now_ms(&agent->env);
    provi_apply_init(&applying.apply, &agent->fetcher, PROV_JOB_PROFILE, applying.profile.name);
    status = apply(&applying, &error);
    provi_error_source(&error, applying.profile.name);
    report(&applying, status == PROV_OK ? NULL : &error);
    if (status == PROV_OK && n_changed)
        *n_changed = applying.apply.n_changed;
    if (status != PROV_OK)
        provi_error_copy(err, &error);
    provi_apply_free(&applying.apply);
    prov_agent_notify(agent);
    return provi_env_leave(&agent->env) ? provi_fail_gone(err) : status;
}
