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
 * Write what --reset, --set, --syslog and --user say to the store, all or nothing.
 *
 * @return EXIT_OK; EXIT_USAGE for what cannot be such a parameter; EXIT_MACHINE. It has been said.
 */
int parameters_set(prov_store *store, const struct options *options);

/**
 * Change one parameter of a phone that runs, `NAME=VALUE`.
 *
 * @param is_user  As the phone's user does in its menu; otherwise as its administrator does.
 * @return PROV_OK; PROV_E_INVALID, PROV_E_VALUE, PROV_E_SYNTAX, PROV_E_POLICY: not such a
 *         parameter; any status of the store.
 */
prov_status parameters_change(struct phone *phone, const char *pair, bool is_user,
                              struct prov_error *err);

/**
 * Stage one parameter within a transaction.
 *
 * @param origin   Of the value, as the store keeps it.
 * @param is_user  As the phone's user changes it, otherwise as its administrator does.
 * @return As parameters_change().
 */
prov_status parameters_stage(prov_store *store, const char *origin, bool is_user, prov_str name,
                             prov_str value, struct prov_error *err);

/**
 * The value of a parameter, or its default, as it may be shown: `***` for a secret, and for the
 * keys and passwords in others.
 *
 * @return New, ended by free(); NULL without memory.
 */
char *parameters_presentable(const prov_store *store, prov_str name, uint32_t dialect, bool *is_set,
                             bool *is_secret);

/** Add a parameter to a JSON object, as --show prints it. @return Exit status. */
int parameters_add(struct json_object *object, const prov_store *store, uint32_t dialect,
                   const char *wanted);

/** Print what --show names. @return Exit status. */
int parameters_show(const prov_store *store, const struct options *options);

#endif
