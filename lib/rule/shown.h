/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Rules prepared for use, and rules as text without secrets. */
#ifndef PROVI_RULE_SHOWN_H
#define PROVI_RULE_SHOWN_H

#include <provision/rule.h>

#include "base/buffer.h"
#include "rule/rule_priv.h"

/**
 * As prov_rule_prepare(), but a rule that does not parse is returned too, for its expansion; that
 * is empty if the text could not be expanded. The caller frees it also after a failure.
 */
prov_status provi_rule_prepare(prov_rule **out, prov_str text, const struct prov_vars *vars,
                               const struct prov_rule_options *opt,
                               const struct prov_rule_observer *observer, int32_t *alternative,
                               struct prov_error *err);

/** Write a rule text, well-formed or not, with `***` for its secrets. */
void provi_rule_write_redacted(struct provi_text *out, prov_str text);

/**
 * Write a part of a rule's text, as written or as expanded, likewise.
 *
 * @param secrets  Those that may be in the part.
 * @param part     A text of another place, like the software version, is written as it is.
 */
void provi_rule_write_part(struct provi_text *out, const prov_rule *rule,
                           struct provi_range secrets, prov_str part);

/**
 * Write the expansion of a rule, likewise; the text as written if it cannot be expanded or the
 * expansion is empty.
 *
 * @param rule  As prov_rule_prepare() returned it for the other arguments; NULL: it does not parse.
 *              The text is expanded once more then, with a mask for each secret as written, since a
 *              macro's value may hold blanks and brackets.
 * @return PROV_OK; PROV_E_NOMEM, and nothing was written.
 */
prov_status provi_rule_write_shown(struct provi_text *out, const prov_rule *rule, prov_str text,
                                   const struct prov_vars *vars,
                                   const struct prov_rule_options *opt);

/** A checksum of the texts as written and as expanded; rules with equal ones have the same
 * explanation. */
uint64_t provi_rule_checksum(const prov_rule *rule);

/** As prov_rule_explain(), into @p out, which the caller ends. */
prov_status provi_rule_explain(const prov_rule *rule, struct provi_text *out,
                               struct prov_error *err);

#endif
