/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * provision-fleet: the load on a provisioning server, before the phones are sold.
 *
 * Simulates any number of devices on a virtual clock and draws the requests per second.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "common/command_line.h"
#include "common/parameter.h"
#include "common/terminal.h"
#include "common/text.h"

#include "picture.h"
#include "simulate.h"

const char program_name[] = "provision-fleet";

/* clang-format off: line by line, as it is printed */
static const char *const help[] = {
    "Usage: provision-fleet --simulate [OPTION]...\n"
    "\n"
    "Simulates many devices on a virtual clock and prints how many requests reach their server.\n"
    "\n"
    "  --simulate            run the simulation\n"
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
    "  --spread S            width of the delay after power-up that is each device's own (0);\n"
    "                        above 30 also of those after a link loss and a sleep\n"
    "  --retry-spread S      the same on top of each error retry (0)\n"
    "  --seed N              of all that is random (1)\n"
    "  --svg FILE            draw the load, too\n"
    "  --max-peak R          fail if a second has more than R times the mean\n"
    "  --peak-from S         search the peak from this second on (0)\n",
    NULL,
};
/* clang-format on */

struct options {
    struct scenario scenario;
    struct answer answer;
    const char *svg;
    double max_peak; /* 0: any */
    uint32_t peak_from_s;
    bool is_simulation;
};

static bool set_parameter(const char *text, void *value_of_settings)
{
    prov_str name, value;
    struct prov_sched_settings *settings = value_of_settings;
    if (!parameter_split(text, &name, &value))
        return false;
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

static bool read_devices(const char *argument, void *value)
{
    uint32_t *n_devices = value;
    return command_read_number(argument, n_devices) && *n_devices > 0 &&
           *n_devices <= SIMULATE_MAX_DEVICES;
}

static bool read_length(const char *argument, void *value)
{
    uint32_t *length_s = value;
    return command_read_number(argument, length_s) && *length_s > 0 && *length_s <= SIMULATE_MAX_S;
}

static bool read_span(const char *argument, void *value)
{
    int end = 0;
    struct span *span = value;
    return sscanf(argument, "%" SCNu32 "-%" SCNu32 "%n", &span->from_s, &span->to_s, &end) == 2 &&
           argument[end] == '\0' && span->from_s < span->to_s;
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

#define AT(member) offsetof(struct options, member)
#define SECONDS "a number of seconds"
#define SPAN "FROM-TO, two numbers of seconds, the smaller first"

static const struct command_option rows[] = {
    {"simulate", NULL, command_read_flag, AT(is_simulation)},
    {"devices", "a number from 1 to 16777216", read_devices, AT(scenario.n_devices)},
    {"length", "a number of seconds from 1 to 1073741824", read_length, AT(scenario.length_s)},
    {"boot-within", SECONDS, command_read_number, AT(scenario.boot_within_s)},
    {"outage", SPAN, read_span, AT(scenario.outage)},
    {"link-loss", SPAN, read_span, AT(scenario.link_loss)},
    {"sleep", SPAN, read_span, AT(scenario.sleep)},
    {"answer-ms", "a number of milliseconds", command_read_number, AT(scenario.answer_ms)},
    {"set", "NAME=VALUE of a parameter that --help lists, and a value it takes", set_parameter,
     AT(scenario.settings)},
    {"spread", SECONDS, command_read_number, AT(scenario.settings.jitter_s)},
    {"retry-spread", SECONDS, command_read_number, AT(scenario.settings.retry_jitter_s)},
    {"seed", "a number", read_seed, AT(scenario.seed)},
    {"svg", "a file", command_read_text, AT(svg)},
    {"max-peak", "a number above 0, such as 1.5", read_ratio, AT(max_peak)},
    {"peak-from", SECONDS, command_read_number, AT(peak_from_s)},
    {NULL, NULL, NULL, 0},
};

static bool read_options(struct options *options, char **argv, int *status)
{
    const struct command_line line = {
        .options = rows, .help = help, .values = options, .answer = &options->answer};
    if (!command_line_read(&line, argv, status))
        return false;
    if (options->is_simulation)
        return true;
    *status = command_line_refuse("expected --simulate, found nothing to do");
    return false;
}

static bool write_svg(const struct load *load, const char *path)
{
    FILE *file = fopen(path, "w");
    bool is_written = file && print_svg(load, file);
    if (file && fclose(file) != 0)
        is_written = false;
    if (!is_written)
        fprintf(stderr, "provision-fleet: %s: cannot write: %s\n", path, strerror(errno));
    return is_written;
}

static int report(const struct options *options, const struct load *load)
{
    const struct summary summary = summarize(load, options->peak_from_s);
    bool is_above = options->max_peak > 0 && summary.ratio > options->max_peak;
    if (options->answer.is_json) {
        print_json(load, &summary, options->scenario.n_devices, is_above, stdout);
    } else {
        bool has_colour = terminal_has_colour(stdout, options->answer.colour);
        const char *colour = !has_colour || options->max_peak <= 0 ? "" : is_above ? RED : GREEN;
        print_text(load, has_colour, stdout);
        print_summary(load, &summary, colour, stdout);
    }
    if (options->svg && !write_svg(load, options->svg))
        return EXIT_MACHINE;
    return is_above ? EXIT_FAILED : EXIT_OK;
}

/* The documented defaults of the parameters. */
static struct options default_options(void)
{
    return (struct options){
        .scenario =
            {
                .settings =
                    {
                        .size = sizeof(struct prov_sched_settings),
                        .periodic = prov_str_from("3600"),
                        .error_retry = prov_str_from(
                            "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400"),
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
    };
}

int main(int argc, char **argv)
{
    struct options options = default_options();
    struct load load;
    int status;
    (void)argc;
    if (!terminal_fill_standard_files())
        return EXIT_MACHINE;
    if (!read_options(&options, argv, &status))
        return finish_output(status);
    if (!simulate(&options.scenario, &load)) {
        perror(program_name);
        return EXIT_MACHINE;
    }
    status = report(&options, &load);
    load_free(&load);
    return finish_output(status);
}
