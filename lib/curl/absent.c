/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Replaces the built-in transport in a library without libcurl. */
#include <provision/transport_curl.h>

#include "base/abi.h"
#include "base/error.h"

#define ABSENT "this library was built without libcurl"

prov_status prov_curl_new(prov_curl **out, const struct prov_curl_options *opt,
                          struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    struct prov_curl_options known;
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status != PROV_OK)
        return status; /* a caller's mistake is reported in every build */
    return provi_fail(err, PROV_E_UNSUPPORTED, ABSENT);
}

const struct prov_transport *prov_curl_transport(prov_curl *curl)
{
    (void)curl;
    return NULL;
}

prov_status prov_curl_set_custom_ca(prov_curl *curl, prov_str pem, uint32_t flags,
                                    struct prov_error *err)
{
    (void)curl;
    (void)pem;
    (void)flags;
    return provi_fail(err, PROV_E_UNSUPPORTED, ABSENT);
}

prov_status prov_curl_check_custom_ca(const prov_curl *curl, prov_str pem, char *buf, size_t cap,
                                      size_t *len, struct prov_error *err)
{
    (void)curl;
    (void)pem;
    (void)buf;
    (void)cap;
    (void)len;
    return provi_fail(err, PROV_E_UNSUPPORTED, ABSENT);
}

prov_status prov_curl_custom_ca_name(const prov_curl *curl, char *buf, size_t cap, size_t *len)
{
    (void)curl;
    (void)buf;
    (void)cap;
    (void)len;
    return PROV_E_UNSUPPORTED;
}

prov_status prov_curl_set_client_certificate(prov_curl *curl,
                                             const struct prov_client_certificate *certificate,
                                             struct prov_error *err)
{
    (void)curl;
    struct prov_client_certificate known;
    prov_status status = provi_abi_in(&known, sizeof known, certificate, err);
    return status == PROV_OK ? provi_fail(err, PROV_E_UNSUPPORTED, ABSENT) : status;
}

bool prov_curl_has_client_certificate(const prov_curl *curl)
{
    (void)curl;
    return false;
}

void prov_curl_free(prov_curl *curl)
{
    (void)curl;
}

prov_status prov_tls_identity_new(prov_tls_identity **out,
                                  const struct prov_tls_identity_options *opt,
                                  struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    struct prov_tls_identity_options known;
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    return status == PROV_OK ? provi_fail(err, PROV_E_UNSUPPORTED, ABSENT) : status;
}

void prov_tls_identity_free(prov_tls_identity *identity)
{
    (void)identity;
}

prov_status prov_tls_identity_set_certificate(prov_tls_identity *identity,
                                              const struct prov_client_certificate *certificate,
                                              struct prov_error *err)
{
    (void)identity;
    return prov_curl_set_client_certificate(NULL, certificate, err);
}

bool prov_tls_identity_has_certificate(const prov_tls_identity *identity)
{
    (void)identity;
    return false;
}

prov_status prov_tls_identity_set_custom_ca(prov_tls_identity *identity, prov_str pem,
                                            uint32_t flags, struct prov_error *err)
{
    (void)identity;
    return prov_curl_set_custom_ca(NULL, pem, flags, err);
}

prov_status prov_tls_identity_custom_ca_name(const prov_tls_identity *identity, char *buf,
                                             size_t cap, size_t *len)
{
    (void)identity;
    return prov_curl_custom_ca_name(NULL, buf, cap, len);
}
