/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Addresses of the phone's doors: `[ADDRESS:]PORT`. */
#ifndef PHONE_LISTEN_H
#define PHONE_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** An IPv4 or IPv6 address with a port. All zero: none. */
struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } as;
    socklen_t len; /* 0: none */
};

/** Capacity for an address as text, with its port and a NUL. */
enum { LISTEN_TEXT_CAP = INET6_ADDRSTRLEN + 10 };

/** The syntax, for messages. */
#define LISTEN_FORM "PORT, ADDRESS:PORT or [ADDRESS]:PORT, with a numeric address"

/** Read `[ADDRESS:]PORT`; without an ADDRESS, 127.0.0.1. @return false if it is invalid. */
bool listen_read(const char *text, struct listen_address *out);

/**
 * Change the address to that of phone @p index: phones have consecutive addresses, beginning with
 * that of phone 0.
 */
void listen_shift(struct listen_address *address, uint32_t index);

/** Whether only this machine can connect. */
bool listen_is_loopback(const struct sockaddr *address);

/**
 * Listen at a TCP port.
 *
 * @param[in,out] address  Port 0 becomes the port that the kernel has chosen.
 * @return A non-blocking descriptor that exec closes; -1: `errno` has the reason.
 */
int listen_open(struct listen_address *address);

/** Write an address: `127.0.0.1:80`, `[::1]:80`. @return @p buf. */
const char *listen_text(const struct listen_address *address, char buf[LISTEN_TEXT_CAP]);

/** Write an address without its port: `127.0.0.1`, `::1`. @return @p buf. */
const char *listen_host_text(const struct sockaddr *address, char buf[LISTEN_TEXT_CAP]);

#endif
