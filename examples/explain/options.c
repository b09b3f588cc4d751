/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"
#include "common/tar.h"

#include "file.h"

/* clang-format off: line by line, as it is printed */
static const char *const help[] = {
    "Usage: provision-explain [--rule|--trigger|--upgrade|--report|--message TEXT]... [OPTION]...\n"
    "       provision-explain --store|--bundle FILE [OPTION]...\n"
    "       provision-explain --profile FILE [OPTION]...\n"
    "       provision-explain --parameters [PATTERN] [OPTION]...\n"
    "       provision-explain --fetch [--rule TEXT] [OPTION]...\n"
    "\n"
    "Prints which requests a device would make and why, which values a profile would set, and\n"
    "the known parameters. Nothing is written, and nothing is fetched without --fetch.\n"
    "\n"
    "Subjects:\n"
    "  --rule TEXT           a profile rule: every alternative, and the request it leads to\n"
    "  --trigger TEXT        a Resync_Trigger: true or false\n"
    "  --upgrade TEXT        an upgrade rule\n"
    "  --report TEXT         a report rule\n"
    "  --licence TEXT        a Trans_Auth_Rule, of a migration licence\n"
    "  --renewal TEXT        a MIC_Cert_Refresh_Rule, of the device's certificate\n"
    "  --versions A,B,...    of an upgrade rule: the loads it leads to from each of these "
    "versions,\n"
    "                        and where it stops\n"
    "  --message TEXT        a log message: its expansion. Its macros about the request\n"
    "                        are those of the rule before it on the command line\n"
    "  --store FILE          without any of these: the rules, triggers and report rules in FILE,\n"
    "                        and warnings about its other values\n"
    "  --bundle FILE         without any of these: replay the bundle of provision-phone in FILE: "
    "its\n"
    "                        rules, by the settings and the device in it, and its records\n"
    "  --profile FILE        a profile, as a server would send it; - is standard input\n"
    "  --parameters          the catalogue, or those whose name has PATTERN in it, User_ID_3_ or\n"
    "                        'Resync At'; * and ? match any characters and one\n"
    "  --fetch               the server: carry out the rule, or those of the store, as a phone "
    "does\n"
    "                        up to the commit, and report each step; the first line has the cause\n"
    "                        of a failure\n",
    "\n"
    "The device:\n"
    "  --store FILE          its parameters: a store or any plain profile; only read\n"
    "  --set NAME=VALUE      one more parameter, e.g. GPP_A=office; may be repeated\n"
    "  --var NAME=VALUE      one more macro, or another value for one; may be repeated\n"
    "  --mac MAC             $MA, $MAU, $MAC, e.g. 000e08abcdef or 00:0e:08:ab:cd:ef\n"
    "  --model MODEL         $PN, e.g. CP-8841-3PCC\n"
    "  --series SERIES       $PSN, e.g. 8841; without it, the digits of the model\n"
    "  --serial NUMBER       $SN\n"
    "  --swver LOAD          $SWVER, e.g. sip88xx.11-3-1MPP-110.loads\n"
    "  --hwver VERSION       $HWVER\n"
    "  --ip ADDRESS          $IP\n"
    "  --dhcp-server SERVER  server of rules that name none: host, host:port or "
    "scheme://host:port\n"
    "  --prvst N             $PRVST: -1 on request, 0 power-up (assumed), 1 periodic, 2 retry\n"
    "  --prvtmr SECONDS      $PRVTMR: since the last resync\n"
    "  --upgtmr SECONDS      $UPGTMR: since the last upgrade\n"
    "  --dialect mpp|spa     family of phones whose behaviour is explained (mpp)\n"
    "\n"
    "The profile:\n"
    "  --key KEY             the key it is encrypted with, as in openssl enc -k\n"
    "  --ikm KEY             keying material of aes128gcm (RFC 8188)\n"
    "  --encoding LIST       Content-Encoding of the server: gzip, aes128gcm\n"
    "  --alias MAP           element names to rename, as in the GPP --alias names\n"
    "  --bind NAME=VALUE     refuse a profile in which NAME has another value,\n"
    "                        e.g. MAC_Address=000e08abcdef\n"
    "  --strict-names        a name in another case is another name\n"
    "\n"
    "The server (--fetch):\n"
    "  --devices FILE        check several devices: a CSV file whose first line names the "
    "columns,\n"
    "                        options without dashes, e.g. mac,model,rule; - is standard input\n"
    "  --junit FILE          write the results as JUnit XML too, a test case for each device\n"
    "  --ca FILE             trust the root certificates in FILE (PEM) and no others\n"
    "  --client-cert FILE    certificate of the device (PEM), then those of its issuers\n"
    "  --client-key FILE     its key, if it is in another file\n"
    "  --account USER:PASSWORD\n"
    "                        profile account, for servers that ask and rules without --uid\n"
    "  --timeout SECONDS     how long the server may be silent (30)\n"
    "\n"
    "The answer:\n"
    "  --strict              warnings count: exit status 1\n"
    "\n"
    "Keys, passwords and the values of secret parameters are never shown.\n",
    NULL,
};
/* clang-format on */

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
    return add_text(options, PROV_RULE_KIND_PROFILE, "--rule", argument);
}

static bool read_trigger(const char *argument, void *options)
{
    return add_text(options, PROV_RULE_KIND_TRIGGER, "--trigger", argument);
}

static bool read_upgrade(const char *argument, void *options)
{
    return add_text(options, PROV_RULE_KIND_UPGRADE, "--upgrade", argument);
}

static bool read_report(const char *argument, void *options)
{
    return add_text(options, PROV_RULE_KIND_REPORT, "--report", argument);
}

static bool read_licence(const char *argument, void *options)
{
    return add_text(options, TEXT_LICENCE, "--licence", argument);
}

static bool read_renewal(const char *argument, void *options)
{
    return add_text(options, TEXT_RENEWAL, "--renewal", argument);
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

/* Read a line of a bundle: an option of the device and its argument. */
static bool read_device_line(struct options *options, char *line)
{
    const char *expected;
    char *argument = strchr(line, ' ');
    if (!argument)
        return line[0] == '\0';
    *argument++ = '\0';
    return options_is_column(line) && options_set(options, line, argument, &expected);
}

/* Options after this one replace those of the bundle. */
static bool read_bundle(const char *argument, void *value)
{
    struct options *options = value;
    prov_str archive, device;
    free(options->bundle);
    options->bundle = file_read(argument, &archive.len, NULL);
    archive.data = options->bundle;
    if (!archive.data || !tar_find(archive, "settings.xml", &options->settings) ||
        !tar_find(archive, "device.txt", &device) ||
        !tar_find(archive, "traces.txt", &options->traces))
        return false;
    char *line = options->bundle + (device.data - options->bundle);
    for (char *end = line + device.len; line < end;) {
        size_t len = (size_t)(end - line);
        char *line_end = memchr(line, '\n', len);
        if (!line_end)
            return false;
        *line_end = '\0';
        if (!read_device_line(options, line))
            return false;
        line = line_end + 1;
    }
    return true;
}

static bool read_account(const char *argument, void *account)
{
    return strchr(argument, ':') && command_read_text(argument, account);
}

static bool read_timeout(const char *argument, void *seconds)
{
    enum { MAX_TIMEOUT_S = 86400 };
    return command_read_number(argument, seconds) && *(uint32_t *)seconds > 0 &&
           *(uint32_t *)seconds <= MAX_TIMEOUT_S;
}

#define AT(member) offsetof(struct options, member)

static const struct command_option rows[] = {
    {"rule", "a profile rule", read_rule, 0},
    {"trigger", "a condition", read_trigger, 0},
    {"upgrade", "an upgrade rule", read_upgrade, 0},
    {"report", "a report rule", read_report, 0},
    {"licence", "a profile rule", read_licence, 0},
    {"renewal", "a profile rule", read_renewal, 0},
    {"versions", "a comma list of versions", command_read_text, AT(versions)},
    {"message", "a log message", read_message, 0},
    {"profile", "a file, or - for standard input", command_read_text, AT(profile_path)},
    {"parameters", NULL, command_read_flag, AT(wants_parameters)},
    {"store", "a file", command_read_text, AT(store_path)},
    {"bundle", "a support bundle of provision-phone", read_bundle, 0},
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
    {"fetch", NULL, command_read_flag, AT(checks_server)},
    {"devices", "a CSV file, or - for standard input", command_read_text, AT(devices_path)},
    {"junit", "a file", command_read_text, AT(junit_path)},
    {"ca", "a file", command_read_text, AT(ca_file)},
    {"client-cert", "a file", command_read_text, AT(cert_file)},
    {"client-key", "a file", command_read_text, AT(key_file)},
    {"account", "USER:PASSWORD", read_account, AT(account)},
    {"timeout", "a number of seconds from 1 to 86400", read_timeout, AT(timeout_s)},
    {"strict", NULL, command_read_flag, AT(is_strict)},
    {NULL, NULL, NULL, 0},
};

/* Options of a device that a file of devices may have as columns. */
static const char *const columns[] = {
    "rule",    "store",  "set",         "var",        "mac",     "model",
    "series",  "serial", "swver",       "hwver",      "ip",      "dhcp-server",
    "dialect", "ca",     "client-cert", "client-key", "account",
};

bool options_is_column(const char *name)
{
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(columns[i], name) == 0)
            return true;
    return false;
}

bool options_set(struct options *options, const char *name, const char *argument,
                 const char **expected)
{
    const struct command_option *row = rows;
    while (strcmp(row->name, name) != 0)
        row++;
    if (row->read == read_rule)
        options->n_texts = 0;
    *expected = row->expected;
    return row->read(argument, (char *)options + row->offset);
}

void options_complete(struct options *options)
{
    if (options->model && !options->series[0])
        device_derive_series(options->model, options->series);
}

static bool copy_array(void *to, size_t n, size_t size)
{
    void **array = to;
    void *copy = n ? malloc(n * size) : NULL;
    if (copy)
        memcpy(copy, *array, n * size);
    *array = copy;
    return copy || n == 0;
}

bool options_copy(struct options *to, const struct options *from)
{
    *to = *from;
    bool has_texts = copy_array(&to->texts, to->n_texts, sizeof *to->texts);
    bool has_sets = copy_array(&to->sets.all, to->sets.n, sizeof *to->sets.all);
    bool has_variables = copy_array(&to->variables.all, to->variables.n, sizeof *to->variables.all);
    to->bundle = NULL; /* that of `from` exists longer */
    return has_texts && has_sets && has_variables;
}

static bool has_upgrade(const struct options *options)
{
    for (size_t i = 0; i < options->n_texts; i++)
        if (options->texts[i].kind == PROV_RULE_KIND_UPGRADE)
            return true;
    return false;
}

static const char *find_fault_of_check(const struct options *options)
{
    if (options->profile_path || options->wants_parameters)
        return "--fetch: expected neither --profile nor --parameters beside it, found one";
    if (options->n_texts > 1 ||
        (options->n_texts && options->texts[0].kind != PROV_RULE_KIND_PROFILE))
        return "--fetch: expected at most one --rule beside it, and no other text, found one";
    return NULL;
}

static const char *find_fault(const struct options *options)
{
    bool has_texts = options->n_texts || options->store_path || options->bundle;
    if (options->versions && !options->store_path && !has_upgrade(options))
        return "--versions: expected --upgrade or --store beside it, found neither";
    if (options->checks_server)
        return find_fault_of_check(options);
    if (options->devices_path || options->junit_path)
        return "--devices, --junit: expected --fetch beside them, found none";
    int n_subjects = has_texts + (options->profile_path != NULL) + options->wants_parameters;
    if (n_subjects == 0)
        return "expected --rule, --profile, --store, --parameters or --fetch, found nothing to "
               "explain";
    if (n_subjects > 1)
        return "expected one of rules, --profile and --parameters, found several";
    return NULL;
}

bool options_read(struct options *options, char **argv, int *status)
{
    *options = (struct options){.dialect = PROV_DIALECT_MPP, .timeout_s = 30};
    const struct command_line line = {
        .options = rows,
        .help = help,
        .values = options,
        .answer = &options->answer,
        .word = &options->pattern,
        .has_word = &options->wants_parameters,
    };
    if (!command_line_read(&line, argv, status))
        return false;
    const char *fault = find_fault(options);
    if (fault) {
        *status = command_line_refuse(fault);
        return false;
    }
    if (!options->devices_path)
        options_complete(options);
    return true;
}

void options_free(struct options *options)
{
    free(options->bundle);
    free(options->texts);
    free(options->sets.all);
    free(options->variables.all);
}
