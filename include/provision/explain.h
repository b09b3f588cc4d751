/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The evaluation of a rule, explained as text.
 *
 * The same information as data: a `prov_rule_observer` receives every comparison and verdict,
 * prov_rule_alternative_text() returns both texts of an alternative, and the getters of
 * `<provision/rule.h>` return its assignments and targets.
 */
#ifndef PROVISION_EXPLAIN_H
#define PROVISION_EXPLAIN_H

#include <provision/base.h>
#include <provision/rule.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Write, for every alternative of a rule, its text, its expansion, each comparison with type and
 * both operands, the verdict, the assignments and the request; then the result for the rule.
 *
 *     alternative 1: ($PRVTMR ge 600)? http://p.tel.com/has-reg.cfg
 *       expands to: (5 ge 600)? http://p.tel.com/has-reg.cfg
 *       compares: 5 ge 600 as integers: false
 *       passed over
 *     alternative 2: [--post a] http://p.tel.com/lost-reg?
 *       chosen: no condition
 *       fetches: http://p.tel.com:80/lost-reg?, by POST of GPP_A
 *
 * A rule never changes, so the output for a rule from prov_rule_prepare() does not depend on the
 * time of the call. Secrets are masked: arguments of options, logins in URLs, values assigned to
 * parameters with secret names.
 *
 * @param      rule  Borrowed for the call. Its software version is the one that prov_rule_prepare()
 *                   used.
 * @param      sink  Receives lines of UTF-8 text; `finish` is left to the caller. Not NULL.
 * @param[out] err   Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_SYNTAX as prov_rule_choose(); any status of @p sink; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_rule_explain(const prov_rule *rule, const struct prov_sink *sink,
                                       struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
