/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Who a client is: HTTP Digest and Basic, and the delays after wrong passwords. */
#ifndef PHONE_WEB_LOGIN_H
#define PHONE_WEB_LOGIN_H

#include "web_request.h"

/**
 * Judge the action of a request with the credentials in it; fills its `client` and `verdict`.
 *
 * @return Milliseconds that this client has to wait after wrong passwords: nothing was judged. 0:
 *         it need not.
 */
int64_t login_judge(struct web_request *request);

#endif
