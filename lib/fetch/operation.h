/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What macros know of the operation at hand: `$PRVST`, `$SCHEME`, `$ERR` and their kin. */
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

#endif
