/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "curl_rig.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "transfer/transfer.h"

#define PATIENCE_MS 60000
#define MAX_FDS 64

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void curl_rig_open(struct curl_rig *rig, const struct prov_curl_options *options)
{
    *rig = (struct curl_rig){.request = {.size = sizeof rig->request}};
    rig->n_descriptors = count_descriptors();
    struct prov_error err = {0};
    if (prov_curl_new(&rig->curl, options, &err) != PROV_OK)
        test_die("prov_curl_new: %s", err.message);
    rig->transport = prov_curl_transport(rig->curl);
    if (provi_limits_resolve(&rig->limits, NULL, NULL) != PROV_OK)
        test_die("no limits");
    rig->request.limits = &rig->limits;
}

void curl_rig_close(struct curl_rig *rig)
{
    provi_transfer_free(rig->transfer);
    prov_curl_free(rig->curl);
    for (size_t i = 0; i < rig->n_http; i++)
        http_server_close(&rig->http[i]);
    if (rig->has_datagram)
        datagram_server_close(&rig->datagram);
    if (rig->n_descriptors && count_descriptors() > rig->n_descriptors)
        test_die("%s: %zu descriptors open, %zu before", rig->url, count_descriptors(),
                 rig->n_descriptors);
}

struct http_server *curl_rig_http(struct curl_rig *rig, const struct reply *replies,
                                  size_t n_replies)
{
    struct http_server *server = &rig->http[rig->n_http++];
    http_server_open(server, replies, n_replies);
    return server;
}

struct datagram_server *
curl_rig_datagram(struct curl_rig *rig,
                  void (*answer)(struct datagram_server *, const uint8_t *, size_t), void *ctx)
{
    rig->has_datagram = true;
    datagram_server_open(&rig->datagram, answer, ctx);
    return &rig->datagram;
}

static void keep(char *to, size_t cap, prov_str text)
{
    if (!provi_str_is_sound(text))
        test_die("a length of %zu without bytes", text.len);
    snprintf(to, cap, "%.*s", (int)text.len, text.data ? text.data : "");
}

static prov_status on_address(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                              struct prov_error *err)
{
    struct curl_rig *rig = ctx;
    char ip[64], line[96];
    keep(ip, sizeof ip, server_ip);
    snprintf(line, sizeof line, "%u %s:%u\n", (unsigned)peer, ip, (unsigned)port);
    strncat(rig->addresses, line, sizeof rig->addresses - strlen(rig->addresses) - 1);
    if (!rig->refused_ip || strcmp(rig->refused_ip, ip) != 0)
        return PROV_OK;
    return provi_fail(err, PROV_E_POLICY, "%s is not for us", ip);
}

static void on_connected(void *ctx, const struct prov_connection *connection)
{
    struct curl_rig *rig = ctx;
    rig->n_connections++;
    rig->connection = *connection;
    keep(rig->tls_version, sizeof rig->tls_version, connection->tls_version);
    keep(rig->cert_subject, sizeof rig->cert_subject, connection->cert_subject);
    keep(rig->cert_names, sizeof rig->cert_names, connection->cert_names);
}

static void on_head(void *ctx, const struct prov_response *response)
{
    struct curl_rig *rig = ctx;
    rig->n_heads++;
    rig->head = *response;
    keep(rig->etag, sizeof rig->etag, response->etag);
    keep(rig->encoding, sizeof rig->encoding, response->content_encoding);
    keep(rig->content_type, sizeof rig->content_type, response->content_type);
    keep(rig->server_ip, sizeof rig->server_ip, response->server_ip);
    keep(rig->final_url, sizeof rig->final_url, response->url);
}

static prov_status on_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)err;
    struct curl_rig *rig = ctx;
    if (rig->frees_at_data) {
        provi_transfer_free(rig->transfer);
        rig->transfer = NULL;
        return PROV_OK;
    }
    if (len >= sizeof rig->body - rig->body_len)
        test_die("more than %zu bytes", sizeof rig->body);
    memcpy(rig->body + rig->body_len, data, len);
    rig->body_len += len;
    return PROV_OK;
}

static void on_done(void *ctx, prov_status status, const struct prov_error *err)
{
    struct curl_rig *rig = ctx;
    if (rig->is_done)
        test_die("a second end");
    rig->is_done = true;
    rig->status = status;
    rig->err = *err;
}

void curl_rig_start_at(struct curl_rig *rig, const char *scheme, const char *host, uint16_t port,
                       const char *path)
{
    provi_transfer_free(rig->transfer);
    rig->transfer = NULL;
    snprintf(rig->url, sizeof rig->url, "%s://%s:%u%s", scheme, host, (unsigned)port, path);
    rig->request.url = prov_str_from(rig->url);
    rig->request.scheme = prov_str_from(scheme);
    rig->request.host = prov_str_from(host);
    rig->request.path = prov_str_from(path);
    rig->request.port = port;
    rig->is_done = false;
    rig->body_len = 0;
    rig->addresses[0] = '\0';
    memset(rig->body, 0, sizeof rig->body);
    const struct provi_transfer_handler handler = {
        .address = on_address,
        .connected = on_connected,
        .head = on_head,
        .data = on_data,
        .done = on_done,
        .ctx = rig,
    };
    struct prov_error err = {0};
    prov_status status =
        provi_transfer_start(&rig->transfer, NULL, rig->transport, &rig->request, &handler, &err);
    if (status != PROV_OK)
        on_done(rig, status, &err);
}

void curl_rig_start(struct curl_rig *rig, const char *scheme, uint16_t port, const char *path)
{
    curl_rig_start_at(rig, scheme, "127.0.0.1", port, path);
}

static size_t list_own_fds(const struct curl_rig *rig, struct pollfd *fds)
{
    size_t n = 0;
    for (size_t i = 0; i < rig->n_http; i++) {
        fds[n++] = (struct pollfd){.fd = rig->http[i].listener, .events = POLLIN};
        for (size_t j = 0; j < sizeof rig->http[i].connections / sizeof rig->http[i].connections[0];
             j++)
            if (!rig->http[i].connections[j].is_stalled)
                fds[n++] = (struct pollfd){
                    .fd = rig->http[i].connections[j].fd,
                    .events = rig->http[i].connections[j].reply ? POLLOUT : POLLIN,
                };
    }
    if (rig->has_datagram)
        fds[n++] = (struct pollfd){.fd = rig->datagram.fd, .events = POLLIN};
    if (rig->list_more_fds)
        n += rig->list_more_fds(rig->more, fds + n);
    return n;
}

static size_t list_fds(const struct curl_rig *rig, struct pollfd *fds)
{
    struct prov_pollfd wanted[16];
    size_t n = list_own_fds(rig, fds);
    size_t n_wanted = rig->transport->pollfds(rig->transport->ctx, wanted, 16);
    for (size_t i = 0; i < n_wanted && i < 16; i++) {
        short in = wanted[i].events & PROV_POLL_IN ? POLLIN : 0;
        short out = wanted[i].events & PROV_POLL_OUT ? POLLOUT : 0;
        fds[n++] = (struct pollfd){.fd = wanted[i].fd, .events = (short)(in | out)};
    }
    return n;
}

void curl_rig_turn(struct curl_rig *rig, int64_t max_ms)
{
    struct pollfd fds[MAX_FDS];
    size_t n = list_fds(rig, fds);
    int64_t wait_ms = rig->transport->timeout_ms(rig->transport->ctx);
    if (wait_ms < 0 || wait_ms > max_ms)
        wait_ms = max_ms;
    if (poll(fds, (nfds_t)n, (int)wait_ms) == 0)
        rig->waited_ms += wait_ms;
    for (size_t i = 0; i < rig->n_http; i++)
        http_server_step(&rig->http[i]);
    if (rig->has_datagram)
        datagram_server_step(&rig->datagram);
    if (rig->step)
        rig->step(rig->more);
    struct prov_error err = {0};
    if (rig->transport->process(rig->transport->ctx, &err) != PROV_OK)
        test_die("process: %s", err.message);
}

void curl_rig_finish(struct curl_rig *rig)
{
    int64_t end_ms = now_ms() + PATIENCE_MS;
    while (!rig->is_done) {
        int64_t left_ms = end_ms - now_ms();
        if (left_ms <= 0)
            test_die("%s: not done after %d ms", rig->url, PATIENCE_MS);
        curl_rig_turn(rig, left_ms);
    }
}

void curl_rig_get(struct curl_rig *rig, const char *scheme, uint16_t port, const char *path)
{
    curl_rig_start(rig, scheme, port, path);
    curl_rig_finish(rig);
}
