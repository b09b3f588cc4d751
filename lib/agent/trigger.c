/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/trigger.h"

#include <provision/rule.h>

#include "agent/agent_priv.h"
#include "agent/operation.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* A trigger that does not parse is not true; nobody would ever know why without a word of it. */
static void complain(struct prov_agent *agent, prov_str name, struct prov_error *error)
{
    provi_error_source(error, name);
    struct prov_event event = {
        .type = PROV_EVENT_LOG,
        .severity = PROV_SEVERITY_WARNING,
        .rule = name,
        .text = PROVI_LIT("trigger cannot be evaluated, taken as not true"),
        .error = error,
    };
    provi_agent_event(agent, &event);
}

/* What holds a resync back is remembered; what starts one is looked at too often for that. */
static prov_status evaluate(struct prov_agent *agent, uint32_t cause, prov_str name, prov_str text,
                            bool *is_true, struct prov_error *err)
{
    const struct prov_rule_options options = {
        .size = sizeof options,
        .kind = PROV_RULE_TRIGGER,
        .dialect = &agent->dialect,
        .limits = &agent->limits,
        .alloc = &agent->alloc,
    };
    struct prov_vars vars = prov_facts_vars(agent->facts);
    prov_rule *rule;
    int32_t term = -1;
    prov_status status = prov_rule_prepare(&rule, text, &vars, &options, NULL, &term, err);
    *is_true = status == PROV_OK && term >= 0;
    if (!*is_true && cause != PROV_CAUSE_TRIGGER)
        provi_trace_add(agent, cause, name, rule, text, err);
    prov_rule_free(rule);
    return status;
}

static bool is_true(struct prov_agent *agent, uint32_t cause, prov_str name)
{
    struct prov_error error = {0};
    struct provi_buffer text;
    provi_buffer_init(&text, agent->limits.max_rule_bytes, false);
    bool answer = false;
    prov_status status = provi_param_read(&agent->params, name, &agent->alloc, &text);
    if (status == PROV_OK)
        status = evaluate(agent, cause, name, provi_buffer_str(&text), &answer, &error);
    else
        provi_fail(&error, status, "the trigger cannot be read: %s", prov_status_text(status));
    if (status != PROV_OK)
        complain(agent, name, &error);
    provi_buffer_free(&text, &agent->alloc);
    return answer;
}

bool provi_triggers_allow(struct prov_agent *agent, uint32_t cause)
{
    static const char *const names[] = {"Resync_Trigger_1", "Resync_Trigger_2"};
    provi_operation_begin(agent, prov_cause_prvst(cause));
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        if (is_true(agent, cause, prov_str_from(names[i])))
            return true;
    return false;
}
