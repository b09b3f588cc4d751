/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * fetch [NAME=VALUE]... URL: one transfer through the built-in transport, for scripts.
 *
 * The body goes to standard output; what was heard, one `name value` a line, to standard error.
 * Names: uid, pwd, body, method, agent, accept, slash, bytes, connect, idle, total, redirects,
 * ca, pem, path, system, srv, entropy, dns, proxy, proxy_uid,
 * proxy_pwd, header, if_none_match, type,
 * rate; fails_at, longer, chunked, once and then upload, a file.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/transport_curl.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/url.h"
#include "transfer/transfer.h"

struct settings {
    struct prov_curl_options options;
    struct prov_limits limits;
    struct prov_request request;
    struct prov_header headers[4];
    struct prov_upload upload;
    FILE *file;
    uint32_t fails_at; /* byte at which the file cannot be read any more; 0: nowhere */
    uint32_t longer;   /* bytes that are announced and not there */
    bool is_chunked;   /* its length is not announced */
    bool is_once;      /* it cannot be read again */
};

struct outcome {
    bool is_done;
    prov_status status;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "fetch: %s\n", what);
    exit(2);
}

static prov_status on_address(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                              struct prov_error *err)
{
    (void)ctx;
    (void)port;
    (void)peer;
    (void)err;
    fprintf(stderr, "address %.*s\n", (int)server_ip.len, server_ip.data);
    return PROV_OK;
}

static void say(const char *name, prov_str value)
{
    if (value.len)
        fprintf(stderr, "%s %.*s\n", name, (int)value.len, value.data);
}

static void on_head(void *ctx, const struct prov_response *response)
{
    (void)ctx;
    fprintf(stderr, "code %d\nlength %lld\nretry_after %lld\nverified %u\n", (int)response->code,
            (long long)response->length, (long long)response->retry_after_s,
            response->peer_verified);
    say("server_ip", response->server_ip);
    say("url", response->url);
    say("content_encoding", response->content_encoding);
    say("etag", response->etag);
}

static prov_status on_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return fwrite(data, 1, len, stdout) == len ? PROV_OK : PROV_E_IO;
}

static void on_done(void *ctx, prov_status status, const struct prov_error *err)
{
    struct outcome *outcome = ctx;
    outcome->is_done = true;
    outcome->status = status;
    fprintf(stderr, "status %s\n", prov_status_name(status));
    if (status != PROV_OK)
        fprintf(stderr, "origin %u\nnative %lld\nreason %u\ndepth %u\nsubject %s\nmessage %s\n",
                (unsigned)err->origin, (long long)err->native, err->reason, err->depth,
                err->subject, err->message);
}

static prov_status read_file(void *ctx, void *buf, size_t cap, size_t *len, struct prov_error *err)
{
    struct settings *settings = ctx;
    if (settings->fails_at && (uint32_t)ftell(settings->file) >= settings->fails_at)
        return provi_fail(err, PROV_E_BUSY, "the disk is busy");
    *len = fread(buf, 1, cap, settings->file);
    return ferror(settings->file) ? PROV_E_IO : PROV_OK;
}

static prov_status rewind_file(void *ctx, struct prov_error *err)
{
    struct settings *settings = ctx;
    (void)err;
    fprintf(stderr, "rewound 1\n");
    return fseek(settings->file, 0, SEEK_SET) == 0 ? PROV_OK : PROV_E_IO;
}

/* The words are those of `upload`: a file, `chunked` (its length is not known), `once`. */
static void open_upload(const char *path, struct settings *settings)
{
    settings->file = fopen(path, "rb");
    if (!settings->file || fseek(settings->file, 0, SEEK_END) != 0)
        die(path);
    settings->upload = (struct prov_upload){
        .size = sizeof settings->upload,
        .ctx = settings,
        .length = ftell(settings->file) + settings->longer,
        .read = read_file,
        .rewind = settings->is_once ? NULL : rewind_file,
    };
    rewind(settings->file);
    if (settings->is_chunked)
        settings->upload.length = -1;
    settings->request.upload = &settings->upload;
}

static void set_number(const char *name, const char *value, struct settings *settings)
{
    const struct {
        const char *name;
        uint32_t *field;
    } numbers[] = {
        {"connect", &settings->limits.connect_timeout_ms},
        {"idle", &settings->limits.idle_timeout_ms},
        {"total", &settings->limits.total_timeout_ms},
        {"redirects", &settings->limits.max_redirects},
        {"entropy", &settings->request.entropy},
        {"rate", &settings->options.max_bytes_per_s},
        {"fails_at", &settings->fails_at},
        {"longer", &settings->longer},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *numbers[i].field = (uint32_t)strtoul(value, NULL, 10);
            return;
        }
    }
    die(name);
}

/* NAME:VALUE */
static void add_header(const char *text, struct settings *settings)
{
    struct prov_request *request = &settings->request;
    const char *colon = strchr(text, ':');
    if (!colon || request->n_headers == sizeof settings->headers / sizeof settings->headers[0])
        die("header");
    settings->headers[request->n_headers++] = (struct prov_header){
        .name = {text, (size_t)(colon - text)},
        .value = prov_str_from(colon + 1),
    };
    request->headers = settings->headers;
}

static void set(const char *name, const char *value, struct settings *settings)
{
    const struct {
        const char *name;
        prov_str *field;
    } texts[] = {
        {"uid", &settings->request.uid},
        {"pwd", &settings->request.pwd},
        {"body", &settings->request.body},
        {"agent", &settings->request.user_agent},
        {"accept", &settings->request.accept_encoding},
        {"pem", &settings->options.ca_pem},
        {"if_none_match", &settings->request.if_none_match},
        {"type", &settings->request.content_type},
        {"proxy", &settings->request.proxy},
        {"proxy_uid", &settings->request.proxy_uid},
        {"proxy_pwd", &settings->request.proxy_pwd},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            *texts[i].field = prov_str_from(value);
            return;
        }
    }
    if (strcmp(name, "ca") == 0)
        settings->options.ca_file = value;
    else if (strcmp(name, "path") == 0)
        settings->options.ca_path = value;
    else if (strcmp(name, "dns") == 0)
        settings->options.dns_servers = value;
    else if (strcmp(name, "header") == 0)
        add_header(value, settings);
    else if (strcmp(name, "srv") == 0)
        settings->request.srv = value[0] == '1';
    else if (strcmp(name, "system") == 0)
        settings->options.system_roots = value[0] == '1';
    else if (strcmp(name, "chunked") == 0)
        settings->is_chunked = value[0] == '1';
    else if (strcmp(name, "once") == 0)
        settings->is_once = value[0] == '1';
    else if (strcmp(name, "upload") == 0)
        open_upload(value, settings);
    else if (strcmp(name, "slash") == 0)
        settings->request.keep_slash = value[0] == '1';
    else if (strcmp(name, "method") == 0)
        settings->request.method = (uint8_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "bytes") == 0)
        settings->limits.max_fetch_bytes = strtoull(value, NULL, 10);
    else
        set_number(name, value, settings);
}

static void set_url(struct prov_request *request, const char *text)
{
    struct provi_url url;
    struct provi_url_fault fault;
    request->url = prov_str_from(text);
    if (!provi_url_split(request->url, false, &url, &fault))
        die(fault.expected);
    request->scheme = url.scheme;
    request->host = url.host;
    request->path = url.path;
    request->port = url.port ? url.port : provi_url_default_port(url.scheme);
}

static void read_arguments(int argc, char **argv, struct settings *settings)
{
    if (argc < 2)
        die("usage: fetch [NAME=VALUE]... URL");
    for (int i = 1; i < argc - 1; i++) {
        char *sign = strchr(argv[i], '=');
        if (!sign)
            die("NAME=VALUE expected");
        *sign = '\0';
        set(argv[i], sign + 1, settings);
    }
    set_url(&settings->request, argv[argc - 1]);
    const struct prov_limits asked = settings->limits;
    if (provi_limits_resolve(&settings->limits, &asked, NULL) != PROV_OK)
        die("limits");
    settings->request.limits = &settings->limits;
}

/* Returns how long it waited, if nothing came. */
static int64_t wait_for_news(const struct prov_transport *transport)
{
    struct prov_pollfd wanted[16];
    struct pollfd fds[16];
    size_t n = transport->pollfds(transport->ctx, wanted, 16);
    for (size_t i = 0; i < n && i < 16; i++) {
        fds[i] = (struct pollfd){.fd = wanted[i].fd};
        if (wanted[i].events & PROV_POLL_IN)
            fds[i].events |= POLLIN;
        if (wanted[i].events & PROV_POLL_OUT)
            fds[i].events |= POLLOUT;
    }
    int64_t wait_ms = transport->timeout_ms(transport->ctx);
    return poll(fds, (nfds_t)n, (int)wait_ms) == 0 ? wait_ms : 0;
}

int main(int argc, char **argv)
{
    struct settings settings = {
        .options = {.size = sizeof settings.options},
        .limits = {.size = sizeof settings.limits},
        .request = {.size = sizeof settings.request},
    };
    read_arguments(argc, argv, &settings);

    struct prov_error err = {0};
    struct outcome outcome = {0};
    const struct provi_transfer_handler handler = {
        .address = on_address,
        .head = on_head,
        .data = on_data,
        .done = on_done,
        .ctx = &outcome,
    };
    prov_curl *curl;
    prov_status status = prov_curl_new(&curl, &settings.options, &err);
    if (status != PROV_OK) {
        on_done(&outcome, status, &err);
        return 1;
    }
    const struct prov_transport *transport = prov_curl_transport(curl);
    prov_transfer *transfer;
    status = provi_transfer_start(&transfer, NULL, transport, &settings.request, &handler, &err);
    if (status != PROV_OK)
        on_done(&outcome, status, &err);
    int64_t waited_ms = 0;
    while (!outcome.is_done) {
        waited_ms += wait_for_news(transport);
        if (transport->process(transport->ctx, &err) != PROV_OK)
            die(err.message);
    }
    fprintf(stderr, "waited %lld\n", (long long)waited_ms);
    provi_transfer_free(transfer);
    prov_curl_free(curl);
    return outcome.status == PROV_OK ? 0 : 1;
}
