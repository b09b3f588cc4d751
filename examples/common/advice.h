/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What to do about a rule that failed, in the options that the programs share. */
#ifndef COMMON_ADVICE_H
#define COMMON_ADVICE_H

#include <provision/provision.h>

/** What to do about a failure; NULL: nothing more than it says. Static. */
const char *advice_for(const struct prov_result *failure);

#endif
