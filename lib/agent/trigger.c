/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include <provision/rule.h>

#include "base/error.h"
#include "base/str.h"
#include "fetch/operation.h"
#include "env/settings.h"

enum { N_TRIGGERS = 2 };

static const char *const names[N_TRIGGERS] = {"Resync_Trigger_1", "Resync_Trigger_2"};

/* The result of one trigger. */
enum verdict {
    ABSENT, /* empty, without a condition, or invalid: does not block */
    UNREADABLE,
    NOT_TRUE,
    TRUE,
};

/* Whether a failure is due to the text, and hence permanent; others may be temporary. */
static bool is_of_the_text(prov_status status)
{
    return status == PROV_E_SYNTAX || status == PROV_E_LIMIT || status == PROV_E_UNSUPPORTED ||
           status == PROV_E_POLICY || status == PROV_E_VALUE;
}

/* Only triggers that block a resync are reported: those that start one are evaluated often. */
static prov_status evaluate(struct provi_fetcher *fetcher, uint32_t cause, prov_str name,
                            prov_str text, enum verdict *verdict, struct prov_error *err)
{
    const struct prov_rule_options options = {
        .size = sizeof options,
        .kind = PROV_RULE_KIND_TRIGGER,
        .dialect = &fetcher->env->dialect,
        .limits = &fetcher->env->limits,
        .alloc = &fetcher->env->alloc,
    };
    struct prov_vars vars = prov_macro_vars_view(fetcher->env->macro_vars);
    prov_rule *rule;
    int32_t alternative = -1;
    prov_status status = prov_rule_prepare(&rule, text, &vars, &options, NULL, &alternative, err);
    if (status == PROV_OK && prov_rule_n_alternatives(rule) > 0)
        *verdict = alternative >= 0 ? TRUE : NOT_TRUE;
    else if (status != PROV_OK && !is_of_the_text(status))
        *verdict = UNREADABLE;
    if (*verdict != TRUE && *verdict != UNREADABLE && cause != PROV_CAUSE_TRIGGER)
        provi_trace_add(fetcher, cause, name, rule, text, err);
    prov_rule_free(rule);
    return status;
}

static enum verdict evaluate_trigger(struct provi_fetcher *fetcher, uint32_t cause, unsigned number)
{
    struct prov_error error = {0};
    struct provi_buffer text;
    prov_str name = prov_str_from(names[number - 1]);
    enum verdict verdict = ABSENT;
    provi_buffer_init(&text, fetcher->env->limits.max_rule_bytes, false);
    prov_status status = provi_param_read(&fetcher->env->params, name, &fetcher->env->alloc, &text);
    if (status == PROV_OK)
        status = evaluate(fetcher, cause, name, provi_buffer_str(&text), &verdict, &error);
    else
        verdict = is_of_the_text(status) ? ABSENT : UNREADABLE;
    if (status != PROV_OK && error.status == PROV_OK)
        provi_param_fail(&fetcher->env->params, name, status, &error);
    provi_error_source(&error, name);
    provi_settings_record_trigger(fetcher->env, number, verdict == UNREADABLE,
                                  status == PROV_OK ? NULL : &error);
    provi_buffer_free(&text, &fetcher->env->alloc);
    return verdict;
}

bool provi_triggers_evaluate(struct provi_fetcher *fetcher, uint32_t cause, bool *is_allowed)
{
    provi_operation_begin(fetcher, prov_cause_prvst(cause));
    unsigned n[TRUE + 1] = {0};
    for (unsigned number = 1; number <= N_TRIGGERS && n[TRUE] == 0; number++)
        n[evaluate_trigger(fetcher, cause, number)]++;
    bool is_open = n[ABSENT] == N_TRIGGERS && cause != PROV_CAUSE_TRIGGER;
    *is_allowed = n[TRUE] > 0 || is_open;
    return n[TRUE] > 0 || n[UNREADABLE] == 0;
}
