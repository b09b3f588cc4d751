/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Requests for actions: an action URL, a document of Cisco XML, a profile, or a page. */
#ifndef PHONE_WEB_ACTION_H
#define PHONE_WEB_ACTION_H

#include "web/request.h"

/**
 * Read and check a request by its header.
 *
 * @return Whether it continues: with its body, if it has one, then with action_run(). Otherwise it
 *         was answered, with @p result.
 */
bool action_begin(struct web_request *request, enum MHD_Result *result);

/** Carry out a complete request, and answer it. */
enum MHD_Result action_run(struct web_request *request);

#endif
