/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What goes out, for --verbose: a transport in front of another that reports each request. */
#ifndef PHONE_WIRE_H
#define PHONE_WIRE_H

#include <provision/provision.h>

struct show;

struct wire {
    const struct prov_transport *next;
    struct prov_transport transport; /* what the agent gets */
    struct show *show;
};

/**
 * Make a transport that reports requests to @p show and hands everything on to @p next; all of them
 * outlive it.
 */
const struct prov_transport *wire_init(struct wire *wire, const struct prov_transport *next,
                                       struct show *show);

#endif
