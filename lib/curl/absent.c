/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* In place of the built-in transport, in a library without libcurl. */
#include <provision/transport_curl.h>

#include "base/abi.h"
#include "base/error.h"

prov_status prov_curl_new(prov_curl **out, const struct prov_curl_options *opt,
                          struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    struct prov_curl_options known;
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status != PROV_OK)
        return status; /* a caller's mistake is told by every build */
    return provi_fail(err, PROV_E_UNSUPPORTED, "this library was built without libcurl");
}

const struct prov_transport *prov_curl_transport(prov_curl *curl)
{
    (void)curl;
    return NULL;
}

void prov_curl_free(prov_curl *curl)
{
    (void)curl;
}
