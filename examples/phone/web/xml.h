/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Documents of Cisco XML by POST `/CGI/Execute`, and their answers. */
#ifndef PHONE_WEB_XML_H
#define PHONE_WEB_XML_H

#include "web/request.h"

/** Carry out the items of the document in the body, and answer them. */
enum MHD_Result xml_run(struct web_request *request);

/** Answer with an error. @param number  `prov_verdict.cisco_error`. */
enum MHD_Result xml_answer_error(struct web_request *request, unsigned status, uint32_t number,
                                 const char *reason);

#endif
