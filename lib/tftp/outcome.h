/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What became of a transfer, for people. */
#ifndef PROVI_TFTP_OUTCOME_H
#define PROVI_TFTP_OUTCOME_H

#include "tftp/tftp.h"

/**
 * Tell the outcome of a transfer that is decided.
 *
 * @param where  The server, `host:port`.
 * @param host   The server alone.
 * @return PROV_OK; PROV_E_NOT_FOUND and PROV_E_SERVER with the server's error and its text;
 *         PROV_E_CONNECT; PROV_E_TIMEOUT; PROV_E_NETWORK; PROV_E_LIMIT; PROV_E_CANCELLED.
 */
prov_status provi_tftp_tell(const struct provi_tftp *t, const char *where, const char *host,
                            struct prov_error *err);

#endif
