/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What macros know of the operation at hand: `$PRVST`, `$SCHEME`, `$ERR` and their kin. */
#ifndef PROVI_AGENT_OPERATION_H
#define PROVI_AGENT_OPERATION_H

#include <provision/transport.h>

struct prov_agent;

/** A resync begins, or a trigger is asked: no URL and no error are known. */
void provi_operation_begin(struct prov_agent *agent, int32_t prvst);

/** The URL is known, its path as it may be shown. Texts are borrowed until it is forgotten. */
void provi_operation_set_url(struct prov_agent *agent, const struct prov_request *request,
                             prov_str path);

/** The request is over: URL and address are those of no operation any more. */
void provi_operation_forget_url(struct prov_agent *agent);

/** The address is known; borrowed likewise. */
void provi_operation_set_server_ip(struct prov_agent *agent, prov_str server_ip);

/** The result is known; borrowed until the next one is. */
void provi_operation_set_err(struct prov_agent *agent, prov_str text);

#endif
