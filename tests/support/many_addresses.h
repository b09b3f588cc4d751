/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Names with several addresses: in programs that use this, every getaddrinfo(), that of libcurl's
 * resolver threads included, is the one here. It knows `two.example`, which is 127.0.0.2 and
 * 127.0.0.1 in this order, `four.example`, which is 127.0.0.4 to 127.0.0.1, and no other name.
 */
#ifndef TEST_SUPPORT_MANY_ADDRESSES_H
#define TEST_SUPPORT_MANY_ADDRESSES_H

/** To be called once: links the functions in front of those of the C library. */
void many_addresses_use(void);

#endif
