/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** From a rule's target to a request: defaults, macros, credentials. */
#ifndef PROVI_FETCH_REQUEST_H
#define PROVI_FETCH_REQUEST_H

#include <provision/rule.h>
#include <provision/transport.h>

#include "base/buffer.h"
#include "fetch/proxy.h"

struct provi_env;

/** A request and the texts it points to. Not to be copied. */
struct provi_request {
    uint32_t job;                /* enum prov_job, for events; set before */
    struct prov_request request; /* for the transport */
    struct provi_buffer url;
    struct provi_buffer user_agent;
    struct provi_buffer body;
    struct provi_buffer ikm; /* secret; empty: none */
    struct provi_proxy proxy;
    prov_tls_identity *identity; /* one of its owners */
};

/**
 * Fill in a request for a target.
 *
 * @param target  Borrowed as long as the request is used.
 * @param server  Server for a target that names none: `host`, `host:port` or
 *                `scheme://host[:port]`; borrowed likewise.
 * @return PROV_OK; PROV_E_NO_SERVER; PROV_E_UNSUPPORTED (`--srv` on TFTP); PROV_E_SYNTAX;
 *         PROV_E_LIMIT; PROV_E_NOMEM. The request is to be freed in any case.
 */
prov_status provi_request_make(struct provi_request *request, struct provi_env *env,
                               const struct prov_rule_target *target, prov_str server,
                               struct prov_error *err);

void provi_request_free(struct provi_request *request, struct provi_env *env);

#endif
