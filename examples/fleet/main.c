/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * provision-fleet: measures the load on a provisioning server, before the phones are deployed.
 *
 * Runs many phones against a real server, or simulates them on a virtual clock, and reports the
 * load as text, JSON, a picture or a page.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "common/command_line.h"
#include "common/terminal.h"
#include "common/text.h"

#include "options.h"
#include "picture.h"
#include "report.h"
#include "result.h"
#include "run.h"
#include "settings.h"
#include "simulate.h"

const char program_name[] = "provision-fleet";

/* Open a file for writing; NULL if that fails, which is reported. */
static FILE *begin_file(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        fprintf(stderr, "%s: %s: cannot write: %s\n", program_name, path, strerror(errno));
    return file;
}

static bool end_file(FILE *file, const char *path)
{
    bool is_written = !ferror(file);
    if (fclose(file) == 0 && is_written)
        return true;
    fprintf(stderr, "%s: %s: cannot write: %s\n", program_name, path, strerror(errno));
    return false;
}

static bool write_load(const struct load *load, const struct options *options,
                       void (*print)(const struct load *, const struct options *, FILE *),
                       const char *path)
{
    FILE *file = path ? begin_file(path) : NULL;
    if (!path || !file)
        return !path;
    print(load, options, file);
    return end_file(file, path);
}

static int report_load(const struct options *options, const struct load *load)
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
    if (!write_load(load, options, report_load_svg, options->svg) ||
        !write_load(load, options, report_load_html, options->report))
        return EXIT_MACHINE;
    return is_above ? EXIT_FAILED : EXIT_OK;
}

static int run_simulation(const struct options *options)
{
    struct load load;
    if (!simulate(&options->scenario, &load)) {
        perror(program_name);
        return EXIT_MACHINE;
    }
    int status = report_load(options, &load);
    load_free(&load);
    return status;
}

static bool write_result(const struct result *result, void (*print)(const struct result *, FILE *),
                         const char *path)
{
    FILE *file = path ? begin_file(path) : NULL;
    if (!path || !file)
        return !path;
    print(result, file);
    return end_file(file, path);
}

static int report_result(const struct options *options, struct result *result)
{
    if (!result_complete(result)) {
        perror(program_name);
        return EXIT_MACHINE;
    }
    if (options->answer.is_json)
        result_print_json(result, stdout);
    else
        result_print_text(result, terminal_has_colour(stdout, options->answer.colour), stdout);
    if (!write_result(result, report_result_svg, options->svg) ||
        !write_result(result, report_result_html, options->report) ||
        !write_result(result, result_print_csv, options->csv) ||
        !write_result(result, result_print_prometheus, options->prometheus))
        return EXIT_MACHINE;
    return result_is_good(result) ? EXIT_OK : EXIT_FAILED;
}

/* A run that a signal ended has a result too. */
static int run_phones(struct options *options)
{
    struct result result = {.record = {.n_parts = 0}};
    int status = EXIT_MACHINE;
    if (options->is_merge)
        status = result_merge(&options->files, &result.record);
    else if (settings_of_run(&result.record, options))
        status = run_fleet(options, &result.record);
    else
        perror(program_name);
    if (status == EXIT_OK || status > EXIT_SIGNAL) {
        int reported = report_result(options, &result);
        status = status == EXIT_OK || reported == EXIT_MACHINE ? reported : status;
    }
    result_free(&result);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;
    (void)argc;
    if (!terminal_fill_standard_files())
        return EXIT_MACHINE;
    if (options_read(&options, argv, &status))
        status = options.is_simulation ? run_simulation(&options) : run_phones(&options);
    options_free(&options);
    return finish_output(status);
}
