/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Releasing memory of a device's variables between two uses. */
#ifndef PROVI_MACRO_FACTS_H
#define PROVI_MACRO_FACTS_H

#include <provision/macro.h>

/** Free the memory that values were read into; invalidates the last value found. */
void provi_macro_vars_rest(prov_macro_vars *macro_vars);

#endif
