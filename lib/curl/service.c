/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "curl/service.h"

static bool is_usable(const struct provi_curl_service *service)
{
    return service->target[0] && service->port;
}

/* Choose among the services of one priority as in RFC 2782: those without weight come first. */
static struct provi_curl_service *pick_weighted(struct provi_curl_dns_answer *answer,
                                                uint16_t priority, uint32_t left)
{
    for (int with_weight = 0; with_weight <= 1; with_weight++) {
        for (size_t i = 0; i < answer->n_services; i++) {
            struct provi_curl_service *service = &answer->services[i];
            if (!is_usable(service) || service->priority != priority ||
                (service->weight > 0) != with_weight)
                continue;
            if (service->weight >= left)
                return service;
            left -= service->weight;
        }
    }
    return NULL;
}

struct provi_curl_service *provi_curl_service_pick(struct provi_curl_dns_answer *answer,
                                                   uint32_t *chance)
{
    uint32_t priority = UINT32_MAX;
    uint32_t weights = 0;
    for (size_t i = 0; i < answer->n_services; i++) {
        const struct provi_curl_service *service = &answer->services[i];
        if (!is_usable(service) || service->priority > priority)
            continue;
        weights = service->priority < priority ? service->weight : weights + service->weight;
        priority = service->priority;
    }
    if (priority > UINT16_MAX)
        return NULL;
    uint32_t drawn = (uint32_t)(((uint64_t)*chance * ((uint64_t)weights + 1)) >> 32);
    *chance = *chance * UINT32_C(1664525) + UINT32_C(1013904223);
    return pick_weighted(answer, (uint16_t)priority, drawn);
}
