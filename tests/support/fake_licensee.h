/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host of the migration: it accepts the one licence, or answers as a test wants.
 */
#ifndef TEST_SUPPORT_FAKE_LICENSEE_H
#define TEST_SUPPORT_FAKE_LICENSEE_H

#include "device.h"
#include "fake_banks.h"

#define LICENSEE_RULE "Trans_Auth_Rule"
#define LICENSEE_TYPE "Trans_Auth_Type"
#define LICENSEE_STATUS "Transition_Authorization_Status"
#define LICENSEE_URL "http://h/000E08012345.lic"
#define LICENSEE_SECRET "SIGNED-SECRET-LICENCE"
#define LICENSEE_LICENCE "\x1f\x8b" LICENSEE_SECRET
#define LICENSEE_DATE "[02/03/2026 05:05:06]"
#define LICENSEE_SUCCEEDED "[0]" LICENSEE_DATE "[" LICENSEE_URL "]Authorization Succeeded."
#define LICENSEE_FAILED "[0]" LICENSEE_DATE "[" LICENSEE_URL "]Authorization Failed."

enum { LICENSEE_RETRY_MS = 1800000 };

struct fake_licensee {
    uint32_t answer; /**< of `check`, to that licence; to any other, DEVICE_LICENCE_NO */
    const char *reason;
    unsigned n_asked, n_wxc;
    bool is_of_wxc;           /**< it reports the authorization at once */
    int32_t sets;             /**< authorization that both callbacks set; -1: none */
    bool is_freeing;          /**< the agent, within each callback */
    struct fake_banks *banks; /**< wait for the licence; NULL: none */
    struct device *device;
    struct secrets secrets;
};

/** A device with that host and its licence at LICENSEE_URL; arguments as device_plug_in(). */
void licensee_plug_in(struct device *d, struct fake_licensee *fake, prov_store *store,
                      struct dial *alloc_dial, struct dial *net_dial);

/** @p type NULL: as it was. */
void licensee_set_rule(struct device *d, const char *rule, const char *type);

/** Plugged in, booted and settled. */
void licensee_start(struct device *d, struct fake_licensee *fake);
void licensee_reboot(struct device *d);

/** Dies unless a rule sees this `$AUTHSTATUS`. */
void licensee_assert(struct device *d, const char *status);

/** Requests to LICENSEE_URL. */
size_t licensee_n_fetched(const struct device *d);

#endif
