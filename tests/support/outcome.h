/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** @file What a rule does on a device, in lines a test vector can hold. */
#ifndef TEST_SUPPORT_OUTCOME_H
#define TEST_SUPPORT_OUTCOME_H

#include <provision/rule.h>

#include "base/buffer.h"
#include "vectors.h"
#include "world.h"

/**
 * Run the rule of a record and compare with its `result` fields, one for each of
 *
 *     error COLUMN: MESSAGE                     the rule is refused
 *     skipped                                   no alternative was chosen
 *     true, false                               of a trigger
 *     alternative N                             chosen, counted from 1, where there are several
 *     set NAME = "VALUE"
 *     fetch URL OPTION=VALUE…                   the server DHCP gave is 192.168.1.200
 *
 * Other fields: `kind` (`upgrade`, `report`, `trigger`, `upgrade-url`), `dialect` (`spa`), `set`
 * (`NAME=VALUE`, see world_set()), `rule`. Dies where the results differ.
 */
void outcome_test(void *ctx, const struct vector *vector);

/** The device and the options a record asks for; end with world_free(). */
void outcome_set_up(const struct vector *vector, struct world *world,
                    struct prov_rule_options *opt);

/** Everything the getters say of a rule's alternatives, one after another, as `result` lines. */
void outcome_write_rule(struct provi_text *out, const prov_rule *rule);

/** Die unless the lines of @p found are the record's fields named @p key, in order. */
void outcome_compare(const struct vector *vector, const char *key, prov_str found);

#endif
