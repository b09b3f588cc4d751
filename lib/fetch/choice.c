/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/choice.h"

#include "base/error.h"
#include "base/str.h"
#include "fetch/fetcher.h"
#include "rule/shown.h"

/* Expand, parse, choose; store the expansion for events and the trace. */
static prov_status choose(struct provi_choice *choice, struct provi_fetcher *fetcher, prov_str text,
                          struct prov_error *err)
{
    struct provi_env *env = fetcher->env;
    struct prov_dialect dialect = env->dialect;
    /* DHCP may name a server, but not send the device's passwords there. */
    dialect.key_only_secrets |= choice->is_substituted;
    const struct prov_rule_options options = {
        .size = sizeof options,
        .kind = choice->kind,
        .flags = choice->flags,
        .dialect = &dialect,
        .limits = &env->limits,
        .alloc = &env->alloc,
    };
    const struct prov_vars vars = prov_macro_vars_view(env->macro_vars);
    prov_status status =
        prov_rule_prepare(&choice->rule, text, &vars, &options, NULL, &choice->alternative, err);
    provi_buffer_reset(&choice->masked);
    /* Cut at the buffer's ceiling. */
    struct provi_text shown = {.buffer = &choice->masked, .alloc = &env->alloc};
    prov_status shown_status = provi_rule_write_shown(&shown, choice->rule, text, &vars, &options);
    if (status == PROV_OK && (shown_status != PROV_OK || shown.status == PROV_E_NOMEM))
        status = provi_fail_nomem(err);
    provi_trace_add(fetcher, choice->cause, choice->rule_name, choice->rule, text, err);
    return status;
}

bool provi_choice_target(const struct provi_choice *choice, size_t number,
                         struct prov_rule_target *target)
{
    *target = (struct prov_rule_target){.size = sizeof *target};
    return prov_rule_target_get(choice->rule, (size_t)choice->alternative, number, target) ==
           PROV_OK;
}

bool provi_choice_lacks_server(const struct provi_choice *choice, size_t number)
{
    struct prov_rule_target target;
    return provi_choice_target(choice, number, &target) && target.host.len == 0 &&
           target.path.len > 0;
}

prov_status provi_choice_make(struct provi_choice *choice, struct provi_fetcher *fetcher,
                              struct prov_error *err)
{
    struct provi_env *env = fetcher->env;
    provi_buffer_init(&choice->masked, env->limits.max_rule_bytes, false);
    choice->alternative = -1;
    if (choice->text.len)
        return choose(choice, fetcher, choice->text, err);

    struct provi_buffer stored;
    provi_buffer_init(&stored, env->limits.max_rule_bytes, true);
    prov_status status = provi_param_read(&env->params, choice->rule_name, &env->alloc, &stored);
    if (status == PROV_OK && stored.len) /* most rules are empty: nothing to choose from */
        status = choose(choice, fetcher, provi_buffer_str(&stored), err);
    else if (status != PROV_OK)
        provi_param_fail(&env->params, choice->rule_name, status, err);
    provi_buffer_free(&stored, &env->alloc);
    if (status != PROV_OK || choice->substitute.len == 0 || !provi_choice_lacks_server(choice, 0))
        return status;
    prov_rule_free(choice->rule);
    choice->rule = NULL;
    choice->rule_name = PROVI_LIT("rule from DHCP");
    choice->is_substituted = true;
    return choose(choice, fetcher, choice->substitute, err);
}

void provi_choice_free(struct provi_choice *choice, const struct prov_alloc *alloc)
{
    prov_rule_free(choice->rule);
    provi_buffer_free(&choice->masked, alloc);
}
