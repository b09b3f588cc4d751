/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Macro variables of the operation under way: `$PRVST`, `$SCHEME`, `$ERR` and others. */
#ifndef PROVI_FETCH_OPERATION_H
#define PROVI_FETCH_OPERATION_H

#include <provision/transport.h>

struct provi_fetcher;

/** A resync begins, or a trigger is evaluated: URL and error are empty. */
void provi_operation_begin(struct provi_fetcher *fetcher, int32_t prvst);

/**
 * Write a failure for the log server. All faults in a file's content are the same `corrupt file`,
 * so that a phone is no padding oracle.
 *
 * @param error       The failure; status PROV_OK gives the empty text.
 * @param request     The request; NULL: none was made.
 * @param in_content  The transfer succeeded, its content was rejected.
 */
void provi_err_text(const struct prov_error *error, const struct prov_request *request,
                    bool in_content, char *buf, size_t cap);

#endif
