/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Parameters on the command line: --set, --user, --reset and --show. */
#ifndef PHONE_PARAMETERS_H
#define PHONE_PARAMETERS_H

#include <provision/provision.h>

#include "options.h"

/**
 * Write what --reset, --set, --syslog and --user say to the store, all or nothing.
 *
 * @return EXIT_OK; EXIT_USAGE for what cannot be such a parameter; EXIT_MACHINE. It has been said.
 */
int parameters_set(prov_store *store, const struct options *options);

/** Print what --show names. @return Exit status. */
int parameters_show(const prov_store *store, const struct options *options);

#endif
