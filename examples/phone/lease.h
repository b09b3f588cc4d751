/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Leases of a DHCP client: --dhcp-lease. A lease is a text with a line for each option, in the form
 * of --dhcp-option, and a last line `end`; docs/phone.md describes it.
 */
#ifndef PHONE_LEASE_H
#define PHONE_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include <provision/provision.h>

#include "common/command_line.h"

#include "waiting.h"

/** Options of DHCP, owned. All zero: none. */
struct dhcp_options {
    struct prov_dhcp_option *all; /* n of them; their bytes point into `owned` */
    char **owned;
    size_t n;
};

/**
 * Add `CODE=TEXT` or `CODE=0xHEX`; `6:CODE` is an option of DHCPv6.
 *
 * @return false when it is invalid, or without memory; nothing is added.
 */
bool dhcp_options_add(struct dhcp_options *options, const char *argument);

void dhcp_options_free(struct dhcp_options *options);

enum { LEASE_MAX_BYTES = 64 * 1024 };

/** A file, or standard input, with leases. */
struct lease_source {
    const char *path; /* `-`: standard input */
    bool has_lease;
    struct dhcp_options options; /* of the last complete lease */
    char *text;                  /* of that lease, to recognize a repetition; owned */
    struct stat seen;            /* status of the file when it was last read */
    bool was_seen;
};

/** All sources. All zero: none. */
struct leases {
    struct lease_source *all; /* n of them, owned */
    size_t n;
    int watch_fd;     /* wakes the phone when a file changes; -1: none */
    bool has_input;   /* standard input has not ended */
    bool is_skipping; /* skipping the rest of a lease that was too long */
    size_t input_len; /* bytes of an incomplete lease */
    char input[LEASE_MAX_BYTES + 1];
};

/** Reports a lease: its source, the number of its options, or the reason for its refusal. */
struct lease_listener {
    void (*hear)(void *ctx, const char *path, size_t n_options, const struct prov_error *refusal);
    void *ctx;
};

/** Watch the sources. @return NULL without memory; ended by leases_free(). */
struct leases *leases_new(const struct command_words *paths);

/** NULL is fine. */
void leases_free(struct leases *leases);

/**
 * Read changed sources, without waiting. A lease that is refused or repeated leaves the previous
 * one in use, and so does the removal of a file.
 *
 * @param leases  NULL is fine.
 * @return Whether a lease is new.
 */
bool leases_read(struct leases *leases, const struct lease_listener *listener);

/** Wait until standard input, if it is a source, has delivered a lease or has ended. */
void leases_await(struct leases *leases, const struct lease_listener *listener);

/** Add the descriptors that become ready when a lease arrives. NULL is fine. */
void leases_wait(const struct leases *leases, struct waiting *waiting);

#endif
