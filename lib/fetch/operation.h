/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Macro variables of the operation under way: `$PRVST`, `$SCHEME`, `$ERR` and others. */
#ifndef PROVI_FETCH_OPERATION_H
#define PROVI_FETCH_OPERATION_H

#include <provision/transport.h>

struct provi_fetcher;

/** A resync begins, or a trigger is evaluated: URL and error are empty. */
void provi_operation_begin(struct provi_fetcher *fetcher, int32_t prvst);

/** Whether a failure is the device's own, and not of a server, the network or a file. */
bool provi_is_own_failure(prov_status status);

/**
 * The message of a failure for a report; the arguments are those of its prov_error. All faults in a
 * file's content are the same `corrupt file`, so that a phone is no padding oracle.
 */
const char *provi_public_message(prov_status status, uint32_t flags, const char *message);

/**
 * Write a failure for the log server, likewise.
 *
 * @param error    The failure; status PROV_OK gives the empty text.
 * @param request  The request; NULL: none was made.
 */
void provi_err_text(const struct prov_error *error, const struct prov_request *request, char *buf,
                    size_t cap);

#endif
