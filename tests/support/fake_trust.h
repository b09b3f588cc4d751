/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host's trust store that takes everything that looks like a certificate.
 */
#ifndef TEST_SUPPORT_FAKE_TRUST_H
#define TEST_SUPPORT_FAKE_TRUST_H

#include "device.h"

#define CA_RULE "Custom_CA_Rule"
#define CA_STATUS "Custom_CA_Provisioning_Status"
#define CA_URL "http://h/ca.pem"
#define CA_PEM "-----BEGIN CERTIFICATE-----\nfirst\n-----END CERTIFICATE-----\n"
#define CA_OTHER "-----BEGIN CERTIFICATE-----\nother\n-----END CERTIFICATE-----\n"

struct fake_trust {
    char pem[256];
    const char *name;          /**< of the CA; NULL: with a control character in it */
    unsigned n_calls;          /**< that changed, or were to change, what is trusted */
    prov_status check_refusal; /**< PROV_OK: it accepts */
    prov_status refusal;       /**< of the installation */
};

/** Have device_make_agent() enable the custom CA with this store, all zero or filled in. */
void fake_trust_plug_in(struct device *d, struct fake_trust *trust);

/** 2026-02-03 04:05:06 UTC, an hour east of it: the wall clock of the devices below, at first. */
enum { CA_WALL_S = 1770091506 };
extern int64_t fake_trust_wall_s;

/** A device with this store, without an agent, whose server has CA_PEM at CA_URL. */
void fake_trust_device(struct device *d, struct fake_trust *trust, struct dial *alloc_dial);

/** The same with an agent, after its boot. */
void fake_trust_start(struct device *d, struct fake_trust *trust);

/** Set the rule, whose server does not answer, and ask for a resync. */
void fake_trust_fail(struct device *d);

/** Dies unless @p pem is trusted, and the parameters show it as fetched at CA_WALL_S. */
void fake_trust_assert(struct device *d, const struct fake_trust *trust, const char *pem);

#endif
