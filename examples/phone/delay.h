/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Delays after wrong passwords, per address: 1 s after the first, twice as long after each further
 * one, up to a minute. Attempts in between are not checked. Other addresses are not concerned.
 */
#ifndef PHONE_DELAY_H
#define PHONE_DELAY_H

#include <netinet/in.h>
#include <stdint.h>

/** Addresses at a time: of more, the one whose delay ends first is forgotten. */
enum { DELAY_ADDRESSES = 64 };

/** All zero: no attempt has failed. */
struct delays {
    struct delayed {
        struct in6_addr address; /* a network of 64 bits, or one IPv4 address */
        uint32_t n_failed;       /* 0: no entry */
        int64_t until_ms;        /* on the clock of the caller */
    } entries[DELAY_ADDRESSES];
};

/** How long an address has to wait. @return Milliseconds; 0: it need not. */
int64_t delay_left_ms(const struct delays *delays, const struct sockaddr *client, int64_t now_ms);

/** Count a wrong password. */
void delay_add(struct delays *delays, const struct sockaddr *client, int64_t now_ms);

/** The address has the right password. */
void delay_clear(struct delays *delays, const struct sockaddr *client);

#endif
