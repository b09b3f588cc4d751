/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Parameters by name, in the catalogue and in a store. */
#ifndef COMMON_PARAMETER_H
#define COMMON_PARAMETER_H

#include <stdbool.h>

#include <provision/provision.h>

enum { PARAMETER_NAME_CAP = 128 };

/** Split `NAME=VALUE`. @return false if it is malformed. */
bool parameter_split(const char *pair, prov_str *name, prov_str *value);

/**
 * Spell a name as the catalogue does; a name that it does not have is unchanged.
 *
 * @param[in,out] name    Afterwards may point into @p proper.
 * @return Its entry; NULL if it has none.
 */
const struct prov_param_info *parameter_spell(prov_str *name, char proper[PARAMETER_NAME_CAP]);

/**
 * Stage one parameter under its proper name, if its value is valid for its type, as in a profile.
 *
 * @param source  The origin of the value, for messages; NULL: none.
 * @return As prov_store_set(); PROV_E_VALUE.
 */
prov_status parameter_set(prov_store *store, prov_str name, prov_str value,
                          const struct prov_source *source, struct prov_error *err);

/**
 * The value of a parameter; its default if it is not set.
 *
 * @param      name     In its proper spelling.
 * @param      dialect  enum prov_dialect_id.
 * @param[out] is_set   Whether the store has it.
 * @return New, ended by free(); NULL without memory.
 */
char *parameter_get(const prov_store *store, prov_str name, uint32_t dialect, bool *is_set);

#endif
