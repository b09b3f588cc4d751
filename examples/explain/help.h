/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What --help prints. */
#ifndef EXPLAIN_HELP_H
#define EXPLAIN_HELP_H

extern const char help_text[];

#endif
