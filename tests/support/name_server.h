/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A name server that knows no name, and answers or not, as set: in programs that use this, every
 * getaddrinfo(), that of libcurl's resolver threads included, is the one here.
 */
#ifndef TEST_SUPPORT_NAME_SERVER_H
#define TEST_SUPPORT_NAME_SERVER_H

/** From now on questions are not answered. At first they are. */
void name_server_fall_silent(void);

/** Answer waiting calls, and all later ones; returns when no call waits. */
void name_server_answer(void);

/** Those who wait for an answer. */
unsigned name_server_n_waiting(void);

#endif
