/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The custom CA: certificates by `Custom_CA_Rule`, or by a request. A program that does not call
 * prov_agent_enable_custom_ca() links none of it from the static library.
 *
 * After each resync the agent expands `Custom_CA_Rule`. If the result differs from the rule of the
 * installed file, it fetches the new file, a PEM of at most 64 KiB, under the same restrictions as
 * a profile. docs/host-contract.md describes the steps.
 */
#ifndef PROVISION_CUSTOM_CA_H
#define PROVISION_CUSTOM_CA_H

#include <provision/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The host's side: a store of trusted certificates. Copied member by member; the object at `ctx`
 * must outlive the agent.
 */
struct prov_custom_ca_host {
    size_t size;
    void *ctx; /**< first argument of the callbacks */
    /**
     * REQUIRED. Check fetched certificates, without trusting them yet. prov_curl_check_custom_ca()
     * does this.
     *
     * @param      pem   One or more certificates, not yet checked; not empty. Borrowed.
     * @param[out] name  Receives the common name of the first one and a NUL, for `Custom_CA_Info`;
     *                   empty on entry.
     * @param      cap   Bytes at @p name.
     * @return PROV_OK; PROV_E_CORRUPT: not certificates. Every other status also rejects them; the
     *         rule is retried later.
     */
    prov_status (*check)(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err);
    /**
     * REQUIRED. Trust the certificates, instead of those of an earlier call;
     * prov_curl_set_custom_ca() does this. Called when the parameter store has committed them;
     * with `prov_host.save` also after a start, before the first resync.
     *
     * @param pem  As `check` accepted them. Empty: trust no custom CA. Borrowed.
     * @return PROV_OK. On every other status it is unknown which certificates the host trusts; the
     *         rule is run again later.
     */
    prov_status (*install)(void *ctx, prov_str pem, struct prov_error *err);
};

/**
 * Carry out `Custom_CA_Rule`, and accept PROV_VERB_UPDATE_CA. Call it before the first
 * prov_agent_process(), which passes the certificates that were saved before a reboot to `install`.
 *
 * @param host  Copied. Not NULL.
 * @return PROV_OK; PROV_E_STATE after the first prov_agent_process() or when it is enabled already;
 *         PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID when a callback is missing.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_enable_custom_ca(prov_agent *agent,
                                                 const struct prov_custom_ca_host *host,
                                                 struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
