/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The standard files, and colours on terminals. */
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
 * Open /dev/null for those of descriptors 0 to 2 that the caller has closed, before any other file:
 * otherwise the first opened file would get their number and receive the output.
 *
 * @return false when /dev/null cannot be opened.
 */
bool terminal_fill_standard_files(void);

/** Whether a stream is a terminal that can do more than print line by line. */
bool terminal_is_smart(FILE *stream);

/** When to use colours: `--color`. */
enum terminal_colour {
    TERMINAL_AUTO = 0, /* on a smart terminal, unless NO_COLOR is set */
    TERMINAL_ALWAYS,
    TERMINAL_NEVER,
};

/** Whether to use colours on a stream. */
bool terminal_has_colour(FILE *stream, enum terminal_colour when);

#endif
