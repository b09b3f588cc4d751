/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** One syslog datagram (RFC 3164, section 4.1). */
#ifndef PROVI_FETCH_SYSLOG_LINE_H
#define PROVI_FETCH_SYSLOG_LINE_H

#include <provision/host.h>
#include <provision/sched.h>

/**
 * Write `<PRI>Mmm dd hh:mm:ss IDENTIFIER TEXT`: facility local0, local time; without a valid clock
 * the time is left out, without an identifier it is. The identifier's place is the vendor's
 * ("appears after the timestamp in each message").
 *
 * @return Bytes the line needs, without NUL; @p buf holds as many as fit in @p cap.
 */
size_t provi_syslog_line(enum prov_severity severity, const struct prov_world *world,
                         prov_str identifier, prov_str text, char *buf, size_t cap);

#endif
