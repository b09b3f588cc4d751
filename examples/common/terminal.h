/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The standard files, and colours where there is somebody to see them. */
#ifndef COMMON_TERMINAL_H
#define COMMON_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* ECMA-48 "select graphic rendition". */
#define PLAIN ""
#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[1;31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RESET "\033[0m"

/**
 * Open those of descriptors 0 to 2 that the caller left closed on /dev/null, before any other file:
 * else the first one opened takes their number and receives the output.
 *
 * @return false when /dev/null cannot be opened.
 */
bool terminal_fill_standard_files(void);

/** Whether a stream ends at a terminal that can do more than print line by line. */
bool terminal_is_smart(FILE *stream);

/** When colours are wanted: `--color`. */
enum terminal_colour {
    TERMINAL_AUTO = 0, /* on a smart terminal, unless NO_COLOR is set */
    TERMINAL_ALWAYS,
    TERMINAL_NEVER,
};

/** Whether colours are wanted there. */
bool terminal_has_colour(FILE *stream, enum terminal_colour when);

#endif
