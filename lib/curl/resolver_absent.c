/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Replaces resolver.c in a library without c-ares; no question can be sent. */
#include "curl/curl_priv.h"

#include "base/error.h"

static prov_status fail(struct prov_error *err)
{
    return provi_fail(err, PROV_E_UNSUPPORTED, "this library was built without c-ares");
}

prov_status provi_curl_resolver_new(struct provi_curl_resolver **out,
                                    const struct prov_alloc *alloc,
                                    struct provi_curl_sockets *sockets,
                                    const struct provi_curl_question *question,
                                    struct prov_error *err)
{
    (void)alloc, (void)sockets, (void)question;
    *out = NULL;
    return fail(err);
}

void provi_curl_resolver_free(struct provi_curl_resolver *resolver)
{
    (void)resolver;
}

void provi_curl_resolver_turn(struct provi_curl_resolver *resolver,
                              const struct provi_curl_ready *ready, size_t n_ready)
{
    (void)resolver, (void)ready, (void)n_ready;
}

int64_t provi_curl_resolver_timeout_ms(const struct provi_curl_resolver *resolver)
{
    (void)resolver;
    return 0;
}

bool provi_curl_resolver_is_answered(const struct provi_curl_resolver *resolver)
{
    (void)resolver;
    return true;
}

prov_status provi_curl_resolver_result(const struct provi_curl_resolver *resolver,
                                       const char *subject, const char *servers,
                                       struct prov_error *err)
{
    (void)resolver, (void)subject, (void)servers;
    return fail(err);
}

size_t provi_curl_resolver_servers(union provi_curl_address *servers)
{
    (void)servers;
    return 0;
}
