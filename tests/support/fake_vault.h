/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host of the renewal, with its certificate in memory.
 */
#ifndef TEST_SUPPORT_FAKE_VAULT_H
#define TEST_SUPPORT_FAKE_VAULT_H

#include <provision/renewal.h>

#include "device.h"
#include "enrolment.h"

/** Where it is renewed. */
#define FAKE_VAULT_RULE "http://h/"
#define FAKE_VAULT_URL "http://h/.well-known/est/simplereenroll"

struct fake_vault {
    struct device *device;
    const struct tls_made *made; /**< the key, and the certificate at first */
    const struct enrolment *cas;
    const char *ca_pem; /**< CAs that may issue the next one; those of `cas` */
    bool has_no_clock;  /**< of the day */
    struct prov_client_certificate certificate;
    char pem[8192]; /**< the last one installed; empty: none */
    unsigned n_shown, n_installs, n_signed;
    prov_status refusal;      /**< of the installation */
    prov_status show_refusal; /**< of the present certificate */
    bool is_empty;            /**< it has none */
    bool is_freeing_early;    /**< the agent, within `present` */
    bool is_freeing;          /**< the agent, within `install` */
    struct secrets secrets;   /**< the key */
    char answer[32768];       /**< room for the CA's */
};

/** The certificate of @p made, with its key in memory. */
void fake_vault_fill(struct fake_vault *vault, struct device *d, const struct tls_made *made,
                     const struct enrolment *cas);

/** A device with that certificate that renews it after its start; `store` as for a device. */
void fake_vault_plug_in(struct fake_vault *vault, struct device *d, prov_store *store,
                        const struct tls_made *made, const struct enrolment *cas);

/** The CA's answer to requests. */
struct fake_answer *fake_vault_answer(struct fake_vault *vault,
                                      const struct enrolment_change *change);

/** An agent with the renewal. */
prov_status fake_vault_make_agent(struct fake_vault *vault);

/** From now on the host signs. */
void fake_vault_hide_key(struct fake_vault *vault);

/** Enable the renewal. */
prov_status fake_vault_enable(struct fake_vault *vault);

#endif
