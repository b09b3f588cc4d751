/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _GNU_SOURCE /* accept4() */
#include "sip/priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "waiting.h"

enum { MAX_UNSENT = 256 * 1024, READ_SIZE = 4096, REST_MS = 1000 };

void sip_stream_close(struct sip_connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    free(connection->in);
    free(connection->out);
    *connection = (struct sip_connection){.fd = -1};
}

static void set_deadline(struct sip_connection *connection, int64_t ms)
{
    connection->since_ms = clock_machine_ms();
    connection->deadline_ms = connection->since_ms + ms;
}

/* Milliseconds until the connection may be replaced by a new one; -1: it is in use. */
static int64_t idle_left_ms(const struct sip_connection *connection)
{
    if (connection->fd < 0)
        return 0;
    if (connection->n_in > 0 || connection->n_out > 0)
        return -1;
    int64_t left_ms = connection->since_ms + REST_MS - clock_machine_ms();
    return left_ms > 0 ? left_ms : 0;
}

/* Find a free connection, or else the one that is idle for longest; NULL: all are in use. */
static struct sip_connection *find_place(struct sip *sip)
{
    struct sip_connection *found = NULL;
    for (size_t i = 0; i < SIP_CONNECTIONS; i++) {
        struct sip_connection *connection = &sip->connections[i];
        if (connection->fd < 0)
            return connection;
        if (idle_left_ms(connection) == 0 && (!found || connection->since_ms < found->since_ms))
            found = connection;
    }
    return found;
}

/* While SIP_CONNECTIONS are in use, the next one waits. */
void sip_stream_accept(struct sip *sip)
{
    struct sip_connection *connection;
    while ((connection = find_place(sip))) {
        struct sip_peer peer = {.is_stream = true};
        peer.address.len = sizeof peer.address.as;
        int fd = accept4(sip->tcp_fd, &peer.address.as.any, &peer.address.len,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return;
        sip_stream_close(connection);
        connection->fd = fd;
        connection->peer = peer;
        set_deadline(connection, SIP_UNFINISHED_MS);
    }
}

static bool make_room(struct sip_connection *connection)
{
    size_t cap = connection->cap + READ_SIZE;
    if (connection->cap - connection->n_in >= READ_SIZE || connection->cap >= SIP_MESSAGE_MAX)
        return connection->n_in < connection->cap;
    char *in = realloc(connection->in, cap);
    if (!in)
        return false;
    connection->in = in;
    connection->cap = cap;
    return true;
}

static bool append(struct sip_connection *connection, const struct sip_reply *reply)
{
    if (!reply->text)
        return true;
    char *out = connection->n_out + reply->len <= MAX_UNSENT
                    ? realloc(connection->out, connection->n_out + reply->len)
                    : NULL;
    if (!out)
        return false;
    memcpy(out + connection->n_out, reply->text, reply->len);
    connection->out = out;
    connection->n_out += reply->len;
    return true;
}

static void drop_input(struct sip_connection *connection, size_t n)
{
    connection->n_in -= n;
    memmove(connection->in, connection->in + n, connection->n_in);
    connection->needed = 0;
    if (n)
        set_deadline(connection, connection->n_in ? SIP_UNFINISHED_MS : SIP_IDLE_MS);
}

/* Empty lines keep a connection alive, and do not belong to a message. */
static void drop_empty_lines(struct sip_connection *connection)
{
    size_t n = 0;
    while (n + 2 <= connection->n_in && memcmp(connection->in + n, "\r\n", 2) == 0)
        n += 2;
    drop_input(connection, n);
}

bool sip_stream_handle(struct sip *sip, struct sip_connection *connection)
{
    while (connection->n_in > 0 && !connection->is_closing) {
        struct sip_reply reply;
        size_t size;
        if (connection->needed <= 1)
            drop_empty_lines(connection);
        if (connection->n_in == 0 || connection->n_in < connection->needed)
            return true;
        enum sip_reading reading =
            sip_handle(sip, &connection->peer, connection->in, connection->n_in, &size, &reply);
        if (reading == SIP_INCOMPLETE)
            connection->needed = size;
        if (reading != SIP_COMPLETE)
            return reading == SIP_INCOMPLETE;
        bool is_kept = append(connection, &reply);
        free(reply.text);
        if (!is_kept)
            return false;
        connection->is_closing = reply.is_last;
        drop_input(connection, size);
    }
    return true;
}

/* @return false: the sender has closed, or sent too much that is not a message. */
static bool read_input(struct sip *sip, struct sip_connection *connection)
{
    if (!make_room(connection))
        return false;
    bool is_first = connection->n_in == 0;
    ssize_t n = recv(connection->fd, connection->in + connection->n_in,
                     connection->cap - connection->n_in, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        return false;
    connection->n_in += (size_t)n;
    if (is_first)
        set_deadline(connection, SIP_UNFINISHED_MS);
    return sip_stream_handle(sip, connection);
}

static bool send_output(struct sip_connection *connection)
{
    ssize_t n =
        send(connection->fd, connection->out, connection->n_out, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    connection->n_out -= (size_t)n;
    memmove(connection->out, connection->out + n, connection->n_out);
    return true;
}

/* While a sender does not read its answers, its next message is not processed. */
static bool turn(struct sip *sip, struct sip_connection *connection)
{
    if (clock_machine_ms() >= connection->deadline_ms)
        return false;
    if (connection->n_out > 0 && !send_output(connection))
        return false;
    if (connection->n_out == 0 && !connection->is_closing && !read_input(sip, connection))
        return false;
    if (connection->n_out > 0 && !send_output(connection))
        return false;
    return connection->n_out > 0 || !connection->is_closing;
}

void sip_stream_process(struct sip *sip, struct sip_connection *connection)
{
    if (!turn(sip, connection))
        sip_stream_close(connection);
}

void sip_stream_wait(const struct sip *sip, struct waiting *waiting)
{
    bool has_place = false;
    for (size_t i = 0; i < SIP_CONNECTIONS; i++) {
        const struct sip_connection *connection = &sip->connections[i];
        int64_t idle_ms = idle_left_ms(connection);
        has_place |= idle_ms == 0;
        if (connection->fd < 0)
            continue;
        int64_t left_ms = connection->deadline_ms - clock_machine_ms();
        waiting_add(waiting, connection->fd, connection->n_out > 0 ? POLLOUT : POLLIN);
        waiting_until(waiting, left_ms > 0 ? left_ms : 0);
        waiting_until(waiting, idle_ms > 0 ? idle_ms : -1);
    }
    if (has_place)
        waiting_add(waiting, sip->tcp_fd, POLLIN);
}
