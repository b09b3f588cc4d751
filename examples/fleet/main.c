/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * provision-fleet: what a provisioning server has to bear, before the phones are sold.
 *
 * Simulates any number of devices on a virtual clock and draws the requests per second.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "common/terminal.h"

#include "picture.h"
#include "simulate.h"

static const char usage[] =
    "usage: provision-fleet --simulate [OPTION VALUE]...\n"
    "  --devices N        how many (10000)\n"
    "  --length S         how long to look (3600)\n"
    "  --boot-within S    they boot anywhere in here; 0: at once, after a power cut (0)\n"
    "  --outage FROM-TO   the server answers nobody in these seconds\n"
    "  --answer-ms MS     longest time a resync takes (1000)\n"
    "  --set NAME=VALUE   Resync_Periodic, Resync_Error_Retry_Delay, Resync_Random_Delay,\n"
    "                     Resync_At__HHmm_, Resync_At_Random_Delay\n"
    "  --spread S         width of the delay after power-up that is each device's own (0)\n"
    "  --retry-spread S   the same on top of each error retry (0)\n"
    "  --seed N           of all that is random (1)\n"
    "  --svg FILE         draw it, too\n"
    "  --max-peak R       fail if a second has more than R times the mean\n"
    "  --peak-from S      look for the peak from here on (0)\n";

struct options {
    struct scenario scenario;
    const char *svg;
    double max_peak; /* 0: any */
    uint32_t peak_from_s;
};

static bool read_number(const char *text, uint32_t *number)
{
    return prov_value_unsigned(prov_str_from(text), number);
}

static bool set_parameter(struct prov_sched_settings *settings, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals)
        return false;
    const char *value = equals + 1;
    size_t len = (size_t)(equals - text);
    const struct prov_param_info *info = prov_catalogue_find((prov_str){text, len}, NULL);
    if (!info || prov_catalogue_check(info, prov_str_from(value), NULL) != PROV_OK)
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
        const char *name = parameters[i].name;
        if (strlen(name) != len || strncmp(name, text, len) != 0)
            continue;
        if (parameters[i].number)
            return read_number(value, parameters[i].number);
        *parameters[i].text = prov_str_from(value);
        return true;
    }
    return false;
}

static bool set_outage(struct scenario *scenario, const char *text)
{
    uint32_t *from_s = &scenario->outage_from_s, *to_s = &scenario->outage_to_s;
    return sscanf(text, "%" SCNu32 "-%" SCNu32, from_s, to_s) == 2 && *from_s < *to_s;
}

static bool set_option(struct options *options, const char *name, const char *value)
{
    struct scenario *scenario = &options->scenario;
    const struct {
        const char *name;
        uint32_t *number;
    } numbers[] = {
        {"--devices", &scenario->n_devices},
        {"--length", &scenario->length_s},
        {"--boot-within", &scenario->boot_within_s},
        {"--answer-ms", &scenario->answer_ms},
        {"--spread", &scenario->settings.jitter_s},
        {"--retry-spread", &scenario->settings.retry_jitter_s},
        {"--peak-from", &options->peak_from_s},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(name, numbers[i].name) == 0)
            return read_number(value, numbers[i].number);
    if (strcmp(name, "--set") == 0)
        return set_parameter(&scenario->settings, value);
    if (strcmp(name, "--outage") == 0)
        return set_outage(scenario, value);
    if (strcmp(name, "--svg") == 0)
        options->svg = value;
    else if (strcmp(name, "--seed") == 0)
        scenario->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--max-peak") == 0)
        options->max_peak = strtod(value, NULL);
    else
        return false;
    return true;
}

static bool read_options(struct options *options, int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--simulate") != 0 || argc % 2 != 0)
        return false;
    for (int i = 2; i < argc; i += 2) {
        if (!set_option(options, argv[i], argv[i + 1])) {
            fprintf(stderr, "provision-fleet: %s %s is not understood\n", argv[i], argv[i + 1]);
            return false;
        }
    }
    const struct scenario *scenario = &options->scenario;
    return scenario->n_devices > 0 && scenario->n_devices <= SIMULATE_MAX_DEVICES &&
           scenario->length_s > 0 && scenario->length_s <= SIMULATE_MAX_S;
}

static bool write_svg(const struct load *load, const char *path)
{
    FILE *file = fopen(path, "w");
    bool is_written = file && print_svg(load, file);
    if (file && fclose(file) != 0)
        is_written = false;
    if (!is_written)
        fprintf(stderr, "provision-fleet: %s cannot be written\n", path);
    return is_written;
}

static bool report(const struct options *options, const struct load *load)
{
    struct summary summary = summarize(load, options->peak_from_s);
    double ratio = summary.mean > 0 ? summary.peak / summary.mean : 0;
    print_text(load, stdout);
    printf("%" PRIu64 " requests, %" PRIu64 " failed, %" PRIu64 " steps\n", load->n_requests,
           load->n_failed, load->n_steps);
    printf("peak %u/s at %u s, mean %.1f/s, peak/mean %.2f\n", summary.peak, summary.peak_at_s,
           summary.mean, ratio);
    if (options->svg && !write_svg(load, options->svg))
        return false;
    return options->max_peak <= 0 || ratio <= options->max_peak;
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
    if (!terminal_fill_standard_files())
        return 2;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!read_options(&options, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    if (!simulate(&options.scenario, &load)) {
        fputs("provision-fleet: no memory for so many devices\n", stderr);
        return 1;
    }
    bool holds = report(&options, &load);
    load_free(&load);
    return holds ? 0 : 1;
}
