/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "vitals.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

enum { ENABLE, PERIOD, AT, ON_RESET, RULE, RULE_B, RULE_C, RULE_D };

static const char *const names[N_VITALS] = {
    [ENABLE] = "Provision_Enable",  [PERIOD] = "Resync_Periodic", [AT] = "Resync_At__HHmm_",
    [ON_RESET] = "Resync_On_Reset", [RULE] = "Profile_Rule",      [RULE_B] = "Profile_Rule_B",
    [RULE_C] = "Profile_Rule_C",    [RULE_D] = "Profile_Rule_D",
};

void vitals_set(struct vitals *vitals, prov_str name, prov_str value)
{
    for (size_t i = 0; i < N_VITALS; i++) {
        if (!text_is(name, names[i]))
            continue;
        free(vitals->values[i]);
        vitals->values[i] = text_copy(value);
    }
}

static prov_str value_of(const struct vitals *vitals, size_t number)
{
    if (vitals->values[number])
        return prov_str_from(vitals->values[number]);
    const struct prov_param_info *info = prov_catalogue_find(prov_str_from(names[number]), NULL);
    return prov_str_from(prov_catalogue_default(info, NULL));
}

static bool is_no(const struct vitals *vitals, size_t number)
{
    bool is_yes = true;
    return prov_value_bool(value_of(vitals, number), &is_yes) && !is_yes;
}

/* Whether a rule is blank or a comment. */
static bool is_empty_rule(const struct vitals *vitals, size_t number)
{
    prov_str value = value_of(vitals, number);
    size_t at = strspn(value.data, " \t\r\n");
    return value.data[at] == '\0' || value.data[at] == '#';
}

static bool has_rule(const struct vitals *vitals)
{
    for (size_t i = RULE; i <= RULE_D; i++)
        if (!is_empty_rule(vitals, i))
            return true;
    return false;
}

static bool has_period(const struct vitals *vitals)
{
    int64_t longest_ms;
    prov_str period = value_of(vitals, PERIOD);
    return prov_delays_get(period, 0, UINT32_MAX, &longest_ms) == PROV_OK && longest_ms >= 0;
}

static void record_lint(void *ctx, const struct prov_lint *lint)
{
    bool *is_time = ctx;
    *is_time = *is_time && lint->kind != PROV_LINT_NOT_HHMM;
}

static bool has_time(const struct vitals *vitals)
{
    prov_str value = value_of(vitals, AT);
    bool is_time = value.len > 0;
    const struct prov_lint_listener listener = {.warn = record_lint, .ctx = &is_time};
    prov_lint_param(prov_str_from(names[AT]), value, NULL, &listener);
    return is_time;
}

const char *vitals_fault(const struct vitals *vitals)
{
    if (is_no(vitals, ENABLE))
        return "nothing resyncs any more: Provision_Enable is No";
    if (!has_rule(vitals))
        return "nothing resyncs any more: Profile_Rule and Profile_Rule_B to _D are empty";
    if (has_period(vitals) || has_time(vitals))
        return NULL;
    if (is_no(vitals, ON_RESET))
        return "nothing resyncs by itself any more: Resync_Periodic and Resync_At__HHmm_ are off, "
               "Resync_On_Reset is No";
    return "nothing resyncs by itself but at power-up: Resync_Periodic and Resync_At__HHmm_ are "
           "off";
}

void vitals_free(struct vitals *vitals)
{
    for (size_t i = 0; i < N_VITALS; i++)
        free(vitals->values[i]);
}
