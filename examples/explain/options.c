/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/command_line.h"
#include "common/parameter.h"

#include "help.h"

enum {
    OPT_RULE = COMMAND_LINE_OWN,
    OPT_TRIGGER,
    OPT_UPGRADE,
    OPT_REPORT,
    OPT_MESSAGE,
    OPT_PROFILE,
    OPT_PARAMETERS,
    OPT_STORE,
    OPT_SET,
    OPT_VAR,
    OPT_MAC,
    OPT_MODEL,
    OPT_SERIES,
    OPT_SERIAL,
    OPT_SWVER,
    OPT_HWVER,
    OPT_IP,
    OPT_DHCP_SERVER,
    OPT_PRVST,
    OPT_PRVTMR,
    OPT_UPGTMR,
    OPT_DIALECT,
    OPT_KEY,
    OPT_IKM,
    OPT_ENCODING,
    OPT_ALIAS,
    OPT_BIND,
    OPT_STRICT_NAMES,
    OPT_JSON,
    OPT_STRICT,
    OPT_NO_COLOUR,
};

static const struct option long_options[] = {
    {"rule", required_argument, NULL, OPT_RULE},
    {"trigger", required_argument, NULL, OPT_TRIGGER},
    {"upgrade", required_argument, NULL, OPT_UPGRADE},
    {"report", required_argument, NULL, OPT_REPORT},
    {"message", required_argument, NULL, OPT_MESSAGE},
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"parameters", no_argument, NULL, OPT_PARAMETERS},
    {"store", required_argument, NULL, OPT_STORE},
    {"set", required_argument, NULL, OPT_SET},
    {"var", required_argument, NULL, OPT_VAR},
    {"mac", required_argument, NULL, OPT_MAC},
    {"model", required_argument, NULL, OPT_MODEL},
    {"series", required_argument, NULL, OPT_SERIES},
    {"serial", required_argument, NULL, OPT_SERIAL},
    {"swver", required_argument, NULL, OPT_SWVER},
    {"hwver", required_argument, NULL, OPT_HWVER},
    {"ip", required_argument, NULL, OPT_IP},
    {"dhcp-server", required_argument, NULL, OPT_DHCP_SERVER},
    {"prvst", required_argument, NULL, OPT_PRVST},
    {"prvtmr", required_argument, NULL, OPT_PRVTMR},
    {"upgtmr", required_argument, NULL, OPT_UPGTMR},
    {"dialect", required_argument, NULL, OPT_DIALECT},
    {"key", required_argument, NULL, OPT_KEY},
    {"ikm", required_argument, NULL, OPT_IKM},
    {"encoding", required_argument, NULL, OPT_ENCODING},
    {"alias", required_argument, NULL, OPT_ALIAS},
    {"bind", required_argument, NULL, OPT_BIND},
    {"strict-names", no_argument, NULL, OPT_STRICT_NAMES},
    {"json", no_argument, NULL, OPT_JSON},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"no-colour", no_argument, NULL, OPT_NO_COLOUR},
    {"help", no_argument, NULL, COMMAND_LINE_HELP},
    {"version", no_argument, NULL, COMMAND_LINE_VERSION},
    {NULL, 0, NULL, 0},
};

/* ---- arguments ---- */

static bool read_number(const char *text, int64_t min, int64_t max, int64_t *number)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < min || value > max)
        return false;
    *number = value;
    return true;
}

static bool add_text(struct options *options, uint32_t kind, const char *option, const char *text)
{
    options->texts[options->n_texts++] = (struct given_text){option, text, kind};
    return true;
}

static bool add_pair(const char **pairs, size_t *n, const char *pair)
{
    prov_str name, value;
    pairs[(*n)++] = pair;
    return parameter_split(pair, &name, &value);
}

/* What is explained. */
static bool read_subject(struct options *options, int option, const char *argument)
{
    switch (option) {
    case OPT_RULE: return add_text(options, PROV_RULE_PROFILE, "--rule", argument);
    case OPT_TRIGGER: return add_text(options, PROV_RULE_TRIGGER, "--trigger", argument);
    case OPT_UPGRADE: return add_text(options, PROV_RULE_UPGRADE, "--upgrade", argument);
    case OPT_REPORT: return add_text(options, PROV_RULE_REPORT, "--report", argument);
    case OPT_MESSAGE: return add_text(options, TEXT_MESSAGE, "--message", argument);
    case OPT_PROFILE: options->profile_path = argument; return true;
    case OPT_PARAMETERS: options->wants_parameters = true; return true;
    default: return false;
    }
}

static bool read_device(struct options *options, int option, const char *argument)
{
    switch (option) {
    case OPT_STORE: options->store_path = argument; return true;
    case OPT_SET: return add_pair(options->sets, &options->n_sets, argument);
    case OPT_VAR: return add_pair(options->variables, &options->n_variables, argument);
    case OPT_MAC: return device_read_mac(argument, options->mac);
    case OPT_MODEL: options->model = argument; return true;
    case OPT_SERIES: return device_read_series(argument, options->series);
    case OPT_SERIAL: options->serial = argument; return true;
    case OPT_SWVER: options->sw_version = argument; return true;
    case OPT_HWVER: options->hw_version = argument; return true;
    case OPT_IP: options->ip = argument; return true;
    case OPT_DHCP_SERVER: return device_read_server(argument, &options->dhcp_server);
    case OPT_PRVST: return read_number(argument, -1, 2, &options->prvst);
    case OPT_PRVTMR: return read_number(argument, 0, INT32_MAX, &options->prvtmr_s);
    case OPT_UPGTMR: return read_number(argument, 0, INT32_MAX, &options->upgtmr_s);
    case OPT_DIALECT: return device_read_dialect(argument, &options->dialect);
    default: return false;
    }
}

static bool read_profile(struct options *options, int option, const char *argument)
{
    switch (option) {
    case OPT_KEY: options->key = argument; return true;
    case OPT_IKM: options->ikm = argument; return true;
    case OPT_ENCODING: options->encoding = argument; return true;
    case OPT_ALIAS: options->alias = argument; return true;
    case OPT_BIND: return parameter_split(argument, &options->bind_name, &options->bind_value);
    case OPT_STRICT_NAMES: options->is_strict_about_names = true; return true;
    default: return false;
    }
}

static bool read_answer(struct options *options, int option)
{
    switch (option) {
    case OPT_JSON: options->is_json = true; return true;
    case OPT_STRICT: options->is_strict = true; return true;
    case OPT_NO_COLOUR: options->is_colourless = true; return true;
    default: return false;
    }
}

/* One option; false when its argument makes no sense. */
static bool read_option(void *ctx, int option, const char *argument)
{
    struct options *options = ctx;
    if (option < OPT_STORE)
        return read_subject(options, option, argument);
    if (option < OPT_KEY)
        return read_device(options, option, argument);
    if (option < OPT_JSON)
        return read_profile(options, option, argument);
    return read_answer(options, option);
}

/* ---- the whole line ---- */

static const char *find_fault(const struct options *options)
{
    bool has_texts = options->n_texts || options->store_path;
    int n_subjects = has_texts + (options->profile_path != NULL) + options->wants_parameters;
    if (n_subjects == 0)
        return "nothing to explain: --rule, --profile, --store or --parameters is missing";
    if (n_subjects > 1)
        return "rules, --profile and --parameters are explained one at a time";
    return NULL;
}

static const char *take_words(struct options *options, int argc, char **argv)
{
    if (options->wants_parameters && optind < argc)
        options->pattern = argv[optind++];
    return optind < argc ? "only options are expected" : find_fault(options);
}

bool options_read(struct options *options, int argc, char **argv, int *status)
{
    *options = (struct options){.dialect = PROV_DIALECT_MPP};
    *status = EXIT_USAGE;
    /* No option can be given more often than there are words. */
    options->texts = calloc((size_t)argc, sizeof *options->texts);
    options->sets = calloc((size_t)argc, sizeof *options->sets);
    options->variables = calloc((size_t)argc, sizeof *options->variables);
    if (!options->texts || !options->sets || !options->variables) {
        perror("provision-explain");
        return false;
    }
    const struct command_line line = {long_options, help_text, read_option, options};
    if (!command_line_read(&line, argc, argv, status))
        return false;
    const char *fault = take_words(options, argc, argv);
    if (fault)
        return command_line_refuse(fault);
    if (options->model && !options->series[0])
        device_derive_series(options->model, options->series);
    return true;
}

void options_free(struct options *options)
{
    free(options->texts);
    free(options->sets);
    free(options->variables);
}
