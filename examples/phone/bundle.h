/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A support bundle: the facts about a phone that support needs, in one file, without secrets. */
#ifndef PHONE_BUNDLE_H
#define PHONE_BUNDLE_H

#include <stddef.h>

#include <provision/provision.h>

struct phone;

/**
 * Make a bundle: settings, device, status, traces and versions, as files of an archive.
 *
 * @param      reason  Content of a further file, `reason.txt`; NULL: none.
 * @param[out] data    New, ended by free(); NULL on failure.
 * @return PROV_OK; PROV_E_NOMEM.
 */
prov_status bundle_make(const struct phone *phone, const char *reason, char **data, size_t *len,
                        struct prov_error *err);

/** Write a bundle without a reason. @return As bundle_make(); PROV_E_IO. */
prov_status bundle_write(struct phone *phone, const char *path, struct prov_error *err);

#endif
