/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Which parameters are secret, given their entries. */
#ifndef PROVI_CATALOGUE_SECRET_H
#define PROVI_CATALOGUE_SECRET_H

#include <provision/catalogue.h>

/** As prov_catalogue_is_secret(), with the entry of the name; NULL: it has none. */
bool provi_catalogue_is_secret(const struct prov_param_info *info, prov_str name);

#endif
