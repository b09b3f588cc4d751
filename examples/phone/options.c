/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "clock.h"
#include "sip/sip.h"
#include "web/web.h"

static const char *const help[] = {
    "Usage: provision-phone --mac MAC --model MODEL [--store FILE] [OPTION]...\n"
    "\n"
    "A virtual phone: determines which files to fetch, fetches and applies them, and waits for\n"
    "the next time, as a Cisco multiplatform phone does.\n",
    "\n"
    "The phone:\n"
    "  --store FILE          keep parameters in FILE, itself a flat profile; without it they are\n"
    "                        forgotten at the end\n"
    "  --mac MAC             its address, e.g. 000e08abcdef or 00:0e:08:ab:cd:ef\n"
    "  --model MODEL         $PN, e.g. CP-8841-3PCC\n"
    "  --series SERIES       $PSN, e.g. 8841; without it, the digits of the model\n"
    "  --serial NUMBER       $SN\n"
    "  --swver LOAD          $SWVER, e.g. sip88xx.11-3-1MPP-110.loads\n"
    "  --manufacturer NAME   first in the User-Agent and in $VERSION: NAME-MODEL/LOAD\n"
    "  --user-agent mac|serial\n"
    "                        identifier of the phone in the User-Agent (mac)\n"
    "  --dialect mpp|spa     family of phones to behave like (mpp)\n",
    "\n"
    "Actions:\n"
    "  --set NAME=VALUE      write a parameter to the store first; may be repeated\n"
    "  --user NAME=VALUE     change a parameter as the phone's user does in its menu, where "
    "ua=\"rw\"\n"
    "                        allows it; may be repeated\n"
    "  --user-wins           keep the user's changes when the server sends another value\n"
    "  --reset user|server   delete the user's changes, or all provisioned values, first\n"
    "  --resync RULE         resync at once by RULE, e.g. tftp://192.168.1.200/basic.txt, as the\n"
    "                        address /admin/resync?RULE of a phone does\n"
    "  --once                resync once and end; without --resync by Profile_Rule and B, C, D\n"
    "  --update-ca [RULE]    fetch the custom CA by RULE, or by Custom_CA_Rule; with --once, end "
    "then\n"
    "  --upgrade [RULE]      upgrade by RULE, or by Upgrade_Rule; with --once, end when the image "
    "is\n"
    "                        confirmed, or has failed. Images are in the folder FILE.flash\n"
    "  --report [RULE]       send a report by RULE, or by Report_Rule; with --once, end then\n"
    "  --fetch RULE          fetch a file by RULE, which may be a URL, as a phone fetches its "
    "phone\n"
    "                        book, write it to the file of --output as it is sent, and end\n"
    "  --output FILE         write the file of --fetch to FILE\n"
    "  --bundle FILE         when the phone ends, write a support bundle to FILE, a tar "
    "archive:\n"
    "                        settings, status with the schedule, traces, versions. Secrets are\n"
    "                        masked; provision-explain --bundle replays it\n"
    "  --problem-report      send a bundle to PRT_Upload_Rule, by PRT_Upload_Method; with --once,\n"
    "                        end then\n"
    "  --activate CODE       send an activation code to the service of --activation-service; with\n"
    "                        --once, end after the resync that it leads to\n"
    "  --renew [RULE]        renew the certificate of --client-cert by RULE, or by\n"
    "                        MIC_Cert_Refresh_Rule; with --once, end then\n"
    "  --factory-reset       delete all settings first: firmware, licence and certificate stay\n"
    "  --show NAME           print a parameter with its origin and time, and end; may be\n"
    "                        repeated. Secrets are withheld. NAME 'state': first contact, with "
    "the\n"
    "                        offer of each source of a server, licence, certificate\n"
    "  --confirm-within SECONDS\n"
    "                        roll back applied values unless SIGUSR2 confirms them in time, also\n"
    "                        when the phone restarts before\n"
    "  --resync-timeout SECONDS\n"
    "                        end a resync whose transfers take longer than that together (3600)\n"
    "  --confirm-image-within SECONDS\n"
    "                        return to the image before unless SIGUSR2 confirms a new one in time\n"
    "  --confirm             confirm both as soon as a resync has ended well\n"
    "  --phones N            N phones, up to 1000: addresses are counted up from that of --mac, "
    "and\n"
    "                        --store and --control are folders with a file for each\n"
    "  --time-scale FACTOR   let the phone's clocks run up to 1000 times as fast, so that its "
    "periods\n"
    "                        and delays can be watched\n"
    "  --call SECONDS        a call is up at the start, for SECONDS; 0: until SIGUSR1 or hangup\n"
    "  --control PATH        listen at the Unix socket PATH for commands (docs/phone.md): call, "
    "hangup,\n"
    "                        resync, status, …; fd:N is a listening socket that is inherited\n",
    "\n"
    "Requests to the phone:\n"
    "  --http [ADDRESS:]PORT\n"
    "                        accept action URLs, Cisco XML and profiles by HTTP, and show a page, "
    "at\n"
    "                        127.0.0.1 or ADDRESS; PORT 0: any. docs/phone.md\n"
    "  --http-name NAME      another name of the phone in URLs; may be repeated. Requests for\n"
    "                        another name are refused\n"
    "  --http-open           other machines need no password, if none is set\n"
    "  --sip [ADDRESS:]PORT  accept SIP NOTIFY by UDP and TCP, at 127.0.0.1 or ADDRESS; PORT 0: "
    "any\n",
    "\n"
    "Network:\n"
    "  --dhcp-server SERVER  server of rules that name none: host, host:port or "
    "scheme://host:port\n"
    "  --dhcp-option CODE=VALUE\n"
    "                        a DHCP option, VALUE text or 0x and hex digits, CODE "
    "e.g.\n"
    "                        66, or 6:17 for DHCPv6; may be repeated. DHCP_Option_To_Use and\n"
    "                        DHCPv6_Option_To_Use select the one that is used\n"
    "  --dhcp-lease FILE     options that a DHCP client writes to FILE, or to standard input (-), "
    "as\n"
    "                        docs/phone.md describes; read again when it changes; may be repeated\n"
    "  --activation-service URL\n"
    "                        https address to which activation codes are sent\n"
    "  --contact-service URL\n"
    "                        https address of the service, used if neither DHCP nor a rule names\n"
    "                        a server\n"
    "  --orig-type TYPE      $ORIGTYPE, orig_ent or orig_mpp\n"
    "  --syslog HOST[:PORT]  write Syslog_Server to the store: log messages are sent to it by UDP\n"
    "  --syslog-format rfc3164|rfc5424\n"
    "                        form of log messages (rfc3164, as phones send them)\n"
    "  --account USER:PASSWORD\n"
    "                        profile account, for rules without --uid on servers that require one\n"
    "  --ca FILE             trust the root certificates in FILE (PEM) and no others\n"
    "  --client-cert FILE    certificate of the phone (PEM), then those of its issuers; $CCERT is\n"
    "                        Installed\n"
    "  --client-key FILE     its key, if it is in another file\n"
    "  --device-ca FILE      CAs that may issue the next certificate (PEM); without it, the "
    "issuers\n"
    "                        in the file of --client-cert\n",
    "\n"
    "Output:\n"
    "  --quiet               only errors\n"
    "  --verbose             also each request, secrets masked, and the status of its response;\n"
    "                        not with --json, which prints an object per event and "
    "line\n"
    "\n"
    "Without --once it runs until a signal ends it (Ctrl-C, SIGTERM). SIGUSR1 begins a call, and\n"
    "ends it the next time: resyncs wait for idle lines. SIGUSR2 confirms applied values. "
    "SIGQUIT\n"
    "(Ctrl-\\) prints the state of each job, its last result, and the records of its files.\n"
    "SIGRTMIN reports that the network link is lost, and the next time that it is back.\n",
    NULL,
};

enum { MAX_TIMEOUT_S = UINT32_MAX / 1000, MAX_PHONES = 1000 };

static bool read_layer(const char *argument, void *value)
{
    struct options *options = value;
    options->resets = true;
    options->reset_layer = strcmp(argument, "user") == 0 ? PROV_LAYER_USER : PROV_LAYER_SERVER;
    return options->reset_layer == PROV_LAYER_USER || strcmp(argument, "server") == 0;
}

static bool read_positive(const char *argument, void *number)
{
    return command_read_number(argument, number) && *(uint32_t *)number > 0;
}

static bool read_timeout(const char *argument, void *seconds)
{
    return read_positive(argument, seconds) && *(uint32_t *)seconds <= MAX_TIMEOUT_S;
}

static bool read_account(const char *argument, void *account)
{
    return strchr(argument, ':') && command_read_text(argument, account);
}

static bool read_call(const char *argument, void *value)
{
    struct options *options = value;
    options->has_call = true;
    return command_read_number(argument, &options->call_s);
}

static bool read_factor(const char *argument, void *factor)
{
    return read_positive(argument, factor) && *(uint32_t *)factor <= CLOCK_MAX_FACTOR;
}

static bool read_phones(const char *argument, void *n)
{
    return read_positive(argument, n) && *(uint32_t *)n <= MAX_PHONES;
}

static bool read_listen(const char *argument, void *address)
{
    return listen_read(argument, address);
}

/* Find a number by its name, e.g. with prov_user_agent_name(). */
static bool read_name(const char *argument, const char *(*name_of)(uint32_t), void *value)
{
    for (uint32_t i = 0; strcmp(name_of(i), "unknown") != 0; i++) {
        if (strcmp(argument, name_of(i)) != 0)
            continue;
        *(uint32_t *)value = i;
        return true;
    }
    return false;
}

static bool read_user_agent(const char *argument, void *value)
{
    return read_name(argument, prov_user_agent_name, value);
}

static bool read_syslog_format(const char *argument, void *value)
{
    return read_name(argument, prov_syslog_format_name, value);
}

static bool read_service(const char *argument, void *url)
{
    return strncmp(argument, "https://", 8) == 0 && command_read_text(argument, url);
}

static bool read_orig_type(const char *argument, void *type)
{
    return (strcmp(argument, "orig_ent") == 0 || strcmp(argument, "orig_mpp") == 0) &&
           command_read_text(argument, type);
}

static bool read_dhcp(const char *argument, void *value)
{
    return dhcp_options_add(value, argument);
}

#define AT(member) offsetof(struct options, member)

static const struct command_option rows[] = {
    {"store", "a file", command_read_text, AT(store_path)},
    {"mac", DEVICE_MAC, device_read_mac, AT(mac)},
    {"model", DEVICE_MODEL, command_read_text, AT(model)},
    {"series", DEVICE_SERIES, device_read_series, AT(series)},
    {"serial", "a serial number", command_read_text, AT(serial)},
    {"swver", DEVICE_LOAD, command_read_text, AT(sw_version)},
    {"manufacturer", "the name of a manufacturer", command_read_text, AT(manufacturer)},
    {"user-agent", "mac or serial", read_user_agent, AT(user_agent)},
    {"dialect", DEVICE_DIALECT, device_read_dialect, AT(dialect)},
    {"set", "NAME=VALUE", command_read_pairs, AT(sets)},
    {"user", "NAME=VALUE", command_read_pairs, AT(user_sets)},
    {"user-wins", NULL, command_read_flag, AT(user_wins)},
    {"reset", "user or server", read_layer, 0},
    {"resync", "a profile rule", command_read_text, AT(resync_rule)},
    {"once", NULL, command_read_flag, AT(is_once)},
    {"update-ca", "a rule", command_read_optional, AT(ca_rule)},
    {"upgrade", "an upgrade rule", command_read_optional, AT(upgrade_rule)},
    {"confirm-image-within", "a number of seconds, at least 1", read_positive, AT(confirm_image_s)},
    {"phones", "a number of phones from 1 to 1000", read_phones, AT(n_phones)},
    {"time-scale", "a factor from 1 to 1000", read_factor, AT(time_scale)},
    {"report", "a report rule", command_read_optional, AT(report_rule)},
    {"renew", "a rule", command_read_optional, AT(renewal_rule)},
    {"device-ca", "a file", command_read_text, AT(device_ca)},
    {"activate", "an activation code", command_read_text, AT(activation_code)},
    {"activation-service", "https://HOST/PATH", read_service, AT(activation_service)},
    {"contact-service", "https://HOST/PATH", read_service, AT(contact_service)},
    {"orig-type", "orig_ent or orig_mpp", read_orig_type, AT(orig_type)},
    {"factory-reset", NULL, command_read_flag, AT(resets_to_factory)},
    {"call", "a number of seconds", read_call, 0},
    {"control", "a path, or fd:N", command_read_text, AT(control)},
    {"http", LISTEN_FORM, read_listen, AT(http)},
    {"http-name", "a name of the phone", command_read_words, AT(http_names)},
    {"http-open", NULL, command_read_flag, AT(is_http_open)},
    {"sip", LISTEN_FORM, read_listen, AT(sip)},
    {"fetch", "a profile rule or a URL", command_read_text, AT(fetch_rule)},
    {"output", "a file", command_read_text, AT(output)},
    {"bundle", "a file", command_read_text, AT(bundle_path)},
    {"problem-report", NULL, command_read_flag, AT(reports_problem)},
    {"show", "the name of a parameter", command_read_words, AT(shows)},
    {"confirm-within", "a number of seconds, at least 1", read_positive, AT(confirm_timeout_s)},
    {"confirm", NULL, command_read_flag, AT(confirms)},
    {"resync-timeout", "a number of seconds from 1 to 4294967", read_timeout, AT(resync_timeout_s)},
    {"dhcp-server", DEVICE_SERVER, device_read_server, AT(dhcp_server)},
    {"dhcp-option", "CODE=TEXT or CODE=0xHEX, for DHCPv6 6:CODE=…", read_dhcp, AT(dhcp)},
    {"dhcp-lease", "a file, or -", command_read_words, AT(leases)},
    {"syslog", "HOST or HOST:PORT", command_read_text, AT(syslog)},
    {"syslog-format", "rfc3164 or rfc5424", read_syslog_format, AT(syslog_format)},
    {"account", "USER:PASSWORD", read_account, AT(account)},
    {"ca", "a file", command_read_text, AT(ca_file)},
    {"client-cert", "a file", command_read_text, AT(cert_file)},
    {"client-key", "a file", command_read_text, AT(key_file)},
    {"quiet", NULL, command_read_flag, AT(is_quiet)},
    {"verbose", NULL, command_read_flag, AT(is_verbose)},
    {NULL, NULL, NULL, 0},
};

/* Check that no mandatory option is missing; to show parameters, only those of the store are
 * mandatory. */
static const char *find_fault(const struct options *options)
{
    static const uint8_t no_mac[6];
    if (options->shows.n)
        return options->is_once || options->resync_rule || options->n_phones
                   ? "--show: expected none of --once, --resync and --phones beside it, found one"
                   : NULL;
    if (memcmp(options->mac, no_mac, sizeof no_mac) == 0)
        return "--mac: expected " DEVICE_MAC ", found none";
    if (!options->model)
        return "--model: expected " DEVICE_MODEL ", found none";
    if (options->n_phones && (options->bundle_path || options->reports_problem))
        return "--phones: expected neither --bundle nor --problem-report beside it, found one";
    if (options->n_phones && (options->fetch_rule || options->leases.n))
        return "--phones: expected neither --fetch nor --dhcp-lease beside it, found one";
    if (!options->fetch_rule != !options->output)
        return "--fetch, --output: expected both, found one";
    if ((options->fetch_rule != NULL) + (options->resync_rule != NULL) +
            (options->ca_rule != NULL) + (options->report_rule != NULL) +
            (options->upgrade_rule != NULL) + (options->renewal_rule != NULL) +
            (options->activation_code != NULL) >
        1)
        return "expected one of --resync, --update-ca, --upgrade, --report, --renew, --activate "
               "and --fetch, found several";
    if (options->activation_code && !options->activation_service)
        return "--activate: expected --activation-service beside it, found none";
    if (options->renewal_rule && (!options->cert_file || options->n_phones))
        return "--renew: expected --client-cert and no --phones beside it";
    if (options->resets_to_factory && !options->store_path)
        return "--factory-reset: expected --store beside it, found none";
    if (options->upgrade_rule && !options->store_path)
        return "--upgrade: expected --store beside it, found none";
    if (options->confirms && options->confirm_timeout_s == 0 && options->confirm_image_s == 0)
        return "--confirm: expected --confirm-within or --confirm-image-within beside it, found "
               "neither";
    return NULL;
}

bool options_read(struct options *options, char **argv, int *status)
{
    *options = (struct options){.dialect = PROV_DIALECT_MPP, .time_scale = 1};
    const char *const parts[] = {web_description, sip_description, NULL};
    const struct command_line line = {
        .options = rows,
        .help = help,
        .parts = parts,
        .values = options,
        .answer = &options->answer,
    };
    if (!command_line_read(&line, argv, status))
        return false;
    const char *fault = find_fault(options);
    if (fault) {
        *status = command_line_refuse(fault);
        return false;
    }
    options->is_once |= options->fetch_rule != NULL;
    if (options->model && !options->series[0])
        device_derive_series(options->model, options->series);
    return true;
}

void options_free(struct options *options)
{
    free(options->sets.all);
    free(options->user_sets.all);
    free(options->shows.all);
    free(options->leases.all);
    dhcp_options_free(&options->dhcp);
    free(options->http_names.all);
}
