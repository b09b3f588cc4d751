/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/web.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/text.h"

#include "waiting.h"
#include "web/priv.h"
#include "web/request.h"

const char *const web_description = "web door: libmicrohttpd";

/* There are as many entries as connections that libmicrohttpd accepts. */
static void on_connection(void *ctx, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode code)
{
    struct web *web = ctx;
    struct web_connection *slot = *place;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (slot)
            slot->fd = -1;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    for (size_t i = 0; i < WEB_CONNECTIONS && !*place; i++) {
        slot = &web->connections[i];
        if (slot->fd >= 0)
            continue;
        *slot = (struct web_connection){info->connect_fd, clock_machine_ms() + WEB_HEADER_MS};
        *place = slot;
    }
}

/* Shut down both directions, so that libmicrohttpd detects the end and closes.
 * MHD_OPTION_CONNECTION_TIMEOUT only ends idle connections, not those of a client that sends a byte
 * now and then. */
static void end_late_connections(struct web *web)
{
    int64_t now_ms = clock_machine_ms();
    for (size_t i = 0; i < WEB_CONNECTIONS; i++) {
        struct web_connection *slot = &web->connections[i];
        if (slot->fd < 0 || slot->deadline_ms > now_ms)
            continue;
        shutdown(slot->fd, SHUT_RDWR);
        slot->deadline_ms = INT64_MAX;
    }
}

void web_wait(struct web *web, struct waiting *waiting)
{
    if (!web)
        return;
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    waiting_add(waiting, web->epoll_fd, POLLIN);
    if (MHD_get_timeout(web->daemon, &timeout_ms) == MHD_YES)
        waiting_until(waiting, (int64_t)timeout_ms);
    int64_t now_ms = clock_machine_ms();
    for (size_t i = 0; i < WEB_CONNECTIONS; i++) {
        const struct web_connection *slot = &web->connections[i];
        if (slot->fd >= 0 && slot->deadline_ms != INT64_MAX)
            waiting_until(waiting, slot->deadline_ms > now_ms ? slot->deadline_ms - now_ms : 0);
    }
}

void web_process(struct web *web)
{
    if (!web)
        return;
    end_late_connections(web);
    MHD_run(web->daemon);
}

static bool print_address_failure(const struct listen_address *address, const char *problem)
{
    char where[LISTEN_TEXT_CAP];
    fprintf(stderr, "%s: --http: %s: %s\n", program_name, listen_text(address, where), problem);
    return false;
}

/* Without a password, every client that reaches the phone could configure it. */
static bool has_admin_password(const struct phone *phone)
{
    size_t len = 0;
    prov_store_get(phone->store, prov_str_from("Admin_Password"), NULL, 0, &len);
    return len > 0;
}

static bool may_listen(const struct web *web)
{
    const struct phone *phone = web->phone;
    return phone->options->is_http_open || listen_is_loopback(&web->address.as.any) ||
           has_admin_password(phone) ||
           print_address_failure(&web->address,
                                 "expected an Admin_Password, as others than this machine can "
                                 "connect, or --http-open, found neither");
}

static struct MHD_Daemon *start_daemon(struct web *web, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, request_handle, web, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)WEB_CONNECTIONS_PER_ADDRESS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)WEB_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(WEB_REQUEST_MS / 1000),
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, request_begin, web,
        MHD_OPTION_NOTIFY_COMPLETED, request_end, web, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        web, MHD_OPTION_END);
}

static bool make_token(char token[WEB_TOKEN_CAP])
{
    uint8_t random[WEB_TOKEN_CAP / 2];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(token + 2 * i, 3, "%02x", random[i]);
    return true;
}

static bool start(struct web *web)
{
    uint8_t random[PROV_DIGEST_RANDOM_BYTES];
    if (getrandom(random, sizeof random, 0) != sizeof random || !make_token(web->token) ||
        prov_digest_guard_init(&web->guard, random) != PROV_OK)
        return print_address_failure(&web->address, "no random bytes");
    int fd = listen_open(&web->address);
    if (fd < 0)
        return print_address_failure(&web->address, strerror(errno));
    web->daemon = start_daemon(web, fd); /* the daemon closes the descriptor */
    if (!web->daemon)
        return print_address_failure(&web->address, "libmicrohttpd does not start");
    web->epoll_fd = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return true;
}

bool web_open(struct web **out, struct phone *phone)
{
    char where[LISTEN_TEXT_CAP];
    struct web *web = calloc(1, sizeof *web);
    *out = NULL;
    if (!web) {
        perror(program_name);
        return false;
    }
    web->phone = phone;
    web->address = phone->options->http;
    for (size_t i = 0; i < WEB_CONNECTIONS; i++)
        web->connections[i].fd = -1;
    if (!may_listen(web) || !start(web)) {
        free(web);
        return false;
    }
    *out = web;
    host_report_door(phone, "http", listen_text(&web->address, where));
    return true;
}

const char *web_address(const struct web *web, char buf[LISTEN_TEXT_CAP])
{
    buf[0] = '\0';
    return web ? listen_text(&web->address, buf) : buf;
}

void web_log(struct web *web, prov_str text)
{
    if (web)
        log_add(&web->log, text);
}

void web_close(struct web *web)
{
    if (!web)
        return;
    MHD_stop_daemon(web->daemon);
    log_free(&web->log);
    free(web->fields);
    free(web);
}
