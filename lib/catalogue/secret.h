/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Whether a parameter is secret, given its entry. */
#ifndef PROVI_CATALOGUE_SECRET_H
#define PROVI_CATALOGUE_SECRET_H

#include <provision/catalogue.h>

/** As prov_catalogue_is_secret(), with the entry of the name; NULL: it has none. */
bool provi_catalogue_is_secret(const struct prov_param_info *info, prov_str name);

#endif
