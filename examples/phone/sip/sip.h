/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The phone's SIP door: NOTIFY by UDP and TCP. libosip2 parses, and the library reads and checks
 * the events (<provision/action.h>); this door has sockets, limits, retransmissions and answers.
 * absent.c replaces it in a build without libosip2.
 */
#ifndef PHONE_SIP_H
#define PHONE_SIP_H

#include <stdbool.h>

#include "listen.h"

struct phone;
struct sip;
struct waiting;

/**
 * Listen at --sip, by UDP and TCP at the same port, and report it.
 *
 * @param[out] out    New, ended by sip_close(). NULL on failure, which was reported.
 * @param      phone  Must outlive it.
 */
bool sip_open(struct sip **out, struct phone *phone);

/** The address of the door; empty for NULL. @return @p buf. */
const char *sip_address(const struct sip *sip, char buf[LISTEN_TEXT_CAP]);

/** End all connections. NULL is fine. */
void sip_close(struct sip *sip);

/** Add descriptors and deadline. NULL is fine. */
void sip_wait(const struct sip *sip, struct waiting *waiting);

/** Answer received messages. Not from a callback of the agent. NULL is fine. */
void sip_process(struct sip *sip);

/** Whether this program has the door: a line of --help and --version. */
extern const char *const sip_description;

#endif
