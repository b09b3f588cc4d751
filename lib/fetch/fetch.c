/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/fetch.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "env/env.h"
#include "env/param.h"
#include "fetch/fetcher.h"
#include "fetch/permit.h"
#include "macro/vars.h"
#include "transfer/transfer.h"

enum { MAX_SHOWN_BYTES = 128 }; /* of a header field */

static void copy_server_ip(struct provi_fetch *fetch, prov_str ip)
{
    if (ip.len && ip.len < sizeof fetch->server_ip) {
        memcpy(fetch->server_ip, ip.data, ip.len);
        fetch->server_ip[ip.len] = '\0';
        if (fetch->request.request.proxy.len == 0) /* else it is the proxy's */
            provi_macro_vars_set_server_ip(fetch->fetcher->env->macro_vars,
                                           prov_str_from(fetch->server_ip));
    }
}

const struct prov_progress *provi_fetch_progress(struct provi_fetch *fetch)
{
    fetch->shown = (struct prov_progress){
        .size = sizeof fetch->shown,
        .bytes = fetch->n_bytes,
        .total = fetch->total,
        .fetch = fetch->extra ? fetch->extra->id : 0,
        .rule = fetch->rule_name,
        .url = provi_buffer_str(&fetch->shown_url),
        .server_ip = prov_str_from(fetch->server_ip),
    };
    return &fetch->shown;
}

static void report(struct provi_fetch *fetch, enum prov_event_type type)
{
    provi_env_event(fetch->fetcher->env, (struct prov_event){
                                             .type = type,
                                             .job = fetch->request.job,
                                             .as.progress = provi_fetch_progress(fetch),
                                         });
}

/* The request message names the server's address, so it waits until that is known. */
static void announce(struct provi_fetch *fetch)
{
    if (fetch->is_announced)
        return;
    fetch->is_announced = true;
    provi_log_request(fetch->fetcher, fetch->request.job, fetch->messages);
    report(fetch, PROV_EVENT_REQUEST);
}

/* Progress is reported with the first and the last bytes, and a few times a second in between. */
#define PROGRESS_MS 250

static void report_progress(struct provi_fetch *fetch)
{
    fetch->n_reported = fetch->n_bytes;
    fetch->reported_ms = provi_env_now_ms(fetch->fetcher->env);
    report(fetch, PROV_EVENT_PROGRESS);
}

const struct prov_limits *provi_fetch_limits(const struct provi_fetch *fetch)
{
    return fetch->extra ? &fetch->extra->limits : &fetch->fetcher->env->limits;
}

const char *provi_fetch_time_name(const struct provi_fetch *fetch)
{
    return fetch->extra && fetch->extra->is_of_host ? "timeout_ms" : "resync_timeout_ms";
}

/* Start the time of a transfer that waited in a queue. */
static void begin_time(struct provi_fetch *fetch)
{
    if (fetch->deadline_ms < 0)
        fetch->deadline_ms =
            provi_env_now_ms(fetch->fetcher->env) + provi_fetch_limits(fetch)->total_timeout_ms;
}

static int64_t deadline_ms(const struct provi_fetch *fetch)
{
    int64_t of_job_ms = fetch->start_ms + fetch->left_ms;
    bool is_first = fetch->deadline_ms >= 0 && fetch->deadline_ms < of_job_ms;
    return is_first ? fetch->deadline_ms : of_job_ms;
}

static bool is_running(const struct provi_fetch *fetch)
{
    return fetch->transfer && !fetch->is_ended;
}

int64_t provi_fetch_timeout_ms(const struct provi_fetch *fetch)
{
    if (fetch->is_link_lost && !fetch->is_ended)
        return 0;
    return is_running(fetch) ? provi_env_left_ms(fetch->fetcher->env, deadline_ms(fetch)) : -1;
}

int64_t provi_fetch_spent_ms(const struct provi_fetch *fetch)
{
    if (!fetch->is_started)
        return 0;
    int64_t end_ms = fetch->is_ended ? fetch->end_ms : provi_env_now_ms(fetch->fetcher->env);
    return end_ms - fetch->start_ms;
}

static void end(struct provi_fetch *fetch, prov_status status)
{
    fetch->is_ended = true;
    fetch->end_ms = provi_env_now_ms(fetch->fetcher->env);
    fetch->status = status;
    announce(fetch);
}

static prov_status fail_lost_link(const struct provi_fetch *fetch, struct prov_error *err)
{
    provi_fail(err, PROV_E_NETWORK, "the network link was lost, after %llu bytes",
               (unsigned long long)fetch->n_bytes);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return PROV_E_NETWORK;
}

void provi_fetch_check_time(struct provi_fetch *fetch)
{
    if (provi_fetch_timeout_ms(fetch) != 0)
        return;
    const struct prov_limits *limits = provi_fetch_limits(fetch);
    bool is_of_job =
        (fetch->extra && fetch->extra->is_of_host) || deadline_ms(fetch) != fetch->deadline_ms;
    provi_fetch_cancel(fetch);
    prov_status status = fetch->is_link_lost ? PROV_E_NETWORK : PROV_E_TIMEOUT;
    if (fetch->is_link_lost)
        fail_lost_link(fetch, &fetch->error);
    else if (is_of_job)
        provi_fail(&fetch->error, PROV_E_TIMEOUT,
                   "not finished when %s (%u ms) was over, after %llu bytes",
                   provi_fetch_time_name(fetch), (unsigned)limits->resync_timeout_ms,
                   (unsigned long long)fetch->n_bytes);
    else
        provi_fail(&fetch->error, PROV_E_TIMEOUT,
                   "not finished within total_timeout_ms (%u ms), after %llu bytes",
                   (unsigned)limits->total_timeout_ms, (unsigned long long)fetch->n_bytes);
    provi_error_flags(&fetch->error, PROV_ERROR_RETRYABLE);
    fetch->is_not_modified = false;
    end(fetch, status);
}

void provi_fetch_lose_link(struct provi_fetch *fetch)
{
    if (!fetch->fetcher || fetch->is_ended)
        return;
    fetch->is_link_lost = true;
    provi_fetch_cancel(fetch);
}

static bool is_raw(const struct provi_fetch *fetch)
{
    return fetch->extra && fetch->extra->is_raw;
}

static prov_status open_decoder(struct provi_fetch *fetch, prov_str content_encoding,
                                bool is_trusted, struct prov_error *err)
{
    struct provi_env *env = fetch->fetcher->env;
    if (is_raw(fetch))
        return PROV_OK;
    const struct prov_decode_options options = {
        .size = sizeof options,
        .alloc = &env->alloc,
        .limits = provi_fetch_limits(fetch),
        .key = fetch->key,
        .has_key = fetch->has_key,
        .ikm = provi_buffer_str(&fetch->request.ikm),
        .content_encoding = content_encoding,
        .is_trusted = is_trusted,
        .derivations = env->options.derivations,
        .policy = env->options.decode_policy,
    };
    return prov_decoder_new(&fetch->decoder, &options, fetch->next, err);
}

/* Record that the content caused the failure: all such failures have one log message. */
static prov_status check_content(struct provi_fetch *fetch, prov_status status)
{
    if (status != PROV_OK)
        fetch->is_content_bad = true;
    return status;
}

static prov_status on_address(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                              struct prov_error *err)
{
    struct provi_fetch *fetch = ctx;
    struct provi_env *env = fetch->fetcher->env;
    provi_env_enter(env);
    prov_status status =
        provi_permit_address(env, server_ip, port,
                             peer == PROV_PEER_PROXY ? PROV_PURPOSE_PROXY : PROV_PURPOSE_FILE, err);
    if (status == PROV_OK) {
        begin_time(fetch);
        copy_server_ip(fetch, server_ip);
        announce(fetch);
    }
    provi_env_leave(env);
    return status;
}

static bool is_same_origin(const struct prov_request *request, const struct provi_url *url)
{
    uint16_t port = url->port ? url->port : provi_url_default_port(url->scheme);
    return provi_str_eq_nocase(url->scheme, request->scheme) &&
           provi_str_eq_nocase(url->host, request->host) && port == request->port;
}

/* Moves @p shown. */
static void set_hop(struct provi_fetch *fetch, const struct provi_buffer *shown)
{
    provi_buffer_free(&fetch->hop, &fetch->fetcher->env->alloc);
    fetch->hop = *shown;
    fetch->n_hops++;
}

void provi_fetch_name_hops(const struct provi_fetch *fetch, struct prov_error *err)
{
    prov_str hop = provi_buffer_str(&fetch->hop);
    if (fetch->n_hops == 1)
        provi_error_append(err, ", after a redirect to %.*s", PROVI_STR(hop));
    else if (fetch->n_hops > 1)
        provi_error_append(err, ", after %u redirects, the last to %.*s", fetch->n_hops,
                           PROVI_STR(hop));
}

/* The permissions are checked as for the first server. */
static prov_status accept_redirect(struct provi_fetch *fetch, prov_str url, struct prov_error *err)
{
    struct provi_env *env = fetch->fetcher->env;
    struct provi_url parts;
    struct provi_url_fault fault;
    if (!provi_url_split(url, false, &parts, &fault))
        return provi_fail(err, PROV_E_REDIRECT, "redirect: expected %s", fault.expected);
    fetch->is_elsewhere = !is_same_origin(&fetch->request.request, &parts);
    if (fetch->is_elsewhere && fetch->extra && fetch->extra->is_confined)
        return provi_fail(err, PROV_E_REDIRECT,
                          "redirect: expected the same server, found '%.*s://%.*s'",
                          PROVI_STR(parts.scheme), PROVI_STR(parts.host));
    struct provi_buffer shown;
    provi_buffer_init(&shown, env->limits.max_rule_bytes, false);
    prov_status status = provi_redact(env, (prov_str){NULL, 0}, url, &shown, err);
    if (status == PROV_OK)
        status = provi_permit(env, "server", parts.host, provi_buffer_str(&shown), err);
    if (status == PROV_OK)
        set_hop(fetch, &shown);
    else
        provi_buffer_free(&shown, &env->alloc);
    return status;
}

static prov_status on_redirect(void *ctx, prov_str url, struct prov_error *err)
{
    struct provi_env *env = ((struct provi_fetch *)ctx)->fetcher->env;
    provi_env_enter(env);
    prov_status status = accept_redirect(ctx, url, err);
    provi_env_leave(env);
    return status;
}

static void forget_connection(struct provi_fetch *fetch)
{
    if (fetch->connection)
        provi_free(&fetch->fetcher->env->alloc, fetch->connection, fetch->connection->size);
    fetch->connection = NULL;
}

/* For display only: left out if there is no memory. */
static void copy_connection(struct provi_fetch *fetch, const struct prov_connection *given)
{
    size_t size = sizeof *fetch->connection + given->tls_version.len + given->cert_subject.len +
                  given->cert_names.len;
    forget_connection(fetch);
    struct provi_connection *copy = provi_alloc(&fetch->fetcher->env->alloc, size);
    if (!copy)
        return;
    *copy = (struct provi_connection){.facts = *given, .size = size};
    prov_str *const texts[] = {&copy->facts.tls_version, &copy->facts.cert_subject,
                               &copy->facts.cert_names};
    char *at = (char *)(copy + 1);
    for (size_t i = 0; i < PROVI_LEN(texts); at += texts[i]->len, i++)
        *texts[i] = (prov_str){memcpy(at, texts[i]->len ? texts[i]->data : "", texts[i]->len),
                               texts[i]->len};
    fetch->connection = copy;
}

static void on_connected(void *ctx, const struct prov_connection *connection)
{
    copy_connection(ctx, connection);
}

static int64_t ms_since_start(const struct provi_fetch *fetch)
{
    return provi_env_now_ms(fetch->fetcher->env) - fetch->start_ms;
}

void provi_fetch_record_commit(struct provi_fetch *fetch)
{
    fetch->delivery.commit_ms = ms_since_start(fetch);
}

const struct prov_delivery *provi_fetch_delivery(struct provi_fetch *fetch)
{
    if (!fetch->is_started)
        return NULL;
    fetch->delivery.content_type = provi_buffer_str(&fetch->content_type);
    fetch->delivery.coding = provi_buffer_str(&fetch->coding);
    fetch->delivery.etag = provi_buffer_str(fetch->is_not_modified ? &fetch->asked : &fetch->etag);
    return &fetch->delivery;
}

/* Copy a server's text for display. It is left out if it is not printable or there is no memory. */
static void copy_printable(struct provi_fetch *fetch, struct provi_buffer *out, prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return;
    if (text.len > 0)
        provi_buffer_add(out, &fetch->fetcher->env->alloc, text.data, text.len);
}

/* RFC 9110, section 8.8.3: without blanks and control characters, which must not be sent in a
 * request. */
static bool is_etag(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= 0x20 || text.data[i] == 0x7f)
            return false;
    return true;
}

/* An ETag is valid for the requested URL only. Without memory it is left out. */
static void copy_etag(struct provi_fetch *fetch, const struct prov_response *response)
{
    if (response->url.len == 0 && is_etag(response->etag))
        provi_buffer_add(&fetch->etag, &fetch->fetcher->env->alloc, response->etag.data,
                         response->etag.len);
}

static void warn(struct provi_fetch *fetch, enum prov_profile_warning kind, prov_str name)
{
    const struct prov_warning warning = {
        .size = sizeof warning,
        .kind = kind,
        .rule = fetch->rule_name,
        .name = name,
    };
    provi_env_event(fetch->fetcher->env, (struct prov_event){
                                             .type = PROV_EVENT_WARNING,
                                             .job = fetch->request.job,
                                             .as.warning = &warning,
                                         });
}

/* The server's text may be long or unprintable: only the header's name is reported. */
static void warn_of_coding(struct provi_fetch *fetch)
{
    struct prov_decode_result result;
    provi_fetch_decoded(fetch, &result);
    if (result.warnings & PROV_DECODE_WARN_UNKNOWN_CODING)
        warn(fetch, PROV_WARN_CONTENT_CODING, PROVI_LIT("Content-Encoding"));
}

static void accept_head(struct provi_fetch *fetch, const struct prov_response *response)
{
    begin_time(fetch);
    copy_server_ip(fetch, response->server_ip);
    announce(fetch);
    fetch->code = response->code;
    fetch->total = response->length;
    fetch->retry_after_s = response->retry_after_s;
    copy_printable(fetch, &fetch->content_type, response->content_type);
    copy_printable(fetch, &fetch->coding, response->content_encoding);
    if (response->has_shown_password && response->code < 400)
        warn(fetch, PROV_WARN_PLAIN_PASSWORD, PROVI_LIT("Basic"));
    fetch->is_not_modified = response->code == 304 && fetch->request.request.if_none_match.len > 0;
    if (fetch->is_not_modified)
        return;
    copy_etag(fetch, response);
    fetch->offset = response->offset;
    if (fetch->offset && fetch->offset != fetch->request.request.offset) {
        fetch->status = provi_fail(&fetch->error, PROV_E_NETWORK,
                                   "expected the file from byte %llu, found it from byte %llu",
                                   (unsigned long long)fetch->request.request.offset,
                                   (unsigned long long)fetch->offset);
        return;
    }
    fetch->status = check_content(fetch, open_decoder(fetch, response->content_encoding,
                                                      response->peer_verified, &fetch->error));
    if (fetch->status == PROV_OK)
        warn_of_coding(fetch);
}

static void on_head(void *ctx, const struct prov_response *response)
{
    struct provi_env *env = ((struct provi_fetch *)ctx)->fetcher->env;
    provi_env_enter(env);
    accept_head(ctx, response);
    provi_env_leave(env);
}

static prov_status accept_data(struct provi_fetch *fetch, const void *data, size_t len,
                               struct prov_error *err)
{
    if (fetch->status != PROV_OK) {
        provi_error_copy(err, &fetch->error);
        return fetch->status;
    }
    if (fetch->is_not_modified)
        return provi_fail(err, PROV_E_NETWORK, "a body behind \"not modified\"");
    fetch->n_bytes += len;
    fetch->delivery.last_byte_ms = ms_since_start(fetch);
    if (fetch->delivery.first_byte_ms < 0)
        fetch->delivery.first_byte_ms = fetch->delivery.last_byte_ms;
    if (fetch->n_reported == 0 ||
        fetch->delivery.last_byte_ms + fetch->start_ms - fetch->reported_ms >= PROGRESS_MS)
        report_progress(fetch);
    return check_content(fetch, is_raw(fetch) ? fetch->next.write(fetch->next.ctx, data, len, err)
                                              : prov_decoder_write(fetch->decoder, data, len, err));
}

static prov_status on_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_env *env = ((struct provi_fetch *)ctx)->fetcher->env;
    provi_env_enter(env);
    prov_status status = accept_data(ctx, data, len, err);
    provi_env_leave(env);
    return status;
}

static void accept_end(struct provi_fetch *fetch, prov_status status, const struct prov_error *err)
{
    if (fetch->n_bytes > fetch->n_reported)
        report_progress(fetch);
    end(fetch, status);
    provi_error_copy(&fetch->error, err);
    fetch->is_not_modified &= status == PROV_OK;
    if (fetch->is_not_modified)
        return;
    if (status == PROV_OK && !fetch->decoder) /* an empty body has no file header */
        fetch->status = open_decoder(fetch, PROVI_LIT(""), false, &fetch->error);
    if (fetch->status == PROV_OK)
        fetch->status = check_content(
            fetch, is_raw(fetch) ? fetch->next.finish(fetch->next.ctx, &fetch->error)
                                 : prov_decoder_finish(fetch->decoder, &fetch->error));
}

static void on_done(void *ctx, prov_status status, const struct prov_error *err)
{
    struct provi_env *env = ((struct provi_fetch *)ctx)->fetcher->env;
    provi_env_enter(env);
    accept_end(ctx, status, err);
    provi_env_wake(env);
    provi_env_leave(env);
}

static prov_status set_if_none_match(struct provi_fetch *fetch, prov_str etag,
                                     struct prov_error *err)
{
    prov_status status =
        provi_buffer_add(&fetch->asked, &fetch->fetcher->env->alloc, etag.data, etag.len);
    fetch->request.request.if_none_match = provi_buffer_str(&fetch->asked);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}

/* Make the request conditional: only a plain GET of HTTP can be answered by "not modified". */
static prov_status add_if_none_match(struct provi_fetch *fetch, struct prov_error *err)
{
    struct prov_request *request = &fetch->request.request;
    prov_status status =
        provi_validators_source(fetch->fetcher->records, request, &fetch->source, err);
    if (status != PROV_OK || request->method != PROV_METHOD_GET ||
        !provi_url_is_http(request->scheme))
        return status;
    prov_str etag =
        provi_validators_etag(fetch->fetcher->records, fetch->rule_number, &fetch->source);
    return set_if_none_match(fetch, etag, err);
}

/* Add the further options: a body, an offset, an ETag. */
static prov_status add_extra(struct provi_fetch *fetch, struct prov_error *err)
{
    const struct provi_fetch_extra *extra = fetch->extra;
    struct prov_request *request = &fetch->request.request;
    request->limits = &extra->limits;
    if (extra->is_http && !provi_url_is_http(request->scheme))
        return provi_fail(err, PROV_E_UNSUPPORTED, "expected http:// or https://, found %.*s://",
                          PROVI_STR(request->scheme));
    if (extra->is_raw && fetch->has_key && !extra->is_encoded)
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "--key: expected %s, the file is to stay as it is sent",
                          extra->is_of_host ? "PROV_FETCH_DECODE" : "none");
    if (extra->is_raw)
        request->accept_encoding = PROVI_LIT("");
    bool is_posted = request->method == PROV_METHOD_POST;
    bool has_body = extra->upload || extra->body.data;
    if (is_posted && extra->method != PROV_METHOD_POST)
        return provi_fail(err, PROV_E_UNSUPPORTED, "--post: expected PROV_METHOD_POST with it");
    if (is_posted && has_body)
        return provi_fail(err, PROV_E_UNSUPPORTED, "--post: expected no other body with it");
    if (extra->method == PROV_METHOD_POST && !is_posted && !has_body)
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "PROV_METHOD_POST: expected a body, or --post in the rule");
    request->method = extra->method;
    if (has_body) {
        request->body = extra->body;
        request->upload = extra->upload;
        request->content_type = extra->content_type;
        request->content_encoding = extra->content_encoding;
    }
    if (!provi_url_is_http(request->scheme))
        return PROV_OK;
    if (extra->headers) {
        request->headers = extra->headers->list;
        request->n_headers = extra->headers->n;
    }
    request->offset = extra->offset;
    request->if_range = extra->offset ? extra->etag : PROVI_LIT("");
    return extra->offset ? PROV_OK : set_if_none_match(fetch, extra->etag, err);
}

/* The path with secrets masked; only a path in a URL made by the agent may contain any. */
static prov_str shown_path(const struct provi_fetch *fetch)
{
    const struct prov_request *request = &fetch->request.request;
    return provi_str_from_offset(provi_buffer_str(&fetch->shown_url),
                                 request->url.len - request->path.len);
}

/* Credentials in the rule are never replaced, even if they are wrong. */
static prov_status add_login(struct provi_fetch *fetch, struct prov_error *err)
{
    struct prov_request *request = &fetch->request.request;
    if (fetch->has_own_login || !provi_url_is_http(request->scheme))
        return PROV_OK;
    if (fetch->uid.len || fetch->pwd.len) {
        request->uid = fetch->uid;
        request->pwd = fetch->pwd;
        fetch->has_own_login = true;
        return PROV_OK;
    }
    return provi_account_fill(fetch->fetcher, request, fetch->is_foreign, &fetch->login, err);
}

/* Permissions, credentials and further options of a request, and its macro variables. */
static prov_status prepare(struct provi_fetch *fetch, struct prov_error *err)
{
    struct provi_fetcher *fetcher = fetch->fetcher;
    const struct prov_request *request = &fetch->request.request;
    const prov_str before_path = {request->url.data, request->url.len - request->path.len};
    prov_status status =
        provi_redact(fetcher->env, before_path, request->path, &fetch->shown_url, err);
    if (status == PROV_OK)
        status = provi_permit(fetcher->env, "server", request->host,
                              provi_buffer_str(&fetch->shown_url), err);
    if (status == PROV_OK)
        status = provi_permit_proxy(fetcher->env, request->proxy, err);
    if (status == PROV_OK)
        status = add_login(fetch, err);
    if (status == PROV_OK)
        status = fetch->extra ? add_extra(fetch, err) : add_if_none_match(fetch, err);
    if (status == PROV_OK)
        provi_macro_vars_set_url(fetcher->env->macro_vars, request->scheme, request->host,
                                 request->port, shown_path(fetch));
    return status;
}

static prov_status send(struct provi_fetch *fetch, struct prov_error *err)
{
    struct provi_env *env = fetch->fetcher->env;
    const struct prov_request *request = &fetch->request.request;
    const struct prov_transport *transport =
        provi_transports_for(&env->transports, request->scheme);
    if (!transport)
        return provi_fail(err, PROV_E_UNSUPPORTED, "no transport for %.*s://%s",
                          PROVI_STR(request->scheme),
                          provi_str_is(request->scheme, "gds") && !fetch->fetcher->has_activation
                              ? ": expected prov_agent_enable_activation() before"
                              : "");
    bool is_ipv6 = provi_str_find(request->host, ':') < request->host.len;
    if (is_ipv6 || provi_host_numbers(request->host)) { /* the host is its address already */
        copy_server_ip(fetch, request->host);
        announce(fetch);
    }
    fetch->start_ms = provi_env_now_ms(env);
    fetch->deadline_ms = -1;
    if (!transport->queues)
        begin_time(fetch);
    if (env->is_freed || fetch->is_cancelled) /* cancelled in the event above */
        return PROV_E_CANCELLED;
    if (fetch->is_link_lost) /* in the event above */
        return fail_lost_link(fetch, err);
    const struct provi_transfer_handler handler = {
        .address = on_address,
        .connected = on_connected,
        .redirect = on_redirect,
        .head = on_head,
        .data = on_data,
        .done = on_done,
        .ctx = fetch,
    };
    prov_status status =
        provi_transfer_start(&fetch->transfer, &env->alloc, transport, request, &handler, err);
    fetch->is_started = status == PROV_OK;
    if (status != PROV_OK)
        announce(fetch);
    return status;
}

prov_status provi_fetch_start(struct provi_fetch *fetch, const struct prov_rule_target *target,
                              prov_str server, struct prov_error *err)
{
    fetch->has_own_login = target->has_uid || target->has_pwd;
    fetch->key = target->key;
    fetch->has_key = target->has_key;
    fetch->total = -1;
    fetch->retry_after_s = -1;
    provi_buffer_init(&fetch->asked, PROVI_MAX_ETAG, false);
    provi_buffer_init(&fetch->etag, PROVI_MAX_ETAG, false);
    provi_buffer_init(&fetch->content_type, MAX_SHOWN_BYTES, false);
    provi_buffer_init(&fetch->coding, MAX_SHOWN_BYTES, false);
    fetch->delivery = (struct prov_delivery){
        .size = sizeof fetch->delivery,
        .first_byte_ms = -1,
        .last_byte_ms = -1,
        .commit_ms = -1,
    };
    provi_buffer_init(&fetch->shown_url, fetch->fetcher->env->limits.max_rule_bytes, false);
    struct prov_rule_target aim = *target;
    if (fetch->extra && fetch->extra->path.len && target->path.len <= 1)
        aim.path = fetch->extra->path;
    prov_status status =
        provi_request_make(&fetch->request, fetch->fetcher->env, &aim, server, err);
    if (status == PROV_OK)
        status = prepare(fetch, err);
    return status == PROV_OK ? send(fetch, err) : status;
}

void provi_fetch_decoded(const struct provi_fetch *fetch, struct prov_decode_result *result)
{
    *result = (struct prov_decode_result){.size = sizeof *result};
    if (fetch->decoder)
        prov_decoder_result(fetch->decoder, result);
}

void provi_fetch_cancel(struct provi_fetch *fetch)
{
    provi_transfer_free(fetch->transfer);
    fetch->transfer = NULL;
}

void provi_fetch_free(struct provi_fetch *fetch)
{
    if (!fetch->fetcher)
        return;
    provi_fetch_cancel(fetch);
    prov_decoder_free(fetch->decoder);
    forget_connection(fetch);
    provi_buffer_free(&fetch->shown_url, &fetch->fetcher->env->alloc);
    provi_buffer_free(&fetch->hop, &fetch->fetcher->env->alloc);
    provi_buffer_free(&fetch->asked, &fetch->fetcher->env->alloc);
    provi_buffer_free(&fetch->etag, &fetch->fetcher->env->alloc);
    provi_buffer_free(&fetch->content_type, &fetch->fetcher->env->alloc);
    provi_buffer_free(&fetch->coding, &fetch->fetcher->env->alloc);
    static const prov_str nothing;
    provi_macro_vars_set_url(fetch->fetcher->env->macro_vars, nothing, nothing, 0, nothing);
    provi_request_free(&fetch->request, fetch->fetcher->env);
    provi_login_free(&fetch->login, fetch->fetcher->env);
    *fetch = (struct provi_fetch){0};
}
