/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The phones of the program: one, or with --phones several that share a transport. */
#ifndef PHONE_PHONES_H
#define PHONE_PHONES_H

#include "options.h"

/** Start all, drive them, and end them. @return Exit status. */
int phones_run(const struct options *options);

#endif
