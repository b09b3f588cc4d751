/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Lines of text: colours on a terminal, a progress bar, errors on standard error. */
#ifndef PHONE_SCREEN_H
#define PHONE_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/provision.h>

#include "common/terminal.h"

struct screen {
    const char *name;         /* name of the phone, before each line; empty: none */
    bool is_quiet;            /* only errors */
    bool is_terminal;         /* standard output can overwrite a line */
    bool has_colour;          /* on standard output */
    bool has_coloured_errors; /* on standard error */
    bool has_bar;             /* the current line is a progress bar */
    uint64_t bar_step;        /* the present length of the bar */
};

/** Choose colours and buffering. @p name is borrowed; with a name there is no progress bar. */
void screen_init(struct screen *screen, const char *name, bool is_quiet,
                 enum terminal_colour colour);

/** One line on standard output, unless --quiet. @p colour is PLAIN, BOLD, … */
__attribute__((format(printf, 3, 4))) void screen_print(struct screen *screen, const char *colour,
                                                        const char *format, ...);

/** One line on standard error: a failure, or a probable mistake. */
__attribute__((format(printf, 3, 4))) void
screen_print_error(struct screen *screen, const char *colour, const char *format, ...);

/** Show the progress of a long transfer; on a terminal only. */
void screen_bar(struct screen *screen, const struct prov_progress *progress);

/** Write all lines before waiting, so that a reader of a pipe gets them at once. */
void screen_flush(void);

#endif
