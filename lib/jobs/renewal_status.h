/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The result of a renewal, in the words of a phone's page. */
#ifndef PROVI_JOBS_RENEWAL_STATUS_H
#define PROVI_JOBS_RENEWAL_STATUS_H

#include <provision/event.h>

enum { PROVI_RENEWAL_STATUS_CAP = 64 };

/**
 * Write the text for a failed result.
 *
 * @param is_empty        The response was empty.
 * @param has_host_fault  The host could not store the certificate.
 */
void provi_renewal_status(const struct prov_result *result, bool is_empty, bool has_host_fault,
                          char buf[PROVI_RENEWAL_STATUS_CAP]);

#endif
