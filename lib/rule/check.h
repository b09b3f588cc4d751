/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Checks of rules in parameters, for a device that is unknown. */
#ifndef PROVI_RULE_CHECK_H
#define PROVI_RULE_CHECK_H

#include <provision/catalogue.h>
#include <provision/rule.h>

/**
 * The variables of a device on which every documented macro has a value.
 *
 * @param[out] out      New; ended by prov_macro_vars_free(), also after a failure.
 * @param      version  `$SWVER` and `$HWVER`; borrowed for the call.
 */
prov_status provi_sample_new(prov_macro_vars **out, const char *version,
                             const struct prov_alloc *alloc, struct prov_error *err);

/** The kind of rule (enum prov_rule_kind) in a parameter; false if it holds none. */
bool provi_rule_kind_of(const struct prov_param_info *info, uint32_t *kind);

/** Whether a macro is one of `SA` to `SD`, `GPP_SA` to `GPP_SD`. */
bool provi_is_secret_register(prov_str name);

#endif
