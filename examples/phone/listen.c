/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <provision/provision.h>

enum { BACKLOG = 64, MAX_PORT = 65535 };

static bool read_address(const char *text, size_t len, struct listen_address *out)
{
    char host[LISTEN_TEXT_CAP];
    bool is_v6 = len >= 2 && text[0] == '[' && text[len - 1] == ']';
    text += is_v6;
    len -= is_v6 ? 2 : 0;
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (is_v6) {
        out->as.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
        out->len = sizeof out->as.v6;
        return inet_pton(AF_INET6, host, &out->as.v6.sin6_addr) == 1;
    }
    out->as.v4 = (struct sockaddr_in){.sin_family = AF_INET};
    out->len = sizeof out->as.v4;
    return inet_pton(AF_INET, host, &out->as.v4.sin_addr) == 1;
}

static void set_port(struct listen_address *address, uint16_t port)
{
    if (address->as.any.sa_family == AF_INET6)
        address->as.v6.sin6_port = htons(port);
    else
        address->as.v4.sin_port = htons(port);
}

bool listen_read(const char *text, struct listen_address *out)
{
    static const char loopback[] = "127.0.0.1";
    const char *colon = strrchr(text, ':');
    uint32_t port;
    *out = (struct listen_address){0};
    if (!prov_value_unsigned(prov_str_from(colon ? colon + 1 : text), &port) || port > MAX_PORT ||
        !read_address(colon ? text : loopback, colon ? (size_t)(colon - text) : sizeof loopback - 1,
                      out))
        return false;
    set_port(out, (uint16_t)port);
    return true;
}

void listen_shift(struct listen_address *address, uint32_t index)
{
    if (address->as.any.sa_family == AF_INET6) {
        uint32_t last;
        uint8_t *tail = address->as.v6.sin6_addr.s6_addr + 12;
        memcpy(&last, tail, sizeof last);
        last = htonl(ntohl(last) + index);
        memcpy(tail, &last, sizeof last);
    } else {
        struct in_addr *v4 = &address->as.v4.sin_addr;
        v4->s_addr = htonl(ntohl(v4->s_addr) + index);
    }
}

bool listen_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    return address->sa_family == AF_INET6 &&
           (IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127));
}

int listen_open(struct listen_address *address)
{
    static const int yes = 1;
    int fd = socket(address->as.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd, &address->as.any, address->len) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, &address->as.any, &address->len) == 0)
        return fd;
    int reason = errno;
    if (fd >= 0)
        close(fd);
    errno = reason;
    return -1;
}

/* The IPv4 address of a client is written without the prefix that it has on an IPv6 socket. */
const char *listen_host_text(const struct sockaddr *address, char buf[LISTEN_TEXT_CAP])
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    const char *found;
    if (address->sa_family == AF_INET)
        found = inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, buf,
                          LISTEN_TEXT_CAP);
    else if (IN6_IS_ADDR_V4MAPPED(v6))
        found = inet_ntop(AF_INET, v6->s6_addr + 12, buf, LISTEN_TEXT_CAP);
    else
        found = inet_ntop(AF_INET6, v6, buf, LISTEN_TEXT_CAP);
    if (!found)
        buf[0] = '\0';
    return buf;
}

const char *listen_text(const struct listen_address *address, char buf[LISTEN_TEXT_CAP])
{
    char host[LISTEN_TEXT_CAP];
    bool is_v6 = address->as.any.sa_family == AF_INET6;
    unsigned port = ntohs(is_v6 ? address->as.v6.sin6_port : address->as.v4.sin_port);
    listen_host_text(&address->as.any, host);
    snprintf(buf, LISTEN_TEXT_CAP, is_v6 ? "[%.45s]:%u" : "%.45s:%u", host, port);
    return buf;
}
