/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Macro variables of the operation under way: `$PRVST`, `$SCHEME`, `$ERR` and others. */
#ifndef PROVI_FETCH_OPERATION_H
#define PROVI_FETCH_OPERATION_H

#include <provision/transport.h>

struct provi_fetcher;

/** A resync begins, or a trigger is asked: no URL and no error are known. */
void provi_operation_begin(struct provi_fetcher *fetcher, int32_t prvst);

/** The URL is known, its path as it may be shown. Texts are borrowed until it is forgotten. */
void provi_operation_set_url(struct provi_fetcher *fetcher, const struct prov_request *request,
                             prov_str path);

/** The request is over: URL and address are those of no operation any more. */
void provi_operation_forget_url(struct provi_fetcher *fetcher);

/** The address is known; borrowed likewise. */
void provi_operation_set_server_ip(struct provi_fetcher *fetcher, prov_str server_ip);

/** The result is known; borrowed until the next one is. */
void provi_operation_set_err(struct provi_fetcher *fetcher, prov_str text);

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
