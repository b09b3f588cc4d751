/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What support needs to know of a phone, in one file, without its secrets; and problem reports. */
#ifndef PHONE_BUNDLE_H
#define PHONE_BUNDLE_H

#include <stddef.h>

#include <provision/provision.h>

struct phone;

/** A problem report under way. All zero: none. */
struct problem_report {
    char *data; /* the bundle, owned */
    size_t len, at;
};

/**
 * Write a bundle: settings, device, status, traces and versions, as files of an archive.
 *
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_IO.
 */
prov_status bundle_write(struct phone *phone, const char *path, struct prov_error *err);

/**
 * Send a bundle to the server of PRT_Upload_Rule, as a fetch of the host.
 *
 * @return PROV_OK; PROV_E_NO_SERVER without such a rule; PROV_E_BUSY while one is being sent;
 *         PROV_E_NOMEM; any status of prov_agent_fetch().
 */
prov_status bundle_send(struct phone *phone, struct prov_error *err);

/** The report has ended, or its agent has. Again is fine. */
void bundle_end(struct phone *phone);

/** Number of its fetch in events. */
enum { BUNDLE_FETCH = 2 };

#endif
