/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/permit.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/fetcher.h"

#define LIST "Restricted_Access_Domains"

enum {
    MAX_PROXY_BYTES = 300
}; /* a proxy as written by proxy.c: a name of 255 bytes, brackets, port */

/* Sets the message if the host set none. */
static prov_status accept_status(prov_status status, const char *callback, const char *what,
                                 prov_str subject, struct prov_error *err)
{
    if (status == PROV_OK)
        return PROV_OK;
    if (status == PROV_E_POLICY && err && err->status != status)
        provi_fail(err, status, "the host does not allow this %s", what);
    return provi_host_answer(status, callback, subject, err);
}

prov_status provi_permit(struct provi_env *env, const char *what, prov_str host, prov_str url,
                         struct prov_error *err)
{
    struct provi_buffer list;
    provi_buffer_init(&list, env->limits.max_value_bytes, false);
    prov_status status = provi_param_read(&env->params, PROVI_LIT(LIST), &env->alloc, &list);
    if (status != PROV_OK)
        provi_param_fail(&env->params, PROVI_LIT(LIST), status, err);
    else if (!provi_server_is_listed(provi_buffer_str(&list), host))
        status =
            provi_fail(err, PROV_E_POLICY, "%s is not among " LIST ": %.*s", what, PROVI_STR(host));
    provi_buffer_free(&list, &env->alloc);
    if (status != PROV_OK || !env->host.check_url)
        return status;
    return accept_status(env->host.check_url(env->host.ctx, url, err), "check_url", what, host,
                         err);
}

prov_status provi_permit_proxy(struct provi_env *env, prov_str proxy, struct prov_error *err)
{
    char url[sizeof "http:///" + MAX_PROXY_BYTES];
    struct provi_url parts;
    struct provi_url_fault fault;
    if (proxy.len == 0)
        return PROV_OK;
    if (proxy.len > MAX_PROXY_BYTES || !provi_url_split(proxy, false, &parts, &fault))
        return provi_fail(err, PROV_E_VALUE, "expected host:port of a proxy");
    snprintf(url, sizeof url, "http://%.*s/", (int)proxy.len, proxy.data);
    return provi_permit(env, "proxy", parts.host, prov_str_from(url), err);
}

prov_status provi_permit_address(struct provi_env *env, prov_str address, uint16_t port,
                                 enum prov_purpose purpose, struct prov_error *err)
{
    const struct prov_host *host = &env->host;
    if (!host->check_address)
        return PROV_OK;
    char subject[64];
    bool is_ipv6 = provi_str_find(address, ':') < address.len;
    snprintf(subject, sizeof subject, is_ipv6 ? "[%.*s]:%u" : "%.*s:%u", PROVI_STR(address),
             (unsigned)port);
    return accept_status(host->check_address(host->ctx, address, port, purpose, err),
                         "check_address", "address", prov_str_from(subject), err);
}
