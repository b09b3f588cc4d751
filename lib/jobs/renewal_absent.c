/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Replaces the renewal in a library without libcurl. */
#include <provision/renewal.h>

#include "base/abi.h"
#include "base/error.h"

prov_status prov_agent_enable_renewal(prov_agent *agent, const struct prov_renewal_host *host,
                                      struct prov_error *err)
{
    struct prov_renewal_host known;
    if (!agent || !host)
        return provi_fail_invalid(err, agent ? "host" : "agent");
    prov_status status = provi_abi_in(&known, sizeof known, host, err);
    return status == PROV_OK
               ? provi_fail(err, PROV_E_UNSUPPORTED, "this library was built without libcurl")
               : status;
}
