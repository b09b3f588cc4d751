/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Defaults of `struct prov_limits`. */
#ifndef PROVI_BASE_LIMITS_H
#define PROVI_BASE_LIMITS_H

#include <provision/base.h>

/** Copy limits, with the default in every field that is 0. PROV_OK or PROV_E_ABI. */
prov_status provi_limits_resolve(struct prov_limits *to, const struct prov_limits *from,
                                 struct prov_error *err);

#endif
