/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A device's variables, between two uses. */
#ifndef PROVI_MACRO_FACTS_H
#define PROVI_MACRO_FACTS_H

#include <provision/macro.h>

/** Give back the memory that values were read into; the last value that was found is gone. */
void provi_macro_vars_rest(prov_macro_vars *macro_vars);

#endif
