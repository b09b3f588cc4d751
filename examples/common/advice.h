/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Remedies for a failed rule, in terms of the options that the programs share. */
#ifndef COMMON_ADVICE_H
#define COMMON_ADVICE_H

#include <provision/provision.h>

/** The remedy for a failure; NULL: nothing beyond its message. Static. */
const char *advice_for(const struct prov_result *failure);

#endif
