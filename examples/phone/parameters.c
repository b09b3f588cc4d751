/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "text.h"

/* ---- writing ---- */

/* Stage one parameter under its proper name, if it fits its type as a profile's value must. */
static int set_one(prov_store *store, prov_str name, prov_str value)
{
    struct prov_error err = {0};
    char proper[128];
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    if (info && prov_catalogue_check(info, value, &err) != PROV_OK)
        return complain(&err, EXIT_USAGE);
    if (info && prov_catalogue_spell(info, name, proper, sizeof proper, &name.len) == PROV_OK)
        name.data = proper;
    const struct prov_param param = {
        .size = sizeof param,
        .name = name,
        .value = value,
        .has_value = 1,
    };
    prov_status status = prov_store_set(store, &param, &err);
    if (status == PROV_OK)
        return EXIT_OK;
    return complain(&err, status == PROV_E_INVALID ? EXIT_USAGE : EXIT_SETUP);
}

static int set_pair(prov_store *store, const char *pair)
{
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair) {
        fprintf(stderr, "provision-phone: --set: expected NAME=VALUE\n");
        return EXIT_USAGE;
    }
    return set_one(store, (prov_str){pair, (size_t)(equals - pair)}, prov_str_from(equals + 1));
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

/* The value as it may be shown, new; its default when it is not set. NULL without memory. */
static char *value_to_show(const prov_store *store, const struct prov_param_info *info,
                           prov_str name, uint32_t dialect, bool *is_set)
{
    size_t len = 0;
    *is_set = prov_store_get(store, name, NULL, 0, &len) != PROV_E_NOT_FOUND;
    if (!*is_set)
        return strdup(prov_catalogue_default(info, prov_dialect_get(dialect)));
    char *value = malloc(len + 1);
    if (!value || prov_store_get(store, name, value, len + 1, &len) != PROV_OK) {
        free(value);
        return NULL;
    }
    return value;
}

/* Rules may hold keys and passwords: what is printed has `***` there. */
static char *redact(char *rule)
{
    size_t len = 0;
    prov_rule_redact(prov_str_from(rule), NULL, 0, &len);
    char *text = malloc(len + 1);
    if (text)
        prov_rule_redact(prov_str_from(rule), text, len + 1, &len);
    free(rule);
    return text;
}

/* Parameters the catalogue does not have are judged by their names: better withheld than shown. */
static bool is_secret(const struct prov_param_info *info, prov_str name)
{
    static const char part[] = "passw";
    if (info)
        return info->flags & PROV_PARAM_SECRET;
    for (size_t i = 0; i + strlen(part) <= name.len; i++)
        if (strncasecmp(name.data + i, part, strlen(part)) == 0)
            return true;
    return false;
}

static bool is_rule(const struct prov_param_info *info)
{
    return info && (info->type == PROV_PARAM_RULE || info->type == PROV_PARAM_REPORT);
}

static int show_one(const prov_store *store, const struct options *options, const char *wanted)
{
    char proper[128];
    prov_str name = prov_str_from(wanted);
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    if (info && prov_catalogue_spell(info, name, proper, sizeof proper, &name.len) == PROV_OK)
        name.data = proper;
    bool is_set, is_withheld = is_secret(info, name);
    char *value = value_to_show(store, info, name, options->dialect, &is_set);
    if (value && is_rule(info))
        value = redact(value);
    if (!value) {
        perror("provision-phone");
        return EXIT_SETUP;
    }
    if (options->is_json)
        json_parameter(stdout, name, prov_str_from(value), is_set, is_withheld);
    else
        printf("%.*s=%s%s\n", (int)name.len, name.data, is_withheld && is_set ? "***" : value,
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
