/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Print the catalogue of parameters. */
#ifndef EXPLAIN_PARAMETERS_H
#define EXPLAIN_PARAMETERS_H

#include "options.h"

/** List them. @return Exit status; errors have been reported. */
int parameters_list(const struct options *options);

#endif
