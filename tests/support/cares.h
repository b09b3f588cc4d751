/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The system's name server, chosen by the test: in programs that use this, each channel of c-ares
 * asks 127.0.0.1 in place of what /etc/resolv.conf says. Without c-ares it does nothing.
 */
#ifndef TEST_SUPPORT_CARES_H
#define TEST_SUPPORT_CARES_H

#include <stdint.h>

#include "dials.h"

/** The port of the name server, from now on. At first it is 9, where nothing listens. */
void cares_ask_port(uint16_t port);

/** The same of several: addresses as those of `dns_servers`; borrowed. NULL: of that port again. */
void cares_ask_servers(const char *servers);

/** Let c-ares want to be called after so many microseconds; 0, as at first: after its own. */
void cares_wait_us(long us);

/** Let making a channel fail for want of memory by @p dial; NULL, as at first: never. */
void cares_set_dial(struct dial *dial);

#endif
