/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _GNU_SOURCE /* accept4() */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/json_event.h"
#include "common/text.h"

#include "command.h"
#include "waiting.h"

enum {
    MAX_CLIENTS = 8,
    MAX_LINE = 16 * 1024,
    MAX_UNSENT = 16 * 1024 * 1024, /* more than the events of one profile */
};

struct client {
    int fd; /* -1: no connection */
    bool wants_events;
    size_t len;
    char line[MAX_LINE]; /* the part that has arrived */
    char *unsent;        /* n_unsent bytes; owned */
    size_t n_unsent;
};

struct control {
    int fd;
    struct sockaddr_un address; /* empty: no socket to be removed */
    struct stat socket;         /* status of the socket when it was created */
    struct client clients[MAX_CLIENTS];
};

static void disconnect(struct client *client)
{
    close(client->fd);
    free(client->unsent);
    *client = (struct client){.fd = -1};
}

static bool send_unsent(struct client *client)
{
    ssize_t n = send(client->fd, client->unsent, client->n_unsent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    client->n_unsent -= (size_t)n;
    memmove(client->unsent, client->unsent + n, client->n_unsent);
    return true;
}

static void send_text(struct client *client, const char *text, size_t len)
{
    char *unsent = client->n_unsent + len <= MAX_UNSENT
                       ? realloc(client->unsent, client->n_unsent + len + 1)
                       : NULL;
    if (!unsent) {
        disconnect(client);
        return;
    }
    memcpy(unsent + client->n_unsent, text, len);
    client->unsent = unsent;
    client->n_unsent += len;
    if (!send_unsent(client))
        disconnect(client);
}

/* One line. */
static void carry_out(struct client *client, struct phone *phone, const char *line)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        disconnect(client);
        return;
    }
    command_run(phone, line, &client->wants_events, out);
    if (fclose(out) == 0)
        send_text(client, text, len);
    else
        disconnect(client);
    free(text);
}

static bool has_line(const struct client *client)
{
    return client->fd >= 0 && memchr(client->line, '\n', client->len);
}

/* Carry out the first complete line. */
static void run_first_line(struct client *client, struct phone *phone)
{
    size_t len = (size_t)((char *)memchr(client->line, '\n', client->len) - client->line) + 1;
    client->line[len - 1] = '\0';
    if (len > 1 && client->line[len - 2] == '\r')
        client->line[len - 2] = '\0';
    carry_out(client, phone, client->line);
    if (client->fd < 0)
        return;
    client->len -= len;
    memmove(client->line, client->line + len, client->len);
}

static void read_client(struct client *client)
{
    ssize_t n = recv(client->fd, client->line + client->len, MAX_LINE - client->len, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    client->len += n > 0 ? (size_t)n : 0;
    if (n <= 0 || (client->len == MAX_LINE && !has_line(client)))
        disconnect(client);
}

static struct client *free_client(struct control *control)
{
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (control->clients[i].fd < 0)
            return &control->clients[i];
    return NULL;
}

/* While MAX_CLIENTS are connected, the next one waits until one of them ends. */
static void accept_clients(struct control *control)
{
    struct client *client;
    while ((client = free_client(control))) {
        int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        client->fd = fd;
    }
}

void control_process(struct control *control, struct phone *phone)
{
    if (!control)
        return;
    accept_clients(control);
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        struct client *client = &control->clients[i];
        if (client->fd >= 0 && client->n_unsent > 0 && !send_unsent(client))
            disconnect(client);
        if (client->fd >= 0 && !has_line(client))
            read_client(client);
        if (has_line(client))
            run_first_line(client, phone);
    }
}

void control_wait(const struct control *control, struct waiting *waiting)
{
    bool is_full = true;
    for (size_t i = 0; control && i < MAX_CLIENTS; i++) {
        const struct client *client = &control->clients[i];
        is_full = is_full && client->fd >= 0;
        if (has_line(client))
            waiting_until(waiting, 0);
        if (client->fd >= 0)
            waiting_add(waiting, client->fd,
                        (short)(POLLIN | (client->n_unsent > 0 ? POLLOUT : 0)));
    }
    if (control && !is_full)
        waiting_add(waiting, control->fd, POLLIN);
}

void control_event(struct control *control, const struct prov_event *event)
{
    char *text = NULL;
    size_t len;
    FILE *out = control ? open_memstream(&text, &len) : NULL;
    if (!out)
        return;
    json_event(out, "", event);
    bool is_whole = fclose(out) == 0;
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (is_whole && control->clients[i].fd >= 0 && control->clients[i].wants_events)
            send_text(&control->clients[i], text, len);
    free(text);
}

/* Remove a socket that a killed phone left behind; not one whose phone still listens. */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0 || !S_ISSOCK(found.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_stale = fd >= 0 &&
                    connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
                    errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    if (is_stale)
        unlink(address->sun_path);
}

/* Only this user may connect. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    remove_stale(&address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(077);
    bool is_bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    umask(mask);
    if (is_bound && listen(fd, MAX_CLIENTS) == 0)
        return fd;
    int reason = errno;
    if (is_bound)
        unlink(path);
    if (fd >= 0)
        close(fd);
    errno = reason;
    return -1;
}

static int inherit(const char *number)
{
    uint32_t fd;
    int is_listening = 0;
    socklen_t len = sizeof is_listening;
    if (!prov_value_unsigned(prov_str_from(number), &fd) || fd > INT32_MAX) {
        errno = EBADF;
        return -1;
    }
    if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) != 0)
        return -1;
    if (!is_listening) {
        errno = EINVAL;
        return -1;
    }
    return fcntl((int)fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl((int)fd, F_SETFL, O_NONBLOCK) == 0
               ? (int)fd
               : -1;
}

static void record_address(struct control *control)
{
    socklen_t len = sizeof control->address - 1; /* a NUL remains at its end */
    if (getsockname(control->fd, (struct sockaddr *)&control->address, &len) != 0 ||
        control->address.sun_family != AF_UNIX ||
        lstat(control->address.sun_path, &control->socket) != 0)
        control->address.sun_path[0] = '\0';
}

bool control_open(struct control **out, const char *where)
{
    struct control *control = calloc(1, sizeof *control);
    *out = NULL;
    int fd = !control ? -1 : strncmp(where, "fd:", 3) == 0 ? inherit(where + 3) : listen_at(where);
    if (fd < 0) {
        fprintf(stderr, "%s: --control: expected a path or fd:N to listen at, found %s: %s\n",
                program_name, where, strerror(errno));
        free(control);
        return false;
    }
    control->fd = fd;
    record_address(control);
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        control->clients[i].fd = -1;
    *out = control;
    return true;
}

void control_hang_up(struct control *control)
{
    for (size_t i = 0; control && i < MAX_CLIENTS; i++)
        if (control->clients[i].fd >= 0)
            disconnect(&control->clients[i]);
}

/* Do not remove the socket of another phone at the same path. */
static void remove_own(const struct control *control)
{
    struct stat found;
    const char *path = control->address.sun_path;
    if (path[0] && lstat(path, &found) == 0 && found.st_dev == control->socket.st_dev &&
        found.st_ino == control->socket.st_ino)
        unlink(path);
}

void control_close(struct control *control)
{
    if (!control)
        return;
    remove_own(control);
    control_hang_up(control);
    close(control->fd);
    free(control);
}
