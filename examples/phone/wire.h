/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Requests, for --verbose: a transport that reports each request, and passes it on to another
 * transport.
 */
#ifndef PHONE_WIRE_H
#define PHONE_WIRE_H

#include <provision/provision.h>

struct show;

struct wire {
    const struct prov_transport *next;
    struct prov_transport transport; /* the transport for the agent */
    struct show *show;
};

/**
 * Make a transport that reports requests to @p show and passes everything on to @p next, both of
 * which must outlive it.
 */
const struct prov_transport *wire_init(struct wire *wire, const struct prov_transport *next,
                                       struct show *show);

#endif
