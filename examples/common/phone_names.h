/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Names that are not in the catalogue: those of real phones, and misspelt ones. */
#ifndef COMMON_PHONE_NAMES_H
#define COMMON_PHONE_NAMES_H

#include <stdbool.h>

#include <provision/provision.h>

#include "common/parameter.h"

/** Whether phones or adapters have a parameter of this name that provisioning does not need. */
bool phone_name_is_known(prov_str name);

/**
 * Suggest the catalogue's name for a misspelt one.
 *
 * @param name  Neither in the catalogue nor known otherwise.
 * @return false if none is similar.
 */
bool phone_name_suggest(prov_str name, char suggestion[PARAMETER_NAME_CAP]);

/** The same; false also for a name of the catalogue or of phones. */
bool phone_name_is_slip(prov_str name, char suggestion[PARAMETER_NAME_CAP]);

#endif
