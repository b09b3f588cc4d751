/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"
#include "common/text.h"

#include "json.h"

/* ---- writing ---- */

static int set_one(prov_store *store, prov_str name, prov_str value)
{
    struct prov_error err = {0};
    prov_status status = parameter_set(store, name, value, &err);
    if (status == PROV_OK)
        return EXIT_OK;
    bool is_usage = status == PROV_E_INVALID || status == PROV_E_VALUE;
    return complain(&err, is_usage ? EXIT_USAGE : EXIT_SETUP);
}

static int set_pair(prov_store *store, const char *pair)
{
    prov_str name, value;
    if (!parameter_split(pair, &name, &value)) {
        fprintf(stderr, "provision-phone: --set: expected NAME=VALUE\n");
        return EXIT_USAGE;
    }
    return set_one(store, name, value);
}

static int set_all(prov_store *store, const struct options *options)
{
    int status = EXIT_OK;
    for (size_t i = 0; i < options->n_sets && status == EXIT_OK; i++)
        status = set_pair(store, options->sets[i]);
    if (status == EXIT_OK && options->syslog)
        status = set_one(store, prov_str_from("Syslog_Server"), prov_str_from(options->syslog));
    return status;
}

int parameters_set(prov_store *store, const struct options *options)
{
    struct prov_error err = {0};
    if (prov_store_begin(store, &err) != PROV_OK)
        return complain(&err, EXIT_SETUP);
    int status = set_all(store, options);
    if (status != EXIT_OK)
        prov_store_rollback(store);
    else if (prov_store_commit(store, &err) != PROV_OK)
        status = complain(&err, EXIT_SETUP);
    return status;
}

/* ---- printing ---- */

static int show_one(const prov_store *store, const struct options *options, const char *wanted)
{
    char proper[PARAMETER_NAME_CAP];
    prov_str name = prov_str_from(wanted);
    parameter_spell(&name, proper);
    bool is_set, is_secret = prov_catalogue_is_secret(NULL, name);
    char *stored = parameter_get(store, name, options->dialect, &is_set);
    /* Keys are in rules, and in registers that rules are put together from. */
    char *value = stored ? text_redact(prov_str_from(stored)) : NULL;
    free(stored);
    if (!value) {
        perror("provision-phone");
        return EXIT_SETUP;
    }
    if (options->is_json)
        json_parameter(stdout, name, prov_str_from(value), is_set, is_secret);
    else
        printf("%.*s=%s%s\n", (int)name.len, name.data, is_secret && is_set ? "***" : value,
               is_set ? "" : " (default)");
    free(value);
    return EXIT_OK;
}

int parameters_show(const prov_store *store, const struct options *options)
{
    int status = EXIT_OK;
    for (size_t i = 0; i < options->n_shows && status == EXIT_OK; i++)
        status = show_one(store, options, options->shows[i]);
    return status;
}
