/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Addresses that the phone's doors listen at: `[ADDRESS:]PORT`. */
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

/** Bytes for an address as text, with its port and a NUL. */
enum { LISTEN_TEXT_CAP = INET6_ADDRSTRLEN + 10 };

/** The form, for messages. */
#define LISTEN_FORM "PORT, ADDRESS:PORT or [ADDRESS]:PORT, with a numeric address"

/** Read `[ADDRESS:]PORT`, at 127.0.0.1 without an ADDRESS. @return false if it is none. */
bool listen_read(const char *text, struct listen_address *out);

/** The address of phone @p index of several: each has one of its own, from that of phone 0 on. */
void listen_shift(struct listen_address *address, uint32_t index);

/** Whether only this machine can connect. */
bool listen_is_loopback(const struct sockaddr *address);

/**
 * Listen at a TCP port.
 *
 * @param[in,out] address  Port 0 becomes the one that the kernel has chosen.
 * @return A descriptor that does not block and is closed by exec; -1: `errno` has the reason.
 */
int listen_open(struct listen_address *address);

/** `127.0.0.1:80`, `[::1]:80`. @return @p buf. */
const char *listen_text(const struct listen_address *address, char buf[LISTEN_TEXT_CAP]);

/** The address without its port: `127.0.0.1`, `::1`. @return @p buf. */
const char *listen_host_text(const struct sockaddr *address, char buf[LISTEN_TEXT_CAP]);

#endif
