/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * provision-explain: the requests that a device would make and their reasons, the parameters that a
 * profile would set, and the catalogue of parameters; with --fetch, a check of a server. It writes
 * nothing.
 *
 * rules.c, profile.c, parameters.c and fetch.c do one of these each; text.c, json.c and
 * fetch_report.c print the results of the library.
 */
#include "common/terminal.h"
#include "common/text.h"

#include "fetch.h"
#include "options.h"
#include "parameters.h"
#include "profile.h"
#include "rules.h"

const char program_name[] = "provision-explain";

static int run(const struct options *options)
{
    if (options->wants_parameters)
        return parameters_list(options);
    if (options->profile_path)
        return profile_explain(options);
    if (options->checks_server)
        return fetch_check(options);
    return rules_explain(options);
}

int main(int argc, char **argv)
{
    struct options options;
    int status;
    (void)argc;
    if (!terminal_fill_standard_files())
        return EXIT_MACHINE;
    if (options_read(&options, argv, &status))
        status = run(&options);
    options_free(&options);
    return finish_output(status);
}
