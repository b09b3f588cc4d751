/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Tell what a profile would set. */
#ifndef EXPLAIN_PROFILE_H
#define EXPLAIN_PROFILE_H

#include "options.h"

/** @return Exit status; what went wrong has been said. */
int profile_explain(const struct options *options);

#endif
