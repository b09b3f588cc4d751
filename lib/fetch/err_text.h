/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The words of `$ERR`, derived from a result. */
#ifndef PROVI_FETCH_ERR_TEXT_H
#define PROVI_FETCH_ERR_TEXT_H

#include <provision/transport.h>

/**
 * Write what the log server may know about a failure. Everything wrong with a file's content is
 * the same `corrupt file`: a phone is no padding oracle.
 *
 * @param error       The failure; status PROV_OK gives the empty text.
 * @param request     What was asked for; NULL: it did not come to that.
 * @param in_content  The transfer was fine, its content was not.
 */
void provi_err_text(const struct prov_error *error, const struct prov_request *request,
                    bool in_content, char *buf, size_t cap);

#endif
