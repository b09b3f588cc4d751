/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The phone's certificate, --client-cert, and its renewal: a new certificate replaces the file. A
 * factory reset does not delete it.
 */
#ifndef PHONE_CERTIFICATE_H
#define PHONE_CERTIFICATE_H

#include <provision/provision.h>

struct phone;

/** Present the certificate of the command line, if there is one, in `phone->identity`. */
prov_status certificate_use(struct phone *phone, struct prov_error *err);

/**
 * Let the agent renew it; without a certificate, do nothing. Call certificate_free() afterwards.
 */
prov_status certificate_enable(struct phone *phone, struct prov_error *err);

/** Free the memory of certificate_enable(). */
void certificate_free(struct phone *phone);

#endif
