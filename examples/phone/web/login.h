/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Logins of clients by HTTP Digest and Basic, and the delays after wrong passwords. */
#ifndef PHONE_WEB_LOGIN_H
#define PHONE_WEB_LOGIN_H

#include "web/request.h"

/**
 * Check the action of a request with its credentials; fills in `client` and `verdict`.
 *
 * @return Milliseconds that this client has to wait after wrong passwords, and nothing was checked;
 *         0: it was checked.
 */
int64_t login_check(struct web_request *request);

/**
 * Check whether a client may see a page, in the view of the user or of the administrator.
 *
 * @return As action_begin().
 */
bool login_check_page(struct web_request *request, enum MHD_Result *result);

/**
 * Whether no password protects the checked request, and the client is another machine. Harmless on
 * the same machine, but open to everyone in a network.
 */
bool login_is_open_door(const struct web_request *request);

/** The reason for refusing it. */
extern const char login_open_door[];

/** Compare secrets, in a time that depends only on the lengths. */
bool login_is_equal_secret(prov_str a, prov_str b);

#endif
