/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host's trust store that takes everything that looks like a certificate.
 */
#ifndef TEST_SUPPORT_FAKE_TRUST_H
#define TEST_SUPPORT_FAKE_TRUST_H

#include "device.h"

struct fake_trust {
    char pem[256];
    const char *name;          /**< of the CA; NULL: with a control character in it */
    unsigned n_calls;          /**< that changed, or were to change, what is trusted */
    prov_status check_refusal; /**< PROV_OK: it accepts */
    prov_status refusal;       /**< of the installation */
};

/** Have device_make_agent() enable the custom CA with this store, all zero or filled in. */
void fake_trust_plug_in(struct device *d, struct fake_trust *trust);

#endif
