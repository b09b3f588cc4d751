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
    int64_t start_ms;    /* time of its power-up, or of its next request; NEVER_MS: none */
    int64_t due_ms;      /* due time of the resync that waits or runs */
    int64_t ended_ms;    /* end of its last resync; NEVER_MS: none yet */
    uint32_t number;     /* in the whole fleet, from 0 */
    uint32_t n_done;     /* resyncs that succeeded */
    uint32_t n_failures; /* number of failed resyncs in a row */
    uint32_t n_drawn;    /* number of random numbers used */
    uint32_t sample;     /* number of the last sample of the running resync, from 1; 0: none */
    bool has_booted;
    bool is_woken;   /* has work to do */
    bool is_listed;  /* in the list of woken phones, even if it has run since */
    bool is_waiting; /* in the queue for a transfer */
    bool is_busy;    /* in a resync */
    bool is_done;    /* has ended: it has reached its aim, or used up its attempts */
};

#define NEVER_MS INT64_MAX

/** All phones of this process, and their shared state. Written by run.c. */
struct fleet {
    const struct options *options;
    const struct prov_transport *transport;
    struct pool pool;
    struct prov_alloc alloc;
    struct record *record;
    struct phone *phones;
    uint32_t n_phones;
    uint32_t n_busy, n_done, n_failed; /* n_failed counts resyncs */
    uint32_t n_given_up;               /* phones that used up their attempts */
    uint32_t n_failing;                /* phones whose last resync failed, these included */
    uint32_t n_silent;                 /* started phones without a timer */
    int64_t next_ms; /* when the next phone has something to do; NEVER_MS: none has */
    uint64_t n_resyncs, n_bytes, n_connections;
    int64_t now_ms;    /* clock of all agents, read once before each turn of one */
    bool is_receiving; /* in a turn of the transport, which reads the clock for each byte */
    int64_t begin_ms;
    uint64_t random;
    bool has_no_memory;
    /** Reads the clock. */
    int64_t (*read_ms)(void);
    /** `wake`: a phone has work to do; `wait`: a phone must not begin a resync now. */
    void (*wake)(struct fleet *fleet, struct phone *phone);
    void (*wait)(struct fleet *fleet, struct phone *phone);
};

/** Make phone @p number of the whole fleet, complete but not started. */
prov_status phone_init(struct phone *phone, struct fleet *fleet, uint32_t number,
                       struct prov_error *err);

void phone_end(struct phone *phone);

/** Begin a resync now, instead of by its timers. */
prov_status phone_request(struct phone *phone, struct prov_error *err);

/** The MAC address of phone @p number, as 12 digits. */
enum { PHONE_MAC_CAP = 13 };
void phone_write_mac(const struct run_options *run, uint32_t number, char text[PHONE_MAC_CAP]);

#endif
