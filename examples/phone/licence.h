/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The migration licence. A real one is signed by the vendor; here any file is a licence, unless one
 * of its first lines is `Valid: no`, or `For: MAC` with the address of another phone. It is stored
 * in the flash, where a factory reset does not delete it.
 */
#ifndef PHONE_LICENCE_H
#define PHONE_LICENCE_H

#include <provision/provision.h>

struct phone;

/** Authorization by the licence in the flash, enum prov_authorization. */
uint32_t licence_find(const struct phone *phone);

/** Let the agent carry out Trans_Auth_Rule. */
prov_status licence_enable(struct phone *phone, struct prov_error *err);

/**
 * Authorize the phone in place of the vendor's service, or end its authorization and delete the
 * licence. @p name of the authorization. @return PROV_E_INVALID: there is none of that name; any
 * status of prov_agent_set_authorization().
 */
prov_status licence_authorize(struct phone *phone, prov_str name, struct prov_error *err);

#endif
