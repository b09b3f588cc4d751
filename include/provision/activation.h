/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Activation: a rule `gds://` that waits for a code, and the first contact of a device without any
 * configuration. A program that does not call prov_agent_enable_activation() links none of it from
 * the static library. docs/activation.md describes the exchange with the service.
 */
#ifndef PROVISION_ACTIVATION_H
#define PROVISION_ACTIVATION_H

#include <provision/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The services of the device's manufacturer or provider. */
struct prov_activation_host {
    size_t size;
    /**
     * URL for activation codes, `https://HOST/PATH`; macros are expanded. Copied. Empty:
     * PROV_VERB_ACTIVATE is refused.
     */
    prov_str code_url;
    /**
     * Likewise, URL for first contact, if neither DHCP nor the store has a server; may be the same.
     * Copied. Empty: no service is asked.
     */
    prov_str contact_url;
};

/**
 * Let `gds://` wait for a code, accept PROV_VERB_ACTIVATE, and maintain the customization state,
 * with `prov_host.save` and `load` also over reboots. Call it before the first
 * prov_agent_process().
 *
 * A rule `gds://` is then not a failure: its outcome is PROV_OUTCOME_WAITING, it arms no retry, and
 * further rules are carried out. A host may instead register a transport for the scheme `gds`; the
 * rule is then fetched like any other. In a factory reset, erase all saved records, including
 * `activate`, before the agent is created.
 *
 * @param host  Copied. NULL: no service.
 * @param err   Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_STATE after the first prov_agent_process() or when it is enabled already;
 *         PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID when a URL is not `https://HOST/PATH`.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_enable_activation(prov_agent *agent,
                                                  const struct prov_activation_host *host,
                                                  struct prov_error *err);

/**
 * Return the state of activation and first contact, as the last PROV_EVENT_ACTIVATION had it.
 *
 * @param         agent  Not NULL.
 * @param[in,out] out    `size` set by the caller. Its text is static. Not NULL.
 * @return PROV_OK; PROV_E_UNSUPPORTED without prov_agent_enable_activation(); PROV_E_ABI;
 *         PROV_E_INVALID for NULL.
 * @since 0.1. Allocates nothing; safe from the event callback.
 */
PROV_API prov_status prov_agent_activation_get(prov_agent *agent, struct prov_activation *out);

/** The last offer of a source. */
struct prov_contact_offer {
    size_t size;
    uint32_t contact;    /**< enum prov_contact */
    uint8_t is_used;     /**< 1: `contact` of struct prov_activation is this source */
    uint8_t reserved[3]; /**< 0 */
    int64_t at_ms;       /**< when the agent received it, on the clock of prov_host.mono_ms */
    /**
     * DHCP: its rule, else its servers, commas between. SRV: the names looked up, likewise. The
     * services: their `Profile_Rule`; empty: the service does not have this device. Secrets are
     * masked as prov_rule_redact() does. Borrowed until the next prov_agent_process() or
     * prov_agent_set_dhcp().
     */
    prov_str text;
};

/**
 * Return the last offer of a source since the start, whether it is used or not. A lease makes one
 * offer, of PROV_CONTACT_DHCP or PROV_CONTACT_SRV.
 *
 * @param         contact  PROV_CONTACT_DHCP, _SRV, _SERVICE or _CODE.
 * @param[in,out] out      `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND: it has made no offer, or `contact` is another value;
 *         PROV_E_UNSUPPORTED without prov_agent_enable_activation(); PROV_E_ABI; PROV_E_INVALID for
 *         NULL.
 * @since 0.1. Allocates nothing; safe from the event callback.
 */
PROV_API prov_status prov_agent_contact_get(prov_agent *agent, uint32_t contact,
                                            struct prov_contact_offer *out);

#ifdef __cplusplus
}
#endif

#endif
