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

struct fake_vault {
    struct device *device;
    const struct tls_made *made; /**< the key, and the certificate at first */
    const char *ca_pem;          /**< CAs that may issue the next one */
    struct prov_client_certificate certificate;
    char pem[8192]; /**< the last one installed; empty: none */
    unsigned n_shown, n_installs, n_signed;
    prov_status refusal;      /**< of the installation */
    prov_status show_refusal; /**< of the present certificate */
    bool is_empty;            /**< it has none */
    bool is_freeing;          /**< the agent, within `install` */
    struct secrets secrets;   /**< the key */
    char answer[32768];       /**< room for the CA's */
};

/** The certificate of @p made, with its key in memory. */
void fake_vault_fill(struct fake_vault *vault, struct device *d, const struct tls_made *made,
                     const char *ca_pem);

/** From now on the host signs. */
void fake_vault_hide_key(struct fake_vault *vault);

/** Enable the renewal. */
prov_status fake_vault_enable(struct fake_vault *vault);

#endif
