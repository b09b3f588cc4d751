/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Which parameters are secret, of those whose entry is at hand. */
#ifndef PROVI_CATALOGUE_SECRET_H
#define PROVI_CATALOGUE_SECRET_H

#include <provision/catalogue.h>

/** prov_catalogue_is_secret() of a name whose entry was found already; NULL: it has none. */
bool provi_catalogue_is_secret(const struct prov_param_info *info, prov_str name);

#endif
