/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Renewal of the device's certificate by the rule `MIC_Cert_Refresh_Rule`: simple re-enrolment of
 * RFC 7030. A program that does not call prov_agent_enable_renewal() links none of it from the
 * static library. docs/renewal.md describes the steps.
 */
#ifndef PROVISION_RENEWAL_H
#define PROVISION_RENEWAL_H

#include <provision/agent.h>
#include <provision/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The host's present certificate; texts are borrowed until the next callback. */
struct prov_renewal_present {
    size_t size;
    const struct prov_client_certificate
        *certificate; /**< the certificate, and its key in a file, in memory or behind `sign`, which
                           signs the request; it may have expired */
    prov_str ca_pem;  /**< CAs that may issue the new one, in PEM: roots or issuers */
};

/**
 * The host's callbacks for the certificate. Copied member by member; the object at `ctx` must
 * outlive the agent.
 */
struct prov_renewal_host {
    size_t size;
    void *ctx; /**< first argument of the callbacks */
    /**
     * REQUIRED. Fill in the present certificate. Called after each resync and once a day, while
     * `MIC_Cert_Refresh_Enable` is Yes and the clock is set.
     *
     * @param[out] out  Zero on entry, except for `size`.
     * @return PROV_OK. Every other status is reported; the host is asked again later.
     */
    prov_status (*present)(void *ctx, struct prov_renewal_present *out, struct prov_error *err);
    /**
     * REQUIRED. Store a new certificate for the same key, and use it from the next connection on:
     * prov_tls_identity_set_certificate() or prov_curl_set_client_certificate(). Store it where a
     * factory reset does not delete it, in one step: after a power cut at any moment either the old
     * or the new certificate is there, and `present` returns it.
     *
     * @param chain_pem  The device's certificate, then those that lead to a root; checked. Borrowed
     *                   for the call.
     * @return PROV_OK: it is durable. On every other status the old one is still in use; the
     *         renewal is retried.
     */
    prov_status (*install)(void *ctx, prov_str chain_pem, struct prov_error *err);
};

/**
 * Renew the device's certificate before it expires, and accept PROV_VERB_RENEW. Call it before the
 * first prov_agent_process().
 *
 * @param host  Copied. Not NULL.
 * @return PROV_OK; PROV_E_STATE after the first prov_agent_process() or when it is enabled already;
 *         PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID when a callback is missing; PROV_E_UNSUPPORTED
 *         in a build without libcurl.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_enable_renewal(prov_agent *agent,
                                               const struct prov_renewal_host *host,
                                               struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
