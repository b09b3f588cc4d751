/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/proxy.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/fetcher.h"

#define MAX_TEXT 255
#define DEFAULT_PORT 3128

void provi_proxy_init(struct provi_proxy *proxy)
{
    provi_buffer_init(&proxy->server, MAX_TEXT, false);
    provi_buffer_init(&proxy->uid, MAX_TEXT, true);
    provi_buffer_init(&proxy->pwd, MAX_TEXT, true);
}

void provi_proxy_free(struct provi_proxy *proxy, const struct prov_alloc *alloc)
{
    provi_buffer_free(&proxy->server, alloc);
    provi_buffer_free(&proxy->uid, alloc);
    provi_buffer_free(&proxy->pwd, alloc);
}

/* `host` becomes `host:port`, an IPv6 address in brackets. */
static prov_status write_server(struct provi_env *env, struct provi_buffer *server,
                                struct prov_error *err)
{
    char line[MAX_TEXT + sizeof "[]:65535"];
    struct provi_url url = {.port = 0};
    prov_str text = provi_str_trim(provi_buffer_str(server));
    if (text.len == 0) {
        provi_buffer_reset(server);
        return PROV_OK;
    }
    prov_status status = provi_server_read(text, "Proxy_Host", "Proxy_Port", &url, err);
    if (status != PROV_OK)
        return status;
    uint32_t port = provi_param_unsigned(&env->params, "Proxy_Port");
    bool is_ipv6 = provi_str_find(url.host, ':') < url.host.len;
    int len = snprintf(line, sizeof line, is_ipv6 ? "[%.*s]:%u" : "%.*s:%u", PROVI_STR(url.host),
                       (unsigned)(port ? port : DEFAULT_PORT));
    provi_buffer_free(server, &env->alloc);
    provi_buffer_init(server, sizeof line, false);
    return provi_buffer_add(server, &env->alloc, line, (size_t)len) == PROV_OK
               ? PROV_OK
               : provi_fail_nomem(err);
}

static prov_status read_server(struct provi_proxy *proxy, struct provi_env *env,
                               struct prov_error *err)
{
    prov_status status = provi_param_read_all(env, "Proxy_Host", &proxy->server, err);
    return status == PROV_OK ? write_server(env, &proxy->server, err) : status;
}

static prov_status read_credentials(struct provi_proxy *proxy, struct provi_env *env,
                                    struct prov_error *err)
{
    if (!provi_param_bool(&env->params, "Proxy_Server_Requires_Authentication"))
        return PROV_OK;
    prov_status status = provi_param_read_all(env, "Proxy_Username", &proxy->uid, err);
    return status == PROV_OK ? provi_param_read_all(env, "Proxy_Password", &proxy->pwd, err)
                             : status;
}

static void warn(struct provi_env *env, uint32_t job)
{
    const struct prov_warning warning = {
        .size = sizeof warning,
        .kind = PROV_WARN_NO_PROXY,
        .name = PROVI_LIT("Proxy_Mode"),
    };
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_WARNING,
                             .job = job,
                             .as.warning = &warning,
                         });
}

prov_status provi_proxy_read(struct provi_proxy *proxy, struct provi_env *env, uint32_t job,
                             struct prov_error *err)
{
    prov_status status = provi_param_read_all(env, "Proxy_Mode", &proxy->server, err);
    prov_str mode = provi_str_trim(provi_buffer_str(&proxy->server));
    bool is_off = mode.len == 0 || provi_str_eq_nocase(mode, PROVI_LIT("Off"));
    bool is_manual = provi_str_eq_nocase(mode, PROVI_LIT("Manual"));
    provi_buffer_reset(&proxy->server);
    if (status != PROV_OK || is_off)
        return status;
    if (is_manual)
        status = read_server(proxy, env, err);
    if (status == PROV_OK && proxy->server.len == 0)
        warn(env, job);
    else if (status == PROV_OK)
        status = read_credentials(proxy, env, err);
    return status;
}
