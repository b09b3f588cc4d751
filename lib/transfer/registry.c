/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "transfer/registry.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"

prov_status provi_transport_copy(struct prov_transport *to, const struct prov_transport *from,
                                 struct prov_error *err)
{
    if (!from)
        return provi_fail_invalid(err, "transport is NULL");
    prov_status status = provi_abi_in(to, sizeof *to, from, err);
    if (status != PROV_OK)
        return status;
    if (!to->name || !to->schemes)
        return provi_fail_invalid(err, "transport without name or schemes");
    if (!to->start || !to->cancel)
        return provi_fail_invalid(err, "transport without start or cancel");
    return PROV_OK;
}

bool provi_transport_speaks(const struct prov_transport *transport, prov_str scheme)
{
    prov_str rest = prov_str_from(transport->schemes);
    prov_str one;
    while (provi_str_split(&rest, ',', &one))
        if (provi_str_eq_nocase(provi_str_trim(one), scheme))
            return scheme.len > 0;
    return false;
}

const struct prov_transport *provi_transport_for(const struct prov_transport *transports,
                                                 size_t n_transports, prov_str scheme)
{
    for (size_t i = n_transports; i-- > 0;)
        if (provi_transport_speaks(&transports[i], scheme))
            return &transports[i];
    return NULL;
}
