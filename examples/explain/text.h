/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Findings as text, on a terminal with colours. */
#ifndef EXPLAIN_TEXT_H
#define EXPLAIN_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include <provision/provision.h>

#include "finding.h"

struct text_view {
    FILE *out;
    bool has_colour;
};

/** Write one line in a colour of common/terminal.h; control characters are replaced. */
__attribute__((format(printf, 3, 4))) void text_line(const struct text_view *view,
                                                     const char *colour, const char *format, ...);

/** Write a finding. */
void text_finding(const struct text_view *view, const struct finding *finding, bool has_heading);

#endif
