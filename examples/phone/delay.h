/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Delays after wrong passwords, per address: 1 s after the first, doubled after each further one,
 * up to a minute. Attempts during the delay are not checked. Other addresses are not affected.
 */
#ifndef PHONE_DELAY_H
#define PHONE_DELAY_H

#include <netinet/in.h>
#include <stdint.h>

/** Addresses at a time; if there are more, the one whose delay ends first is dropped. */
enum { DELAY_ADDRESSES = 64 };

/** All zero: no attempt has failed. */
struct delays {
    struct delayed {
        struct in6_addr address; /* a network of 64 bits, or one IPv4 address */
        uint32_t n_failed;       /* 0: no entry */
        int64_t until_ms;        /* on the clock of the caller */
    } entries[DELAY_ADDRESSES];
};

/** Remaining delay of an address in milliseconds; 0: none. */
int64_t delay_left_ms(const struct delays *delays, const struct sockaddr *client, int64_t now_ms);

/** Count a wrong password. */
void delay_add(struct delays *delays, const struct sockaddr *client, int64_t now_ms);

/** Clear the delay of an address, which sent the right password. */
void delay_clear(struct delays *delays, const struct sockaddr *client);

#endif
