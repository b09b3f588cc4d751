/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Requests of foreign web pages, which a browser sends with the login of its user. */
#ifndef PHONE_WEB_ORIGIN_H
#define PHONE_WEB_ORIGIN_H

#include "web/request.h"

/** Whether a request is for the phone by one of its names, and not from a foreign page. */
bool origin_is_own(const struct web_request *request);

#endif
