/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/parameter.h"
#include "common/phone_names.h"
#include "common/text.h"

#include "dhcp.h"
#include "host.h"
#include "show/json.h"

enum { TIME_CAP = 32, ORIGIN_CAP = 2304 };

static int print_value_failure(const char *option, const struct prov_error *err)
{
    bool is_usage = err->status == PROV_E_INVALID || err->status == PROV_E_VALUE ||
                    err->status == PROV_E_SYNTAX || err->status == PROV_E_POLICY;
    return is_usage ? command_line_refuse_value(option, err) : print_failure(err, EXIT_MACHINE);
}

prov_status parameters_stage(prov_store *store, const char *origin, bool is_user, prov_str name,
                             prov_str value, struct prov_error *err)
{
    char proper[PARAMETER_NAME_CAP];
    const struct prov_source source = {
        .size = sizeof source, .rule = prov_str_from(origin), .wall_s = time(NULL)};
    if (!is_user)
        return parameter_set(store, name, value, &source, err);
    const struct prov_param_info *info = parameter_spell(&name, proper);
    prov_status status = info ? prov_rule_check_value(info, value, NULL, err) : PROV_OK;
    return status == PROV_OK ? prov_store_set_user(store, name, value, time(NULL), err) : status;
}

static prov_status stage(prov_store *store, const char *option, prov_str name, prov_str value,
                         struct prov_error *err)
{
    return parameters_stage(store, option, strcmp(option, "--user") == 0, name, value, err);
}

static int set_one(prov_store *store, const char *option, prov_str name, prov_str value)
{
    struct prov_error err = {0};
    prov_status status = stage(store, option, name, value, &err);
    return status == PROV_OK ? EXIT_OK : print_value_failure(option, &err);
}

/* Warn of a name that is not read, and probably a misspelt parameter; it is stored anyway. */
static void warn_of_slip(const char *option, prov_str name)
{
    char meant[PARAMETER_NAME_CAP], shown[2 * PARAMETER_NAME_CAP];
    if (phone_name_is_slip(name, meant))
        fprintf(stderr,
                "provision-phone: %s: warning: %s: there is no parameter of this name; is %s "
                "meant?\n",
                option, text_clean(name, shown, sizeof shown), meant);
}

static int set_pair(prov_store *store, const char *option, const char *pair)
{
    prov_str name, value;
    parameter_split(pair, &name, &value);
    warn_of_slip(option, name);
    return set_one(store, option, name, value);
}

prov_status parameters_change(struct phone *phone, const char *pair, bool is_user,
                              struct prov_error *err)
{
    prov_str name, value;
    if (!parameter_split(pair, &name, &value))
        return text_fail(PROV_E_INVALID, "", "expected NAME=VALUE, found no '='", err);
    prov_status status = prov_store_begin(phone->store, err);
    if (status != PROV_OK)
        return status;
    status = stage(phone->store, is_user ? "--user" : "--set", name, value, err);
    if (status != PROV_OK) {
        prov_store_rollback(phone->store);
        return status;
    }
    status = prov_store_commit(phone->store, err);
    prov_agent_record_local_change(phone->agent);
    dhcp_record_change(phone, name);
    return status;
}

static int reset(prov_store *store, uint32_t layer)
{
    struct prov_error err = {0};
    prov_status status = prov_store_reset(store, layer, &err);
    if (status == PROV_OK) /* an undo log would restore values */
        status = prov_store_save_record(store, prov_str_from(PROV_RECORD_UNDO), NULL, 0, &err);
    return status == PROV_OK ? EXIT_OK : print_failure(&err, EXIT_MACHINE);
}

static int set_all(prov_store *store, const struct options *options)
{
    int status = options->resets ? reset(store, options->reset_layer) : EXIT_OK;
    for (size_t i = 0; i < options->sets.n && status == EXIT_OK; i++)
        status = set_pair(store, "--set", options->sets.all[i]);
    if (status == EXIT_OK && options->syslog)
        status = set_one(store, "--syslog", prov_str_from("Syslog_Server"),
                         prov_str_from(options->syslog));
    for (size_t i = 0; i < options->user_sets.n && status == EXIT_OK; i++)
        status = set_pair(store, "--user", options->user_sets.all[i]);
    return status;
}

int parameters_set(prov_store *store, const struct options *options)
{
    struct prov_error err = {0};
    if (prov_store_begin(store, &err) != PROV_OK)
        return print_failure(&err, EXIT_MACHINE);
    int status = set_all(store, options);
    if (status != EXIT_OK)
        prov_store_rollback(store);
    else if (prov_store_commit(store, &err) != PROV_OK)
        status = print_failure(&err, EXIT_MACHINE);
    return status;
}

/* Write `Profile_Rule_B, line 12 of https://h/a.cfg, 2027-01-15 08:00:00 UTC`; empty: unknown. */
static const char *describe_origin(const struct prov_param *param, char *buf, size_t cap)
{
    char rule[ORIGIN_CAP / 2], url[ORIGIN_CAP / 2], when[TIME_CAP] = "", line[TIME_CAP] = "";
    const struct prov_source *source = param->source;
    buf[0] = '\0';
    if (!source)
        return buf;
    time_t wall_s = (time_t)source->wall_s;
    struct tm utc;
    if (wall_s >= 0 && gmtime_r(&wall_s, &utc))
        strftime(when, sizeof when, ", %Y-%m-%d %H:%M:%S UTC", &utc);
    if (source->url.len)
        snprintf(line, sizeof line, ", line %u of ", (unsigned)param->line);
    snprintf(buf, cap, "%s%s%s%s", text_clean(source->rule, rule, sizeof rule), line,
             text_clean(source->url, url, sizeof url), when);
    return buf;
}

/* Mask keys: they are in rules, and in registers that are inserted into rules. */
static char *presentable(prov_str value, bool is_secret)
{
    return is_secret ? strdup("***") : text_redact(value);
}

/* Show the server's value if the user's applies. */
static int show_beneath(const prov_store *store, prov_str name, bool is_secret)
{
    char origin[ORIGIN_CAP];
    struct prov_param beneath = {.size = sizeof beneath};
    if (prov_store_find(store, name, PROV_LAYER_SERVER, &beneath) != PROV_OK || !beneath.has_value)
        return EXIT_OK;
    char *value = presentable(beneath.value, is_secret);
    if (!value)
        return EXIT_MACHINE;
    describe_origin(&beneath, origin, sizeof origin);
    printf("  in place of %s%s%s\n", value, origin[0] ? ", set by " : "", origin);
    free(value);
    return EXIT_OK;
}

/* Show who set a value, if it is set and that is known. */
static int show_origin(const prov_store *store, prov_str name, bool is_secret)
{
    char origin[ORIGIN_CAP];
    struct prov_param param = {.size = sizeof param};
    if (prov_store_find(store, name, PROV_LAYER_ANY, &param) != PROV_OK)
        return EXIT_OK;
    describe_origin(&param, origin, sizeof origin);
    if (origin[0] && param.has_value)
        printf("  set by %s\n", origin);
    return param.layer == PROV_LAYER_USER ? show_beneath(store, name, is_secret) : EXIT_OK;
}

static int show_text(const prov_store *store, prov_str name, const char *value, bool is_set,
                     bool is_secret)
{
    const char *note = is_set                            ? ""
                       : prov_catalogue_find(name, NULL) ? " (default)"
                                                         : " (not set, and not in the catalogue)";
    printf("%.*s=%s%s\n", (int)name.len, name.data, value, note);
    return is_set ? show_origin(store, name, is_secret) : EXIT_OK;
}

char *parameters_presentable(const prov_store *store, prov_str name, uint32_t dialect, bool *is_set,
                             bool *is_secret)
{
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    *is_secret = prov_catalogue_is_secret(NULL, name);
    char *stored = parameter_get(store, name, dialect, is_set);
    if (info && info->flags & PROV_PARAM_FLAG_READ_ONLY)
        return stored; /* a status, whose brackets are not those of a rule */
    char *value = stored ? presentable(prov_str_from(stored), *is_secret && *is_set) : NULL;
    free(stored);
    return value;
}

int parameters_add(struct json_object *object, const prov_store *store, uint32_t dialect,
                   const char *wanted)
{
    char proper[PARAMETER_NAME_CAP];
    prov_str name = prov_str_from(wanted);
    bool is_set, is_secret;
    parameter_spell(&name, proper);
    char *value = parameters_presentable(store, name, dialect, &is_set, &is_secret);
    int status = value ? json_add_parameter(object, store, name, value, is_secret) : EXIT_MACHINE;
    free(value);
    return status;
}

static int show_json(const prov_store *store, uint32_t dialect, const char *wanted)
{
    struct json_object object = json_begin(stdout);
    json_add_word(&object, "event", "parameter");
    int status = parameters_add(&object, store, dialect, wanted);
    json_end(&object);
    fputc('\n', stdout);
    return status;
}

static void show_state(const prov_store *store, const struct options *options)
{
    struct contact contact;
    struct show show;
    contact_load(&contact, store);
    show_init(&show, options, "");
    if (options->answer.is_json)
        json_state(stdout, "", &contact, store);
    else
        contact_show(&show, &contact, store);
}

static int show_one(const prov_store *store, const struct options *options, const char *wanted)
{
    char proper[PARAMETER_NAME_CAP];
    prov_str name = prov_str_from(wanted);
    bool is_set, is_secret;
    if (strcmp(wanted, "state") == 0) {
        show_state(store, options);
        return EXIT_OK;
    }
    if (options->answer.is_json)
        return show_json(store, options->dialect, wanted);
    parameter_spell(&name, proper);
    char *value = parameters_presentable(store, name, options->dialect, &is_set, &is_secret);
    int status = value ? show_text(store, name, value, is_set, is_secret) : EXIT_MACHINE;
    free(value);
    return status;
}

int parameters_show(const prov_store *store, const struct options *options)
{
    int status = EXIT_OK;
    for (size_t i = 0; i < options->shows.n && status == EXIT_OK; i++)
        status = show_one(store, options, options->shows.all[i]);
    if (status != EXIT_OK)
        perror("provision-phone");
    return status;
}
