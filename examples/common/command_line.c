/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/command_line.h"

#include <stdio.h>

#include <provision/provision.h>

#include "common/text.h"

static void show(const struct command_line *line, int option)
{
    if (option == COMMAND_LINE_HELP)
        fputs(line->help, stdout);
    else
        printf("%s %s\n", program_name, prov_version_string());
}

/* Arguments may be keys: none is repeated. */
bool command_line_read(const struct command_line *line, int argc, char **argv, int *status)
{
    for (;;) {
        int index = 0;
        int option = getopt_long(argc, argv, "", line->options, &index);
        if (option == -1)
            return true;
        if (option == COMMAND_LINE_HELP || option == COMMAND_LINE_VERSION) {
            show(line, option);
            *status = 0;
            return false;
        }
        if (option == '?') /* getopt has said what is wrong */
            return false;
        if (!line->take(line->ctx, option, optarg)) {
            fprintf(stderr, "%s: --%s: cannot use what follows it\n", program_name,
                    line->options[index].name);
            return false;
        }
    }
}

bool command_line_refuse(const char *fault)
{
    fprintf(stderr, "%s: %s; --help tells more\n", program_name, fault);
    return false;
}
