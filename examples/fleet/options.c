/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "common/parameter.h"

/* clang-format off: line by line, as it is printed */
static const char *const help[] = {
    "Usage: provision-fleet --run N --rule RULE [OPTION]...\n"
    "       provision-fleet --merge FILE...\n"
    "       provision-fleet --simulate [OPTION]...\n"
    "\n"
    "Runs many phones against a real server, or simulates them on a virtual clock.\n"
    "\n"
    "  --run N               run N phones (1 to 16777216) in this process\n"
    "  --merge FILE...       join the results of --run --json into one, and print that\n"
    "  --simulate            simulate devices, and print how many requests reach their server\n",
    "\n"
    "The phones of --run:\n"
    "  --rule RULE           Profile_Rule of all, such as http://192.0.2.1/$MA.xml\n"
    "  --set NAME=VALUE      any other parameter; may be repeated\n"
    "  --mac MAC             address of the first phone (000e08000000); the next one has the next\n"
    "  --model MODEL         $PN (CP-8841-3PCC)\n"
    "  --serial PATTERN      $SN; a row of # becomes the phone's number (FCH########)\n"
    "  --swver LOAD          $SWVER (sip88xx.11-3-1MPP-110.loads)\n"
    "  --dialect mpp|spa     family of phones to behave like (mpp)\n"
    "  --ca FILE             trust the root certificates in FILE (PEM)\n"
    "  --system-ca           trust the system's root certificates\n"
    "  --client-cert PATTERN\n"
    "                        certificate of each phone (PEM), such as certs/$MA.pem\n"
    "  --client-key PATTERN  its key, if it is in another file\n",
    "\n"
    "The load of --run:\n"
    "  --ramp S              the phones power up evenly within S seconds; 0: all at once, a storm\n"
    "                        (0). Each then waits for Resync_Random_Delay\n"
    "  --rate R              request R resyncs a second, evenly, in place of the power-up and its\n"
    "                        delay; 0: as fast as possible\n"
    "  --resyncs N           each phone ends after N resyncs that succeeded (1; with --length,\n"
    "                        any number). Failures are retried by Resync_Error_Retry_Delay\n"
    "  --attempts N          a phone also ends after N failures in a row; 0: it goes on (0)\n"
    "  --length S            end after S seconds, whatever the phones do\n"
    "  --floor S             lower bound of every period and retry (30)\n"
    "  --connections N       at most N transfers at a time; other phones wait (256)\n"
    "  --spread N            send from N addresses of 127.0.0.0/8, the phones in turn; for a "
    "server\n"
    "                        on this machine\n"
    "  --shard I/N           run only part I of N, a process or machine of its own\n",
    "\n"
    "The devices of --simulate:\n"
    "  --devices N           number of devices (10000)\n"
    "  --length S            seconds to simulate (3600)\n"
    "  --boot-within S       the devices boot in the first S seconds; 0: all at once, after a\n"
    "                        power cut (0)\n"
    "  --outage FROM-TO      the server does not answer in these seconds\n"
    "  --link-loss FROM-TO   no device has a link in these seconds, and each reports it\n"
    "  --sleep FROM-TO       the devices sleep in these seconds\n"
    "  --answer-ms MS        longest time a resync takes (1000)\n"
    "  --set NAME=VALUE      Resync_Periodic, Resync_Error_Retry_Delay, Resync_Random_Delay,\n"
    "                        Resync_At__HHmm_, Resync_At_Random_Delay; may be repeated\n"
    "  --max-peak R          fail if a second has more than R times the mean\n"
    "  --peak-from S         search the peak from this second on (0)\n",
    "\n"
    "Of both:\n"
    "  --jitter S            width of the delay after power-up that is each device's own (0);\n"
    "                        above 30 also of those after a link loss and a sleep\n"
    "  --retry-jitter S      the same on top of each error retry (0)\n"
    "  --seed N              of all that is random (1)\n",
    "\n"
    "Results, besides those on standard output:\n"
    "  --report FILE         a page with pictures and all figures, HTML in one file\n"
    "  --svg FILE            the first of its pictures alone\n"
    "  --csv FILE            a line for each rule that a phone carried out, of --run\n"
    "  --prometheus FILE     the figures of --run, as Prometheus reads them\n",
    NULL,
};
/* clang-format on */

static bool read_devices(const char *argument, void *value)
{
    uint32_t *n_devices = value;
    return command_read_number(argument, n_devices) && *n_devices > 0 &&
           *n_devices <= SIMULATE_MAX_DEVICES;
}

static bool read_length(const char *argument, void *value)
{
    struct options *options = value;
    uint32_t *length_s = &options->scenario.length_s;
    options->has_length = true;
    return command_read_number(argument, length_s) && *length_s > 0 && *length_s <= SIMULATE_MAX_S;
}

static bool read_span(const char *argument, void *value)
{
    int end = 0;
    struct span *span = value;
    return sscanf(argument, "%" SCNu32 "-%" SCNu32 "%n", &span->from_s, &span->to_s, &end) == 2 &&
           argument[end] == '\0' && span->from_s < span->to_s;
}

static bool read_shard(const char *argument, void *value)
{
    int end = 0;
    struct shard *shard = value;
    return sscanf(argument, "%" SCNu32 "/%" SCNu32 "%n", &shard->number, &shard->n_parts, &end) ==
               2 &&
           argument[end] == '\0' && shard->number > 0 && shard->number <= shard->n_parts;
}

static bool read_seed(const char *argument, void *seed)
{
    char *end;
    *(uint64_t *)seed = strtoull(argument, &end, 10);
    return argument[0] >= '0' && argument[0] <= '9' && *end == '\0';
}

static bool read_ratio(const char *argument, void *ratio)
{
    char *end;
    *(double *)ratio = strtod(argument, &end);
    return argument[0] >= '0' && argument[0] <= '9' && *end == '\0' && *(double *)ratio > 0;
}

static bool read_rate(const char *argument, void *value)
{
    struct run_options *run = value;
    run->has_rate = true;
    return command_read_number(argument, &run->rate);
}

static bool read_resyncs(const char *argument, void *value)
{
    struct run_options *run = value;
    run->has_n_resyncs = true;
    return command_read_number(argument, &run->n_resyncs) && run->n_resyncs > 0;
}

static bool read_connections(const char *argument, void *n)
{
    enum { MOST = 65536 }; /* prov_curl_options.max_connections */
    return command_read_number(argument, n) && *(uint32_t *)n > 0 && *(uint32_t *)n <= MOST;
}

/* 127.0.0.1 to 127.255.255.254. */
static bool read_addresses(const char *argument, void *n)
{
    enum { MOST = (1 << 24) - 2 };
    return command_read_number(argument, n) && *(uint32_t *)n > 0 && *(uint32_t *)n <= MOST;
}

static bool read_positive(const char *argument, void *n)
{
    return command_read_number(argument, n) && *(uint32_t *)n > 0;
}

#define AT(member) offsetof(struct options, member)
#define SECONDS "a number of seconds"
#define SPAN "FROM-TO, two numbers of seconds, the smaller first"
#define FILE_NAME "a file"
#define PATTERN "a file, such as certs/$MA.pem"

static const struct command_option rows[] = {
    {"run", "a number from 1 to 16777216", read_devices, AT(run.n_phones)},
    {"merge", NULL, command_read_flag, AT(is_merge)},
    {"simulate", NULL, command_read_flag, AT(is_simulation)},
    {"rule", "a rule, such as http://192.0.2.1/$MA.xml", command_read_text, AT(run.rule)},
    {"set", "NAME=VALUE", command_read_pairs, AT(parameters)},
    {"mac", DEVICE_MAC, device_read_mac, AT(run.mac)},
    {"model", DEVICE_MODEL, command_read_text, AT(run.model)},
    {"serial", "a text, such as FCH########", command_read_text, AT(run.serial)},
    {"swver", DEVICE_LOAD, command_read_text, AT(run.sw_version)},
    {"dialect", DEVICE_DIALECT, device_read_dialect, AT(run.dialect)},
    {"ca", FILE_NAME, command_read_text, AT(run.ca_file)},
    {"system-ca", NULL, command_read_flag, AT(run.has_system_ca)},
    {"client-cert", PATTERN, command_read_text, AT(run.client_cert)},
    {"client-key", PATTERN, command_read_text, AT(run.client_key)},
    {"ramp", SECONDS, command_read_number, AT(run.ramp_s)},
    {"rate", "a number of resyncs a second", read_rate, AT(run)},
    {"resyncs", "a number above 0", read_resyncs, AT(run)},
    {"attempts", "a number", command_read_number, AT(run.n_attempts)},
    {"length", "a number of seconds from 1 to 1073741824", read_length, 0},
    {"floor", SECONDS ", at least 1", read_positive, AT(run.floor_s)},
    {"connections", "a number from 1 to 65536", read_connections, AT(run.n_connections)},
    {"spread", "a number of addresses from 1 to 16777214", read_addresses, AT(run.n_addresses)},
    {"shard", "I/N, the number of a part and the number of parts", read_shard, AT(run.shard)},
    {"devices", "a number from 1 to 16777216", read_devices, AT(scenario.n_devices)},
    {"boot-within", SECONDS, command_read_number, AT(scenario.boot_within_s)},
    {"outage", SPAN, read_span, AT(scenario.outage)},
    {"link-loss", SPAN, read_span, AT(scenario.link_loss)},
    {"sleep", SPAN, read_span, AT(scenario.sleep)},
    {"answer-ms", "a number of milliseconds", command_read_number, AT(scenario.answer_ms)},
    {"max-peak", "a number above 0, such as 1.5", read_ratio, AT(max_peak)},
    {"peak-from", SECONDS, command_read_number, AT(peak_from_s)},
    {"jitter", SECONDS, command_read_number, AT(scenario.settings.jitter_s)},
    {"retry-jitter", SECONDS, command_read_number, AT(scenario.settings.retry_jitter_s)},
    {"seed", "a number", read_seed, AT(scenario.seed)},
    {"report", FILE_NAME, command_read_text, AT(report)},
    {"svg", FILE_NAME, command_read_text, AT(svg)},
    {"csv", FILE_NAME, command_read_text, AT(csv)},
    {"prometheus", FILE_NAME, command_read_text, AT(prometheus)},
    {NULL, NULL, NULL, 0},
};

/* Set one of the parameters of the simulation. */
static bool set_parameter(struct prov_sched_settings *settings, prov_str name, prov_str value)
{
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    if (!info || prov_catalogue_check(info, value, NULL) != PROV_OK)
        return false;
    const struct {
        const char *name;
        prov_str *text;
        uint32_t *number;
    } parameters[] = {
        {"Resync_Periodic", &settings->periodic, NULL},
        {"Resync_Error_Retry_Delay", &settings->error_retry, NULL},
        {"Resync_At__HHmm_", &settings->resync_at, NULL},
        {"Resync_At_Random_Delay", NULL, &settings->at_random_s},
        {"Resync_Random_Delay", NULL, &settings->random_delay},
    };
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (strcmp(parameters[i].name, info->name) != 0)
            continue;
        if (parameters[i].number)
            return prov_value_unsigned(value, parameters[i].number);
        *parameters[i].text = value;
        return true;
    }
    return false;
}

static int complete_simulation(struct options *options)
{
    for (size_t i = 0; i < options->parameters.n; i++) {
        prov_str name, value;
        if (!parameter_split(options->parameters.all[i], &name, &value) ||
            !set_parameter(&options->scenario.settings, name, value))
            return command_line_refuse("--set: expected NAME=VALUE of a parameter that --help "
                                       "lists, and a value it takes");
    }
    return EXIT_OK;
}

static int complete_run(struct options *options)
{
    struct run_options *run = &options->run;
    if (!run->rule)
        return command_line_refuse("--run: expected --rule RULE, which names the server");
    if (run->shard.n_parts > run->n_phones)
        return command_line_refuse("--shard: expected at most as many parts as phones");
    if (run->client_key && !run->client_cert)
        return command_line_refuse("--client-key: expected --client-cert with it");
    if (!run->has_n_resyncs)
        run->n_resyncs = options->has_length ? 0 : 1;
    if (!options->has_length)
        options->scenario.length_s = 0;
    return EXIT_OK;
}

static int complete(struct options *options)
{
    int n_tasks = (options->run.n_phones > 0) + options->is_merge + options->is_simulation;
    if (n_tasks != 1)
        return command_line_refuse("expected one of --run N, --merge and --simulate");
    if (options->is_merge && options->files.n == 0)
        return command_line_refuse("--merge: expected files that --run --json has written");
    if (options->is_simulation && (options->csv || options->prometheus))
        return command_line_refuse("--csv and --prometheus: expected --run or --merge with them");
    if (options->is_simulation)
        return complete_simulation(options);
    return options->is_merge ? EXIT_OK : complete_run(options);
}

/* The documented defaults of the parameters. */
static const struct options defaults = {
    .scenario =
        {
            .settings =
                {
                    .size = sizeof(struct prov_sched_settings),
                    .at_random_s = 600,
                    .random_delay = 2,
                    .forced_delay_s = 14400,
                    .provision_enable = 1,
                    .on_reset = 1,
                },
            .n_devices = 10000,
            .length_s = 3600,
            .answer_ms = 1000,
            .seed = 1,
        },
    .run =
        {
            .shard = {1, 1},
            .mac = {0x00, 0x0e, 0x08},
            .model = "CP-8841-3PCC",
            .serial = "FCH########",
            .sw_version = "sip88xx.11-3-1MPP-110.loads",
            .dialect = PROV_DIALECT_MPP,
            .n_connections = 256,
            .floor_s = 30,
        },
};

bool options_read(struct options *options, char **argv, int *status)
{
    *options = defaults;
    options->scenario.settings.periodic = prov_str_from("3600");
    options->scenario.settings.error_retry =
        prov_str_from("60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400");
    const struct command_line line = {
        .options = rows,
        .help = help,
        .values = options,
        .answer = &options->answer,
        .words = &options->files,
        .has_word = &options->is_merge,
    };
    if (!command_line_read(&line, argv, status))
        return false;
    *status = complete(options);
    return *status == EXIT_OK;
}

void options_free(struct options *options)
{
    free(options->parameters.all);
    free(options->files.all);
}
