/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"

#include "help.h"

/* ---- arguments ---- */

static bool add_text(struct options *options, uint32_t kind, const char *option, const char *text)
{
    struct given_text *texts = realloc(options->texts, (options->n_texts + 1) * sizeof *texts);
    if (!texts)
        return false;
    texts[options->n_texts++] = (struct given_text){option, text, kind};
    options->texts = texts;
    return true;
}

static bool read_rule(const char *argument, void *options)
{
    return add_text(options, PROV_RULE_PROFILE, "--rule", argument);
}

static bool read_trigger(const char *argument, void *options)
{
    return add_text(options, PROV_RULE_TRIGGER, "--trigger", argument);
}

static bool read_upgrade(const char *argument, void *options)
{
    return add_text(options, PROV_RULE_UPGRADE, "--upgrade", argument);
}

static bool read_report(const char *argument, void *options)
{
    return add_text(options, PROV_RULE_REPORT, "--report", argument);
}

static bool read_message(const char *argument, void *options)
{
    return add_text(options, TEXT_MESSAGE, "--message", argument);
}

static bool read_prvst(const char *argument, void *prvst)
{
    static const char *const values[] = {"-1", "0", "1", "2"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(argument, values[i]) != 0)
            continue;
        *(int32_t *)prvst = i - 1;
        return true;
    }
    return false;
}

static bool read_seconds(const char *argument, void *seconds)
{
    return command_read_number(argument, seconds) && *(uint32_t *)seconds <= INT32_MAX;
}

static bool read_bind(const char *argument, void *value)
{
    struct options *options = value;
    return parameter_split(argument, &options->bind_name, &options->bind_value);
}

#define AT(member) offsetof(struct options, member)

static const struct command_option rows[] = {
    {"rule", "a profile rule", read_rule, 0},
    {"trigger", "a condition", read_trigger, 0},
    {"upgrade", "an upgrade rule", read_upgrade, 0},
    {"report", "a report rule", read_report, 0},
    {"message", "a log message", read_message, 0},
    {"profile", "a file, or - for standard input", command_read_text, AT(profile_path)},
    {"parameters", NULL, command_read_flag, AT(wants_parameters)},
    {"store", "a file", command_read_text, AT(store_path)},
    {"set", "NAME=VALUE", command_read_pairs, AT(sets)},
    {"var", "NAME=VALUE", command_read_pairs, AT(variables)},
    {"mac", DEVICE_MAC, device_read_mac, AT(mac)},
    {"model", DEVICE_MODEL, command_read_text, AT(model)},
    {"series", DEVICE_SERIES, device_read_series, AT(series)},
    {"serial", "a serial number", command_read_text, AT(serial)},
    {"swver", DEVICE_LOAD, command_read_text, AT(sw_version)},
    {"hwver", "a version", command_read_text, AT(hw_version)},
    {"ip", "an address", command_read_text, AT(ip)},
    {"dhcp-server", DEVICE_SERVER, device_read_server, AT(dhcp_server)},
    {"prvst", "a number from -1 to 2", read_prvst, AT(prvst)},
    {"prvtmr", "a number of seconds", read_seconds, AT(prvtmr_s)},
    {"upgtmr", "a number of seconds", read_seconds, AT(upgtmr_s)},
    {"dialect", DEVICE_DIALECT, device_read_dialect, AT(dialect)},
    {"key", "a key", command_read_text, AT(key)},
    {"ikm", "keying material", command_read_text, AT(ikm)},
    {"encoding", "a list of gzip and aes128gcm", command_read_text, AT(encoding)},
    {"alias", "a map of names", command_read_text, AT(alias)},
    {"bind", "NAME=VALUE", read_bind, 0},
    {"strict-names", NULL, command_read_flag, AT(is_strict_about_names)},
    {"strict", NULL, command_read_flag, AT(is_strict)},
    {NULL, NULL, NULL, 0},
};

/* ---- the whole line ---- */

static const char *find_fault(const struct options *options)
{
    bool has_texts = options->n_texts || options->store_path;
    int n_subjects = has_texts + (options->profile_path != NULL) + options->wants_parameters;
    if (options->pattern && !options->wants_parameters)
        return "expected only options, found another word; an argument with spaces needs quotes";
    if (n_subjects == 0)
        return "expected --rule, --profile, --store or --parameters, found nothing to explain";
    if (n_subjects > 1)
        return "expected one of rules, --profile and --parameters, found several";
    return NULL;
}

bool options_read(struct options *options, char **argv, int *status)
{
    *options = (struct options){.dialect = PROV_DIALECT_MPP};
    const struct command_line line = {
        .options = rows,
        .help = help_text,
        .values = options,
        .answer = &options->answer,
        .word = &options->pattern,
    };
    if (!command_line_read(&line, argv, status))
        return false;
    const char *fault = find_fault(options);
    if (fault) {
        *status = command_line_refuse(fault);
        return false;
    }
    if (options->model && !options->series[0])
        device_derive_series(options->model, options->series);
    return true;
}

void options_free(struct options *options)
{
    free(options->texts);
    free(options->sets.all);
    free(options->variables.all);
}
