/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The user in a SIP URI. */
#ifndef PROVI_ACTION_SIP_URI_H
#define PROVI_ACTION_SIP_URI_H

#include <provision/base.h>

/**
 * Find the user of a `sip:` or `sips:` URI (RFC 3261, section 19.1.1), without a password. Escapes
 * are not resolved.
 *
 * @return false: it is no such URI, or has no user.
 */
bool provi_sip_user(prov_str uri, prov_str *user);

/** Whether a user from a URI equals @p plain once its `%XX` are resolved. */
bool provi_sip_user_eq(prov_str user, prov_str plain);

#endif
