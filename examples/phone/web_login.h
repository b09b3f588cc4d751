/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Who a client is: HTTP Digest and Basic, and the delays after wrong passwords. */
#ifndef PHONE_WEB_LOGIN_H
#define PHONE_WEB_LOGIN_H

#include "web_request.h"

/**
 * Judge the action of a request with the credentials in it; fills its `client` and `verdict`.
 *
 * @return Milliseconds that this client has to wait after wrong passwords: nothing was checked. 0:
 *         it need not.
 */
int64_t login_check(struct web_request *request);

/**
 * Check whether a client may see a page, in the view of the user or of the administrator.
 *
 * @return As action_begin().
 */
bool login_check_page(struct web_request *request, enum MHD_Result *result);

/**
 * Whether no password protects the checked request, and the client is another machine: harmless on this
 * one, an open door in a network (X13).
 */
bool login_is_open_door(const struct web_request *request);

/** The reason to refuse that. */
extern const char login_open_door[];

#endif
