/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Explain the texts of the command line, or the rules of a store. */
#ifndef EXPLAIN_RULES_H
#define EXPLAIN_RULES_H

#include "options.h"

/** Explain them. @return Exit status; errors have been reported. */
int rules_explain(const struct options *options);

#endif
