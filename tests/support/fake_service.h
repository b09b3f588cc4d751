/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Activation services, and a person who enters a code.
 */
#ifndef TEST_SUPPORT_FAKE_SERVICE_H
#define TEST_SUPPORT_FAKE_SERVICE_H

#include "device.h"

#define ACTIVATION_CODE_URL "https://gds.example/activate"
#define ACTIVATION_CONTACT_URL "https://edos.example/ask"
#define ACTIVATION_CODE "1234567890123456"

/** Both services, for `device.activation`. */
extern const struct prov_activation_host activation_services;

/** Request PROV_VERB_ACTIVATE with a code. */
prov_status activation_enter(struct device *d, prov_str code, struct prov_error *err);

#endif
