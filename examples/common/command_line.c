/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/command_line.h"

#include <stdio.h>
#include <string.h>

#include <provision/provision.h>

#include "common/text.h"

/* What the argument of an option looks like, by the option's name: programs share them. */
static const char *expected_by(const char *name)
{
    static const struct {
        const char *name, *expected;
    } rows[] = {
        {"mac", "12 hexadecimal digits, such as 000e08abcdef or 00:0e:08:ab:cd:ef"},
        {"dialect", "mpp or spa"},
        {"series", "a short name, such as 8800"},
        {"set", "NAME=VALUE"},
        {"user", "NAME=VALUE"},
        {"var", "NAME=VALUE"},
        {"bind", "NAME=VALUE"},
        {"reset", "user or server"},
        {"confirm-within", "a number of seconds, at least 1"},
        {"dhcp-server", "a name or an address, such as 192.0.2.1, without a path"},
        {"dhcp-option", "CODE=TEXT or CODE=0xHEX, for DHCPv6 6:CODE=…"},
        {"prvst", "a number from -1 to 2"},
        {"prvtmr", "a number of seconds"},
        {"upgtmr", "a number of seconds"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].expected;
    return "another argument";
}

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
            const char *name = line->options[index].name;
            fprintf(stderr, "%s: --%s: expected %s\n", program_name, name, expected_by(name));
            return false;
        }
    }
}

bool command_line_refuse(const char *fault)
{
    fprintf(stderr, "%s: %s; --help tells more\n", program_name, fault);
    return false;
}
