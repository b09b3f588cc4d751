/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** One phone of a fleet: its identity, its store in memory, its agent, and its samples. */
#ifndef FLEET_PHONE_H
#define FLEET_PHONE_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/provision.h>

#include "options.h"
#include "pool.h"
#include "record.h"

struct fleet;

struct phone {
    struct fleet *fleet;
    prov_store *store;
    prov_agent *agent;
    int64_t entry_ms;    /* its earliest entry in the heap of deadlines; NEVER_MS: none */
    int64_t start_ms;    /* of its power-up, or of its next request; NEVER_MS: none */
    int64_t due_ms;      /* when the resync that waits or runs was due */
    int64_t ended_ms;    /* end of its last resync; NEVER_MS: none yet */
    uint32_t number;     /* in the whole fleet, from 0 */
    uint32_t n_done;     /* resyncs that succeeded */
    uint32_t n_failures; /* resyncs in a row that failed */
    uint32_t n_drawn;    /* random numbers */
    uint32_t sample;     /* number of the last sample of the resync that runs, from 1; 0: none */
    bool has_booted;
    bool is_woken;   /* has work to do */
    bool is_listed;  /* in the list of phones that were woken, also if it has run since */
    bool is_waiting; /* in the queue for a transfer */
    bool is_busy;    /* in a resync */
    bool is_done;    /* has done what it was to do */
};

#define NEVER_MS INT64_MAX

/** All phones of this process, and what they share. Written by run.c. */
struct fleet {
    const struct options *options;
    const struct prov_transport *transport;
    struct pool pool;
    struct prov_alloc alloc;
    struct record *record;
    struct phone *phones;
    uint32_t n_phones;
    uint32_t n_busy, n_done, n_failed; /* failed: resyncs */
    uint32_t n_silent;                 /* phones that started and have no timer */
    uint64_t n_resyncs, n_bytes, n_connections;
    int64_t now_ms;    /* of the clock of all agents, read once before each turn of one */
    bool is_receiving; /* in a turn of the transport, whose times are those of each byte */
    int64_t begin_ms;
    uint64_t random;
    bool has_no_memory;
    /** The clock itself. */
    int64_t (*read_ms)(void);
    /** A phone has work to do; a phone may begin no resync now. */
    void (*wake)(struct fleet *fleet, struct phone *phone);
    void (*wait)(struct fleet *fleet, struct phone *phone);
};

/** Make phone @p number of the whole fleet, complete but not started. */
prov_status phone_init(struct phone *phone, struct fleet *fleet, uint32_t number,
                       struct prov_error *err);

void phone_end(struct phone *phone);

/** Begin a resync now, in place of its timers. */
prov_status phone_request(struct phone *phone, struct prov_error *err);

/** The MAC address of phone @p number, as 12 digits. */
enum { PHONE_MAC_CAP = 13 };
void phone_write_mac(const struct run_options *run, uint32_t number, char text[PHONE_MAC_CAP]);

#endif
