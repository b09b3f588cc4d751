/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The phone's own certificate, --client-cert, and its renewal: a new one replaces the file, where a
 * factory reset does not delete it.
 */
#ifndef PHONE_CERTIFICATE_H
#define PHONE_CERTIFICATE_H

#include <provision/provision.h>

struct phone;

/** Present the certificate of the command line, if there is one, in `phone->identity`. */
prov_status certificate_use(struct phone *phone, struct prov_error *err);

/** Let the agent renew it; a phone without one has nothing to renew. certificate_free() is due. */
prov_status certificate_enable(struct phone *phone, struct prov_error *err);

/** Free what certificate_enable() has made. */
void certificate_free(struct phone *phone);

#endif
