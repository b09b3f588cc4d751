/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Names beyond the catalogue: those of real phones, and those that are misspelt. */
#ifndef COMMON_PHONE_NAMES_H
#define COMMON_PHONE_NAMES_H

#include <stdbool.h>

#include <provision/provision.h>

#include "common/parameter.h"

/** Whether phones or adapters have a parameter of this name that no provisioning needs. */
bool phone_name_is_known(prov_str name);

/**
 * The catalogue's name that one was meant to be.
 *
 * @param name  Neither in the catalogue nor known otherwise.
 * @return false if none is near.
 */
bool phone_name_suggest(prov_str name, char suggestion[PARAMETER_NAME_CAP]);

/** The same; false also for a name that the catalogue or phones have. */
bool phone_name_is_slip(prov_str name, char suggestion[PARAMETER_NAME_CAP]);

#endif
