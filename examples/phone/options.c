/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "common/command_line.h"
#include "common/device.h"

#include "dhcp.h"

static const char help[] =
    "Usage: provision-phone --mac MAC --model MODEL [--store FILE] [OPTION]...\n"
    "\n"
    "A virtual phone: works out what to fetch, fetches it, applies it and waits for the next "
    "time,\n"
    "as a Cisco multiplatform phone does.\n"
    "\n"
    "The phone:\n"
    "  --store FILE          keep parameters in FILE, itself a flat profile; without it they are\n"
    "                        forgotten at the end\n"
    "  --mac MAC             its address, e.g. 000e08abcdef or 00:0e:08:ab:cd:ef\n"
    "  --model MODEL         $PN, e.g. CP-8841-3PCC\n"
    "  --series SERIES       $PSN, e.g. 8841; without it, the digits of the model\n"
    "  --serial NUMBER       $SN\n"
    "  --swver LOAD          $SWVER, e.g. sip88xx.11-3-1MPP-110.loads\n"
    "  --dialect mpp|spa     family whose behaviour counts where families differ (mpp)\n"
    "\n"
    "What it does:\n"
    "  --set NAME=VALUE      write a parameter to the store first; may be repeated\n"
    "  --user NAME=VALUE     change a parameter as the phone's user does in its menu, where "
    "ua=\"rw\"\n"
    "                        allows it; may be repeated\n"
    "  --user-wins           let what the user changed stand when the server names another value\n"
    "  --reset user|server   forget what the user changed, or all that was provisioned, first\n"
    "  --resync RULE         resync at once by RULE, e.g. tftp://192.168.1.200/basic.txt, as the\n"
    "                        address /admin/resync?RULE of a phone does\n"
    "  --once                resync once and end; without --resync by Profile_Rule and B, C, D\n"
    "  --show NAME           print a parameter, who set it, from where and when, and end; may be\n"
    "                        repeated. Secrets are withheld\n"
    "  --confirm-within SECONDS\n"
    "                        roll back what is applied unless SIGUSR2 confirms it in time, also\n"
    "                        when the phone starts anew before\n"
    "  --resync-timeout SECONDS\n"
    "                        end a resync whose transfers take longer than that together (3600)\n"
    "  --confirm             confirm what was applied as soon as a resync has ended well\n"
    "\n"
    "Around it:\n"
    "  --dhcp-server SERVER  server of rules that name none: host, host:port or "
    "scheme://host:port\n"
    "  --dhcp-option CODE=VALUE\n"
    "                        an option as DHCP brings it, VALUE text or 0x and hex digits, CODE "
    "e.g.\n"
    "                        66, or 6:17 for DHCPv6; may be repeated. DHCP_Option_To_Use and\n"
    "                        DHCPv6_Option_To_Use say which counts\n"
    "  --syslog HOST[:PORT]  write Syslog_Server to the store: log messages go there by UDP\n"
    "  --account USER:PASSWORD\n"
    "                        profile account, for servers that ask and rules without --uid\n"
    "  --ca FILE             trust the root certificates in FILE (PEM) and no others\n"
    "  --client-cert FILE    certificate of the phone (PEM), then those of its issuers; $CCERT is\n"
    "                        Installed\n"
    "  --client-key FILE     its key, if that does not stand in the same file\n"
    "\n"
    "What it says:\n"
    "  --json                one JSON object per event and line\n"
    "  --quiet               only what went wrong\n"
    "  --verbose             also each request that goes out, secrets masked, and the status that\n"
    "                        comes back; not with --json\n"
    "  --help, --version\n"
    "\n"
    "Without --once it runs until it is told to end (Ctrl-C, SIGTERM). SIGUSR1 begins a call, and\n"
    "ends it the next time: resyncs wait for idle lines. SIGUSR2 confirms what was applied. "
    "Colours\n"
    "are left out when the output is no terminal or NO_COLOR is set.\n"
    "\n"
    "Exit status: 0 well; 1 the resync of --once failed; 2 the command line makes no sense;\n"
    "3 the store or something else on this machine failed; 128 + N signal N came before the "
    "resync\n"
    "of --once had ended.\n";

enum {
    OPT_STORE = COMMAND_LINE_OWN,
    OPT_MAC,
    OPT_MODEL,
    OPT_SERIES,
    OPT_SERIAL,
    OPT_SWVER,
    OPT_DIALECT,
    OPT_SET,
    OPT_USER,
    OPT_USER_WINS,
    OPT_RESET,
    OPT_RESYNC,
    OPT_ONCE,
    OPT_SHOW,
    OPT_CONFIRM_WITHIN,
    OPT_CONFIRM,
    OPT_RESYNC_TIMEOUT,
    OPT_DHCP_SERVER,
    OPT_DHCP_OPTION,
    OPT_SYSLOG,
    OPT_ACCOUNT,
    OPT_CA,
    OPT_CLIENT_CERT,
    OPT_CLIENT_KEY,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
};

static const struct option long_options[] = {
    {"store", required_argument, NULL, OPT_STORE},
    {"mac", required_argument, NULL, OPT_MAC},
    {"model", required_argument, NULL, OPT_MODEL},
    {"series", required_argument, NULL, OPT_SERIES},
    {"serial", required_argument, NULL, OPT_SERIAL},
    {"swver", required_argument, NULL, OPT_SWVER},
    {"dialect", required_argument, NULL, OPT_DIALECT},
    {"set", required_argument, NULL, OPT_SET},
    {"user", required_argument, NULL, OPT_USER},
    {"user-wins", no_argument, NULL, OPT_USER_WINS},
    {"reset", required_argument, NULL, OPT_RESET},
    {"resync", required_argument, NULL, OPT_RESYNC},
    {"once", no_argument, NULL, OPT_ONCE},
    {"show", required_argument, NULL, OPT_SHOW},
    {"confirm-within", required_argument, NULL, OPT_CONFIRM_WITHIN},
    {"confirm", no_argument, NULL, OPT_CONFIRM},
    {"resync-timeout", required_argument, NULL, OPT_RESYNC_TIMEOUT},
    {"dhcp-server", required_argument, NULL, OPT_DHCP_SERVER},
    {"dhcp-option", required_argument, NULL, OPT_DHCP_OPTION},
    {"syslog", required_argument, NULL, OPT_SYSLOG},
    {"account", required_argument, NULL, OPT_ACCOUNT},
    {"ca", required_argument, NULL, OPT_CA},
    {"client-cert", required_argument, NULL, OPT_CLIENT_CERT},
    {"client-key", required_argument, NULL, OPT_CLIENT_KEY},
    {"json", no_argument, NULL, OPT_JSON},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"verbose", no_argument, NULL, OPT_VERBOSE},
    {"help", no_argument, NULL, COMMAND_LINE_HELP},
    {"version", no_argument, NULL, COMMAND_LINE_VERSION},
    {NULL, 0, NULL, 0},
};

static bool read_layer(const char *argument, struct options *options)
{
    options->resets = true;
    options->reset_layer = strcmp(argument, "user") == 0 ? PROV_LAYER_USER : PROV_LAYER_SERVER;
    return options->reset_layer == PROV_LAYER_USER || strcmp(argument, "server") == 0;
}

static bool read_seconds(const char *argument, uint32_t *seconds)
{
    char *end;
    unsigned long number = strtoul(argument, &end, 10);
    *seconds = (uint32_t)number;
    return *argument >= '1' && *argument <= '9' && *end == '\0' && number <= UINT32_MAX;
}

static bool read_dhcp(const char *argument, struct options *options)
{
    size_t i = options->n_dhcp++;
    return dhcp_read_option(argument, &options->dhcp[i], &options->dhcp_bytes[i]);
}

/* One option; false when its argument makes no sense. */
static bool read_option(void *ctx, int option, const char *argument)
{
    struct options *options = ctx;
    switch (option) {
    case OPT_STORE: options->store_path = argument; return true;
    case OPT_MAC: return device_read_mac(argument, options->mac);
    case OPT_MODEL: options->model = argument; return true;
    case OPT_SERIES: return device_read_series(argument, options->series);
    case OPT_SERIAL: options->serial = argument; return true;
    case OPT_SWVER: options->sw_version = argument; return true;
    case OPT_DIALECT: return device_read_dialect(argument, &options->dialect);
    case OPT_SET: options->sets[options->n_sets++] = argument; return true;
    case OPT_USER: options->user_sets[options->n_user_sets++] = argument; return true;
    case OPT_USER_WINS: options->user_wins = true; return true;
    case OPT_RESET: return read_layer(argument, options);
    case OPT_RESYNC: options->resync_rule = argument; return true;
    case OPT_ONCE: options->is_once = true; return true;
    case OPT_SHOW: options->shows[options->n_shows++] = argument; return true;
    case OPT_CONFIRM_WITHIN: return read_seconds(argument, &options->confirm_timeout_s);
    case OPT_RESYNC_TIMEOUT:
        return read_seconds(argument, &options->resync_timeout_s) &&
               options->resync_timeout_s <= UINT32_MAX / 1000;
    case OPT_CONFIRM: options->confirms = true; return true;
    case OPT_DHCP_SERVER: return device_read_server(argument, &options->dhcp_server);
    case OPT_DHCP_OPTION: return read_dhcp(argument, options);
    case OPT_SYSLOG: options->syslog = argument; return true;
    case OPT_ACCOUNT: options->account = argument; return true;
    case OPT_CA: options->ca_file = argument; return true;
    case OPT_CLIENT_CERT: options->cert_file = argument; return true;
    case OPT_CLIENT_KEY: options->key_file = argument; return true;
    case OPT_JSON: options->is_json = true; return true;
    case OPT_QUIET: options->is_quiet = true; return true;
    case OPT_VERBOSE: options->is_verbose = true; return true;
    default: return false;
    }
}

/* What every phone needs; one that only shows parameters needs nothing but them. */
static const char *find_fault(const struct options *options)
{
    static const uint8_t no_mac[6];
    if (options->n_shows)
        return options->is_once || options->resync_rule ? "--show goes with no resync" : NULL;
    if (memcmp(options->mac, no_mac, sizeof no_mac) == 0)
        return "--mac is missing";
    if (!options->model)
        return "--model is missing";
    if (options->account && !strchr(options->account, ':'))
        return "--account takes USER:PASSWORD";
    if (options->confirms && options->confirm_timeout_s == 0)
        return "--confirm goes with --confirm-within";
    return NULL;
}

bool options_read(struct options *options, int argc, char **argv, int *status)
{
    *options = (struct options){.dialect = PROV_DIALECT_MPP};
    *status = EXIT_USAGE;
    /* No option can be given more often than there are words. */
    options->sets = calloc((size_t)argc, sizeof *options->sets);
    options->user_sets = calloc((size_t)argc, sizeof *options->user_sets);
    options->shows = calloc((size_t)argc, sizeof *options->shows);
    options->dhcp = calloc((size_t)argc, sizeof *options->dhcp);
    options->dhcp_bytes = calloc((size_t)argc, sizeof *options->dhcp_bytes);
    if (!options->sets || !options->user_sets || !options->shows || !options->dhcp ||
        !options->dhcp_bytes) {
        *status = EXIT_SETUP;
        return false;
    }
    const struct command_line line = {long_options, help, read_option, options};
    if (!command_line_read(&line, argc, argv, status))
        return false;
    const char *fault = optind < argc ? "only options are expected" : find_fault(options);
    if (fault)
        return command_line_refuse(fault);
    if (options->model && !options->series[0])
        device_derive_series(options->model, options->series);
    return true;
}

void options_free(struct options *options)
{
    free(options->sets);
    free(options->user_sets);
    free(options->shows);
    for (size_t i = 0; i < options->n_dhcp; i++)
        free(options->dhcp_bytes[i]);
    free(options->dhcp_bytes);
    free(options->dhcp);
}
