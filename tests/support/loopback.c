/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "loopback.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dials.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_RECEIVED (1u << 20)

static bool is_ipv6;

/* -1 with errno. */
static int open_bound(int type, uint16_t *port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *address = is_ipv6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t len = is_ipv6 ? sizeof v6 : sizeof v4;
    int fd = socket(address->sa_family, type, 0);
    if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || bind(fd, address, len) < 0 ||
        getsockname(fd, address, &len) < 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(is_ipv6 ? v6.sin6_port : v4.sin_port);
    return fd;
}

static int open_socket(int type, uint16_t *port)
{
    int fd = open_bound(type, port);
    if (fd < 0)
        test_die("loopback socket: %s", strerror(errno));
    return fd;
}

bool loopback_use_ipv6(bool is_on)
{
    uint16_t port;
    is_ipv6 = is_on;
    int fd = open_bound(SOCK_STREAM, &port);
    is_ipv6 &= fd >= 0;
    close(fd);
    return is_ipv6 == is_on;
}

/* HTTP */

void http_server_open(struct http_server *server, const struct reply *replies, size_t n_replies)
{
    *server = (struct http_server){.replies = replies, .n_replies = n_replies};
    server->listener = open_socket(SOCK_STREAM, &server->port);
    server->received = calloc(1, MAX_RECEIVED + 1);
    if (!server->received || listen(server->listener, 16) < 0)
        test_die("loopback server: %s", strerror(errno));
    for (size_t i = 0; i < LEN(server->connections); i++)
        server->connections[i].fd = -1;
}

static void hang_up(struct http_connection *connection)
{
    close(connection->fd);
    connection->fd = -1;
}

void http_server_close(struct http_server *server)
{
    for (size_t i = 0; i < LEN(server->connections); i++)
        if (server->connections[i].fd >= 0)
            hang_up(&server->connections[i]);
    close(server->listener);
    free(server->received);
    *server = (struct http_server){.listener = -1};
}

static struct http_connection *free_connection(struct http_server *server)
{
    for (size_t i = 0; i < LEN(server->connections); i++)
        if (server->connections[i].fd < 0)
            return &server->connections[i];
    return NULL;
}

static bool accept_one(struct http_server *server)
{
    struct http_connection *connection = free_connection(server);
    int fd = connection ? accept(server->listener, NULL, NULL) : -1;
    if (fd < 0)
        return false;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    server->n_connections++;
    *connection = (struct http_connection){.fd = fd, .start = server->received_len};
    return true;
}

static void reset(struct http_connection *connection)
{
    struct linger linger = {.l_onoff = 1};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    hang_up(connection);
}

/* What is to be sent after the first @p n bytes of a reply; 0: nothing any more. */
static size_t next_piece(const struct reply *reply, const struct reply_more *more, size_t n,
                         const char **piece)
{
    size_t len = more && more->text_len ? more->text_len : strlen(reply->text);
    if (n < len || !more) {
        *piece = reply->text + n;
        return len - n;
    }
    n -= len;
    len = more->again ? strlen(more->again) : 0;
    if (len && (more->n_again == 0 || n < len * more->n_again)) {
        *piece = more->again + n % len;
        return len - n % len;
    }
    n -= len * more->n_again;
    const char *tail = more->tail ? more->tail : "";
    *piece = tail + n;
    return strlen(tail) - n;
}

static void end_reply(struct http_connection *connection, enum reply_end end)
{
    connection->reply = NULL;
    switch (end) {
    case REPLY_KEEP: break;
    case REPLY_CLOSE: hang_up(connection); break;
    case REPLY_RESET: reset(connection); break;
    case REPLY_STALL: connection->is_stalled = true; break;
    }
}

/* As much of the reply as the socket takes. */
static void go_on(struct http_server *server, struct http_connection *connection)
{
    const struct reply_more *more = connection->reply == server->replies ? server->more : NULL;
    const char *piece;
    size_t len;
    while ((len = next_piece(connection->reply, more, connection->n_sent, &piece)) > 0) {
        ssize_t n = send(connection->fd, piece, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) {
            connection->reply = NULL;
            hang_up(connection);
            return;
        }
        connection->n_sent += (size_t)n;
        server->n_sent += (uint64_t)n;
    }
    end_reply(connection, connection->reply->end);
}

static void reply(struct http_server *server, struct http_connection *connection)
{
    size_t n = server->n_requests++;
    connection->reply = &server->replies[n < server->n_replies ? n : server->n_replies - 1];
    connection->n_sent = 0;
    connection->start = server->received_len;
    go_on(server, connection);
}

/* A request is over at the end of its head, or of as many bytes as its Content-Length says. */
static bool is_whole(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    if (!end)
        return false;
    const char *length = strstr(request, "Content-Length: ");
    if (!length || length > end)
        return true;
    return strlen(end + 4) >= strtoul(length + strlen("Content-Length: "), NULL, 10);
}

/* Ask for the body, where the client waits for that. */
static void consent(const struct http_connection *connection, const char *request)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const char *end = strstr(request, "\r\n\r\n");
    if (!end || end[4] || !strstr(request, "\r\nExpect: 100-continue\r\n"))
        return;
    if (send(connection->fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
        test_die("loopback: no consent");
}

static void serve(struct http_server *server, struct http_connection *connection)
{
    ssize_t n = recv(connection->fd, server->received + server->received_len,
                     MAX_RECEIVED - server->received_len, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        hang_up(connection);
        return;
    }
    server->received_len += (size_t)n;
    server->received[server->received_len] = '\0';
    if (is_whole(server->received + connection->start))
        reply(server, connection);
    else
        consent(connection, server->received + connection->start);
}

/* Hang-ups before newcomers: the most connections at a time are counted. */
void http_server_step(struct http_server *server)
{
    unsigned n_open = 0;
    for (size_t i = 0; i < LEN(server->connections); i++) {
        struct http_connection *connection = &server->connections[i];
        if (connection->fd >= 0 && connection->reply)
            go_on(server, connection);
        else if (connection->fd >= 0 && !connection->is_stalled)
            serve(server, connection);
        n_open += connection->fd >= 0;
    }
    n_open += accept_one(server);
    if (n_open > server->n_open_max)
        server->n_open_max = n_open;
}

unsigned http_server_count(const struct http_server *server, const char *text)
{
    unsigned n = 0;
    for (const char *at = server->received; (at = strstr(at, text)); at++)
        n++;
    return n;
}

/* Datagrams */

void datagram_server_open(struct datagram_server *server,
                          void (*answer)(struct datagram_server *, const uint8_t *, size_t),
                          void *ctx)
{
    *server = (struct datagram_server){.answer = answer, .ctx = ctx};
    server->fd = open_socket(SOCK_DGRAM, &server->port);
}

void datagram_server_close(struct datagram_server *server)
{
    close(server->fd);
    server->fd = -1;
}

void datagram_server_step(struct datagram_server *server)
{
    socklen_t len = sizeof server->peer;
    ssize_t n = recvfrom(server->fd, server->last, sizeof server->last - 1, 0,
                         (struct sockaddr *)&server->peer, &len);
    if (n < 0)
        return;
    server->peer_len = len;
    server->last_len = (size_t)n;
    server->last[n] = 0;
    server->n_received++;
    if (server->answer)
        server->answer(server, server->last, server->last_len);
}

void datagram_server_send(struct datagram_server *server, const void *data, size_t len)
{
    const struct sockaddr *to = (const struct sockaddr *)&server->peer;
    if (sendto(server->fd, data, len, 0, to, server->peer_len) != (ssize_t)len)
        test_die("loopback datagram: %s", strerror(errno));
}

size_t count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        test_die("/proc/self/fd: %s", strerror(errno));
    size_t n = 0;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}
