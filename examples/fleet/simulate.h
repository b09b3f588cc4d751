/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Many devices on one virtual clock, and the load of their server. */
#ifndef FLEET_SIMULATE_H
#define FLEET_SIMULATE_H

#include <provision/sched.h>

/** Seconds of the virtual clock; none if `to_s` is 0. */
struct span {
    uint32_t from_s;
    uint32_t to_s;
};

/** The simulation. Times in seconds of the virtual clock. */
struct scenario {
    struct prov_sched_settings settings; /* of every device, but for the spread's seed */
    uint32_t n_devices;
    uint32_t length_s;
    uint32_t boot_within_s; /* devices boot anywhere in here; 0: all at once, a power cut */
    struct span outage;     /* the server does not answer */
    struct span link_loss;  /* no device has a link, and each reports that */
    struct span sleep;      /* no device does anything, and all wake up together */
    uint32_t answer_ms;     /* longest time a resync takes */
    uint64_t seed;
};

/** The result. */
struct load {
    uint32_t *per_s; /* requests in each of `length_s` seconds */
    uint32_t length_s;
    uint64_t n_requests;
    uint64_t n_failed;
    uint64_t n_steps;
};

/** No more devices than this, and no longer. */
enum { SIMULATE_MAX_DEVICES = 1 << 24, SIMULATE_MAX_S = 1 << 30 };

/** Run it. False: no memory. On success load_free() is to follow. */
bool simulate(const struct scenario *scenario, struct load *load);

void load_free(struct load *load);

#endif
