/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The virtual phone as the library's host: clocks, lines, and where events go. */
#ifndef PHONE_HOST_H
#define PHONE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/provision.h>

#include "file.h"
#include "show.h"
#include "wire.h"

/** What the callbacks work on; must outlive the agent. */
struct phone {
    struct show show;
    struct wire wire;  /* with --verbose */
    prov_agent *agent; /* once there is one */
    prov_curl *curl;
    const char *account; /* `user:password` for servers that ask; NULL: none */
    bool has_answered;   /* it was given once: asked again, it is wrong */
    bool is_json;
    bool confirms;         /* by itself, when a resync has ended well */
    bool is_unconfirmed;   /* what was applied waits for a confirmation */
    bool has_call;         /* SIGUSR1 begins and ends one */
    bool is_link_lost;     /* SIGRTMIN loses it and brings it back */
    struct file file;      /* of --fetch */
    bool has_resynced;     /* a resync, or the fetch of a file, has ended … */
    uint32_t last_outcome; /* … and so, enum prov_outcome */
};

/** Fill the device half of @p host; prov_store_bind() fills the other. */
void host_fill(struct prov_host *host, struct phone *phone);

/** Let `Custom_CA_Rule` add to the certificates that phone->curl trusts. Before the first turn. */
prov_status host_enable_custom_ca(struct phone *phone, struct prov_error *err);

/**
 * Of what the library keeps over reboots, keep trials, quarantine and custom CA: what lives for one
 * resync has no next retry to remember, and is to fetch its file whole. After prov_store_bind().
 */
void host_keep_for_once(struct prov_host *host);

/** The phone's monotonic clock. */
int64_t host_now_ms(void);

/** Confirm what is on trial, and tell if nothing is, or if it cannot be. */
void host_confirm(struct phone *phone);

#endif
