/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/request.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "env/param.h"
#include "fetch/fetcher.h"

enum { MAX_URL = 8192, MAX_USER_AGENT = 512, MAX_IKM = 1024 };

static prov_status write_url(struct provi_request *request, struct provi_env *env,
                             const struct provi_url *url, struct prov_error *err)
{
    struct provi_text out = {.buffer = &request->url, .alloc = &env->alloc};
    provi_url_write(&out, url);
    prov_status status = provi_text_end(&out, NULL);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "URL of %zu bytes, at most %d", out.len, MAX_URL);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}

/* The body of --post x: the value of GPP_X, expanded. */
static prov_status make_body(struct provi_request *request, struct provi_env *env, char letter,
                             struct prov_error *err)
{
    char name[] = "GPP_?";
    name[4] = (char)(letter - 'a' + 'A');
    prov_status status = provi_expand_param(env, prov_str_from(name), NULL, 0, &request->body, err);
    request->request.method = PROV_METHOD_POST;
    request->request.body = provi_buffer_str(&request->body);
    request->request.content_type = PROVI_LIT("text/plain");
    return status;
}

static const char *const user_agents[] = {
    [PROV_USER_AGENT_MAC] = "$VERSION ($MA)",
    [PROV_USER_AGENT_SERIAL] = "$VERSION ($SN)",
};

static prov_status read_user_agent(struct provi_env *env, struct provi_buffer *out,
                                   struct prov_error *err)
{
    prov_str name = PROVI_LIT("HTTP_User_Agent_Name");
    prov_str shape = prov_str_from(user_agents[env->options.user_agent]);
    prov_status status = provi_param_is_stored(&env->params, name)
                             ? provi_expand_param(env, name, NULL, 0, out, err)
                             : provi_expand(env, shape, 0, out, err);
    provi_buffer_flatten(out); /* RFC 9110, section 5.5 */
    return status;
}

static prov_status add_http(struct provi_request *request, struct provi_env *env,
                            const struct prov_rule_target *target, struct prov_error *err)
{
    prov_status status = read_user_agent(env, &request->user_agent, err);
    if (status != PROV_OK)
        return status;
    request->request.user_agent = provi_buffer_str(&request->user_agent);
    request->request.source_ip = provi_secret_str(&env->source_ip);
    request->request.headers = env->headers.list;
    request->request.n_headers = env->headers.n;

    status = provi_param_read_all(env, "IKM_HTTP_Encrypt_Content", &request->ikm, err);
    if (status != PROV_OK)
        return status;
    if (request->ikm.len)
        request->request.accept_encoding = PROVI_LIT("aes128gcm");

    status = provi_proxy_read(&request->proxy, env, request->job, err);
    if (status != PROV_OK)
        return status;
    request->request.proxy = provi_buffer_str(&request->proxy.server);
    request->request.proxy_uid = provi_buffer_str(&request->proxy.uid);
    request->request.proxy_pwd = provi_buffer_str(&request->proxy.pwd);

    return target->post ? make_body(request, env, target->post, err) : PROV_OK;
}

/*
 * A service name for a host, as made from the domain of a lease: the host becomes the domain, and
 * only its SRV records are used.
 */
static bool cut_service(struct prov_rule_target *target)
{
    const prov_str name = prov_str_from(
        provi_str_is(target->scheme, "https") ? "_ciscoprov-https._tls." : "_ciscoprov-http._tcp.");
    if (!provi_url_is_http(target->scheme) || !provi_str_starts(target->host, name))
        return false;
    target->host = provi_str_from_offset(target->host, name.len);
    return target->host.len > 0;
}

/* Rounded up; 0 means that the network has not changed. */
static uint32_t network_age_s(const struct provi_env *env)
{
    int64_t age_s = env->link_ms < 0 ? 0 : 1 + (provi_env_now_ms(env) - env->link_ms) / 1000;
    return (uint32_t)(age_s < INT32_MAX ? age_s : INT32_MAX);
}

prov_status provi_request_make(struct provi_request *request, struct provi_env *env,
                               const struct prov_rule_target *target, prov_str server,
                               struct prov_error *err)
{
    provi_buffer_init(&request->url, MAX_URL, false);
    provi_buffer_init(&request->user_agent, MAX_USER_AGENT, false);
    provi_buffer_init(&request->body, env->limits.max_value_bytes, true);
    provi_buffer_init(&request->ikm, MAX_IKM, true);
    provi_proxy_init(&request->proxy);
    request->identity = env->identity;
    provi_share(request->identity);

    struct prov_rule_target resolved = {.size = sizeof resolved};
    prov_status status = prov_rule_target_resolve(target, server, &resolved, err);
    if (status != PROV_OK)
        return status;
    bool is_service = cut_service(&resolved);
    const struct provi_url url = {
        .scheme = resolved.scheme,
        .host = resolved.host,
        .port = resolved.port,
        .path = resolved.path,
    };
    status = write_url(request, env, &url, err);
    if (status != PROV_OK)
        return status;
    request->request = (struct prov_request){
        .size = sizeof request->request,
        .url = provi_buffer_str(&request->url),
        .scheme = url.scheme,
        .host = url.host,
        .path = url.path,
        .port = url.port,
        .srv = is_service ? PROV_SRV_ONLY : target->srv,
        .keep_slash = !env->options.tftp_drops_slash,
        .uid = target->uid,
        .pwd = target->pwd,
        .identity = request->identity,
        .entropy = target->srv || is_service ? provi_env_entropy(env) : 0,
        .network_age_s = network_age_s(env),
        .limits = &env->limits,
    };

    return provi_url_is_http(url.scheme) ? add_http(request, env, target, err) : PROV_OK;
}

void provi_request_free(struct provi_request *request, struct provi_env *env)
{
    provi_buffer_free(&request->url, &env->alloc);
    provi_buffer_free(&request->user_agent, &env->alloc);
    provi_buffer_free(&request->body, &env->alloc);
    provi_buffer_free(&request->ikm, &env->alloc);
    provi_proxy_free(&request->proxy, &env->alloc);
    provi_unshare(request->identity);
}
