/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Report the parameters that a profile would set. */
#ifndef EXPLAIN_PROFILE_H
#define EXPLAIN_PROFILE_H

#include "options.h"

/** Explain a profile. @return Exit status; errors have been reported. */
int profile_explain(const struct options *options);

#endif
