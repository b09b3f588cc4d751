/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The phones of the program: one, or several that share a transport (--phones). */
#ifndef PHONE_PHONES_H
#define PHONE_PHONES_H

#include "options.h"

/** Start all phones, run them, and stop them. @return Exit status. */
int phones_run(const struct options *options);

#endif
