/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/rule.h>

#include "base/abi.h"
#include "rule/rule_priv.h"

const struct provi_term *provi_rule_term(const prov_rule *rule, size_t term)
{
    return rule && term < rule->parts.n_terms ? &rule->parts.terms[term] : NULL;
}

size_t prov_rule_n_terms(const prov_rule *rule)
{
    return rule ? rule->parts.n_terms : 0;
}

size_t prov_rule_n_assignments(const prov_rule *rule, size_t term)
{
    const struct provi_term *found = provi_rule_term(rule, term);
    return found ? found->assignments.n : 0;
}

prov_status prov_rule_assignment_get(const prov_rule *rule, size_t term, size_t index,
                                     struct prov_rule_assignment *out)
{
    if (!out)
        return PROV_E_INVALID;
    if (index >= prov_rule_n_assignments(rule, term))
        return PROV_E_NOT_FOUND;
    *out = rule->parts.assignments[rule->parts.terms[term].assignments.first + index];
    return PROV_OK;
}

size_t prov_rule_n_targets(const prov_rule *rule, size_t term)
{
    const struct provi_term *found = provi_rule_term(rule, term);
    return found ? found->targets.n : 0;
}

prov_status prov_rule_target_get(const prov_rule *rule, size_t term, size_t index,
                                 struct prov_rule_target *out)
{
    if (!out)
        return PROV_E_INVALID;
    if (index >= prov_rule_n_targets(rule, term))
        return PROV_E_NOT_FOUND;
    const struct prov_rule_target *target =
        &rule->parts.targets[rule->parts.terms[term].targets.first + index];
    return provi_abi_out(out, target, sizeof *target);
}

prov_status prov_rule_term_text(const prov_rule *rule, size_t term, uint32_t which, char *buf,
                                size_t cap, size_t *len)
{
    const struct provi_term *found = provi_rule_term(rule, term);
    if (!len || (!buf && cap) || which > PROV_RULE_EXPANDED)
        return PROV_E_INVALID;
    if (!found)
        return PROV_E_NOT_FOUND;
    return prov_rule_redact(which == PROV_RULE_WRITTEN ? found->written : found->text, buf, cap,
                            len);
}
