/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Lines for people: colours on a terminal, a progress bar, errors apart. */
#ifndef PHONE_SCREEN_H
#define PHONE_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/provision.h>

#include "common/terminal.h"

struct screen {
    const char *name;         /* of the phone, before each line; empty: none */
    bool is_quiet;            /* only errors */
    bool is_terminal;         /* standard output is one that can overwrite a line */
    bool has_colour;          /* on standard output */
    bool has_coloured_errors; /* on standard error */
    bool has_bar;             /* the current line is a progress bar */
    uint64_t bar_step;        /* as it was drawn last */
};

/** Choose colours and buffering. @p name is borrowed; with one there is no progress bar. */
void screen_init(struct screen *screen, const char *name, bool is_quiet,
                 enum terminal_colour colour);

/** One line on standard output, unless --quiet. @p colour is PLAIN, BOLD, … */
__attribute__((format(printf, 3, 4))) void screen_say(struct screen *screen, const char *colour,
                                                      const char *format, ...);

/** One line on standard error: something failed, or is probably a mistake. */
__attribute__((format(printf, 3, 4))) void screen_blame(struct screen *screen, const char *colour,
                                                        const char *format, ...);

/** The progress of a transfer that takes long enough to be seen; on a terminal only. */
void screen_bar(struct screen *screen, const struct prov_progress *progress);

/** Before waiting, so that a reader at the other end of a pipe sees each line at once. */
void screen_flush(void);

#endif
