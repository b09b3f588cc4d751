/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The request that a device would make for a rule. */
#ifndef EXPLAIN_REQUEST_H
#define EXPLAIN_REQUEST_H

#include <provision/provision.h>

#include "facts.h"

/** A request of a rule. */
struct request {
    struct prov_rule_target target; /* resolved if `status` is PROV_OK */
    const char *method;             /* `GET`, `POST`, `PUT`; `activate` for gds:// */
    char *body;                     /* of --post, secrets masked; NULL: none */
    bool is_rfc8188;                /* a report, encrypted by IKM_HTTP_Encrypt_Content */
    prov_status status;             /* PROV_E_NO_SERVER, PROV_E_UNSUPPORTED: it cannot be made */
    struct prov_error err;
};

/**
 * Compute a request.
 *
 * @param macro_vars  They describe the request afterwards, if it can be made.
 * @param kind        enum prov_rule_kind of @p rule, or TEXT_LICENCE, TEXT_RENEWAL.
 * @param rule        Borrowed until request_free().
 */
void request_make(struct request *request, struct macro_vars *macro_vars, uint32_t kind,
                  const prov_rule *rule, size_t alternative, size_t index);

/** `scheme://host:port/path`, new, credentials in its query masked; NULL without memory. */
char *request_url(const struct request *request);

void request_free(struct request *request);

#endif
