/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Colours, where there is somebody to see them. */
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

/** Whether a stream ends at a terminal that can do more than print line by line. */
bool terminal_is_smart(FILE *stream);

/** Whether colours are wanted there, too. */
bool terminal_has_colour(FILE *stream);

#endif
