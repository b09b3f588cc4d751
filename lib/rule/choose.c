/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/rule.h>

#include "base/error.h"
#include "base/str.h"
#include "rule/rule_priv.h"

struct choice {
    const prov_rule *rule;
    struct provi_operand sw_version; /* left side of comparisons that have none */
    const struct prov_rule_observer *observer;
};

static void report_alternative(const struct choice *choice, uint32_t alternative, uint32_t verdict)
{
    if (choice->observer && choice->observer->alternative)
        choice->observer->alternative(choice->observer->ctx, alternative, verdict);
}

static bool compare(const struct choice *choice, uint32_t alternative,
                    const struct provi_comparison *comparison)
{
    const struct prov_rule_observer *observer = choice->observer;
    const struct provi_operand *left =
        comparison->left.type ? &comparison->left : &choice->sw_version;
    const uint32_t type = provi_operand_common_type(left->type, comparison->right.type);
    const struct prov_rule_comparison result = {
        .size = sizeof result,
        .alternative = alternative,
        .op = comparison->op,
        .type = type,
        .holds = provi_operand_holds(comparison->op,
                                     provi_operand_compare(type, left, &comparison->right)),
        .left = left->text,
        .right = comparison->right.text,
    };
    if (observer && observer->comparison)
        observer->comparison(observer->ctx, &result);
    return result.holds;
}

static bool condition_holds(const struct choice *choice, uint32_t alternative)
{
    const struct provi_parts *parts = &choice->rule->parts;
    struct provi_range range = parts->alternatives[alternative].comparisons;
    for (size_t i = 0; i < range.n; i++)
        if (!compare(choice, alternative, &parts->comparisons[range.first + i]))
            return false;
    return true;
}

/* Check that the software version has a type that each comparison without a left side accepts. */
static prov_status check_sw_version(const struct choice *choice, struct prov_error *err)
{
    const struct provi_parts *parts = &choice->rule->parts;
    for (size_t i = 0; i < parts->n_comparisons; i++) {
        const struct provi_comparison *comparison = &parts->comparisons[i];
        uint32_t right = comparison->right.type;
        if (comparison->left.type || provi_operand_common_type(choice->sw_version.type, right))
            continue;
        provi_fail(err, PROV_E_SYNTAX, "expected a $SWVER to compare with %s, found '%.*s'",
                   provi_operand_type_text(right), PROVI_STR(choice->sw_version.text));
        const struct provi_expansion *expansion = &choice->rule->expansion;
        provi_error_at(err, expansion->written,
                       provi_expansion_map(expansion, comparison->at, comparison->at).start);
        return PROV_E_SYNTAX;
    }
    return PROV_OK;
}

prov_status prov_rule_choose(const prov_rule *rule, prov_str sw_version,
                             const struct prov_rule_observer *observer, int32_t *alternative,
                             struct prov_error *err)
{
    if (!rule || !alternative || !provi_str_is_sound(sw_version))
        return provi_fail_invalid(err, "rule, sw_version or alternative");
    *alternative = -1;
    struct choice choice = {.rule = rule, .observer = observer};
    provi_operand_classify(sw_version.len ? sw_version : rule->sw_version, &choice.sw_version);
    prov_status status = check_sw_version(&choice, err);
    if (status != PROV_OK)
        return status;
    for (uint32_t i = 0; i < rule->parts.n_alternatives; i++) {
        if (*alternative >= 0) {
            report_alternative(&choice, i, PROV_RULE_VERDICT_NOT_ASKED);
        } else if (condition_holds(&choice, i)) {
            *alternative = (int32_t)i;
            report_alternative(&choice, i, PROV_RULE_VERDICT_CHOSEN);
        } else {
            report_alternative(&choice, i, PROV_RULE_VERDICT_REFUSED);
        }
    }
    return PROV_OK;
}
