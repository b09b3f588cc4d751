/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Long options, read one after another. */
#ifndef COMMON_COMMAND_LINE_H
#define COMMON_COMMAND_LINE_H

#include <stdbool.h>

#include <getopt.h>

/** Options that every program has; the numbers of its own begin behind. */
enum {
    COMMAND_LINE_HELP = 256, /* beyond the characters: none has a letter */
    COMMAND_LINE_VERSION,
    COMMAND_LINE_OWN,
};

/** What a program expects. */
struct command_line {
    const struct option *options; /* for getopt_long(), up to a row of zeros */
    const char *help;
    /** One option; false when its argument makes no sense. */
    bool (*take)(void *ctx, int option, const char *argument);
    void *ctx;
};

/**
 * Read all options; `optind` is then that of the first word that is none.
 *
 * @param[out] status  0 when help or version was asked for and shown; else as it is.
 * @return true to go on; false when the program is to end, and it has been said why.
 */
bool command_line_read(const struct command_line *line, int argc, char **argv, int *status);

/** Say what is wrong with the whole. @return false. */
bool command_line_refuse(const char *fault);

#endif
