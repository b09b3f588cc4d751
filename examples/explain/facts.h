/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Parameters and macro variables of the device, and the request that the macros describe. */
#ifndef EXPLAIN_FACTS_H
#define EXPLAIN_FACTS_H

#include <provision/provision.h>

#include "options.h"

struct macro_vars {
    const struct options *options;
    prov_store *store; /* in memory; the values of --store and --set */
    prov_macro_vars *variables;
    struct prov_operation operation;
};

/**
 * Make a store in memory with the values of --store and --set.
 *
 * @param[out] store  New, ended by prov_store_close() in any case.
 * @return EXIT_OK; EXIT_USAGE or EXIT_MACHINE, and the reason was reported.
 */
int facts_make_store(prov_store **store, const struct options *options);

/** Describe the device by the command line; texts are borrowed from @p options. */
void facts_describe_device(struct prov_device *device, const struct options *options);

/** The macros of --var. @param options  Borrowed as long as they are used. */
struct prov_vars facts_given_vars(const struct options *options);

/**
 * Gather the values of the command line and the store.
 *
 * @param options  Borrowed until facts_free().
 * @return EXIT_OK; EXIT_USAGE or EXIT_MACHINE, and the reason was reported. Ended by facts_free()
 *         in any case.
 */
int facts_gather(struct macro_vars *macro_vars, const struct options *options);

/**
 * Set the software version.
 *
 * @param version  Borrowed for the call.
 * @return EXIT_OK; EXIT_MACHINE, and the reason was reported.
 */
int facts_set_version(struct macro_vars *macro_vars, const char *version);

/** Let the macros describe a request; its texts are borrowed until the next call. */
void facts_set_request(struct macro_vars *macro_vars, const struct prov_rule_target *target);

/** The variables, valid until facts_free(). */
struct prov_vars facts_vars(const struct macro_vars *macro_vars);

const struct prov_dialect *facts_dialect(const struct macro_vars *macro_vars);

/**
 * Expand the macros of a text.
 *
 * @return New, ended by free(); NULL with @p err filled.
 */
char *facts_expand(const struct macro_vars *macro_vars, prov_str text, struct prov_error *err);

void facts_free(struct macro_vars *macro_vars);

#endif
