/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The order of SRV records (RFC 2782): lowest priority first, by chance among equals, the more
 * often the larger the weight. The phones' own text has the lower weight first, against the RFC;
 * who sets weights up means the RFC's.
 */
#ifndef PROVI_CURL_SERVICE_H
#define PROVI_CURL_SERVICE_H

#include "curl/resolver.h"

/**
 * The next server to try. One that was tried is passed over when its port is set to 0.
 *
 * @param chance  Random bits; others afterwards.
 * @return NULL: there is none.
 */
struct provi_curl_service *provi_curl_service_pick(struct provi_curl_dns_answer *answer,
                                                   uint32_t *chance);

#endif
