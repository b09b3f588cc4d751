/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Parameters on the command line: --set, --user, --reset and --show. */
#ifndef PHONE_PARAMETERS_H
#define PHONE_PARAMETERS_H

#include <provision/provision.h>

#include "common/json_object.h"

#include "options.h"

struct phone;

/**
 * Write the values of --reset, --set, --syslog and --user to the store, all or none.
 *
 * @return EXIT_OK; EXIT_USAGE for an invalid parameter; EXIT_MACHINE. The reason was reported.
 */
int parameters_set(prov_store *store, const struct options *options);

/**
 * Change one parameter of a running phone, `NAME=VALUE`.
 *
 * @param is_user  As the phone's user, in its menu; otherwise as its administrator.
 * @return PROV_OK; PROV_E_INVALID, PROV_E_VALUE, PROV_E_SYNTAX, PROV_E_POLICY: not permitted or not
 *         valid; any status of the store.
 */
prov_status parameters_change(struct phone *phone, const char *pair, bool is_user,
                              struct prov_error *err);

/**
 * Stage one parameter within a transaction.
 *
 * @param origin   Origin of the value, for the store.
 * @param is_user  As the phone's user; otherwise as its administrator.
 * @return As parameters_change().
 */
prov_status parameters_stage(prov_store *store, const char *origin, bool is_user, prov_str name,
                             prov_str value, struct prov_error *err);

/**
 * The value of a parameter, or its default, for display: `***` for a secret, and for keys and
 * passwords within other values.
 *
 * @return New, ended by free(); NULL without memory.
 */
char *parameters_presentable(const prov_store *store, prov_str name, uint32_t dialect, bool *is_set,
                             bool *is_secret);

/** Add a parameter to a JSON object, as for --show. @return Exit status. */
int parameters_add(struct json_object *object, const prov_store *store, uint32_t dialect,
                   const char *wanted);

/** Print the parameters of --show. @return Exit status. */
int parameters_show(const prov_store *store, const struct options *options);

#endif
