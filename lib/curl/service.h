/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The order of SRV records (RFC 2782): lowest priority first; among equal priorities by chance, in
 * proportion to the weight. The phones' guide puts the lower weight first, against the RFC; an
 * administrator who sets weights means the RFC's.
 */
#ifndef PROVI_CURL_SERVICE_H
#define PROVI_CURL_SERVICE_H

#include "curl/resolver.h"

/**
 * The next server to try. Set the port of a tried one to 0 to skip it.
 *
 * @param chance  Random bits; changed by each call.
 * @return NULL: there is none.
 */
struct provi_curl_service *provi_curl_service_pick(struct provi_curl_dns_answer *answer,
                                                   uint32_t *chance);

#endif
