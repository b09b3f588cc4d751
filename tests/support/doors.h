/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Vectors of the front door. `set: NAME=VALUE` is a setting, `unreadable: NAME` one that cannot be
 * read. The client: `login: NAME` (prov_login_name()), `basic: UID:PWD`, `line: N`, and `is: busy`,
 * `is: from-proxy`, `is: stream`.
 */
#ifndef TEST_SUPPORT_DOORS_H
#define TEST_SUPPORT_DOORS_H

#include <provision/action.h>

#include "vectors.h"

enum { DOOR_LINE = 1024 };

/** The settings of a record; borrowed as long as the source is used. */
struct prov_param_source door_settings(const struct vector *vector);

void door_client(const struct vector *vector, struct prov_action_client *client);

/** `KIND[ by RULE][ as TEXT][ for UID/PWD][ priority N][ ignored]` */
void door_describe_action(const struct prov_action *action, char out[DOOR_LINE]);

/** `DECISION[ CODE][ ACCOUNT][ failed][ stale][ error N][ status 1]: REASON` */
void door_describe_verdict(const struct prov_verdict *verdict, char out[DOOR_LINE]);

/** `STATUS[ at OFFSET][ SUBJECT]: MESSAGE` */
void door_describe_error(const struct prov_error *error, char out[DOOR_LINE]);

/** Die unless the field @p key is @p found; a record without the field expects "". */
void door_expect(const struct vector *vector, const char *key, const char *found);

#endif
