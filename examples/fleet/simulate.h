/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Many devices on one virtual clock, and the load on their server. */
#ifndef FLEET_SIMULATE_H
#define FLEET_SIMULATE_H

#include <provision/sched.h>

/** A time span of the virtual clock, in seconds; none if `to_s` is 0. */
struct span {
    uint32_t from_s;
    uint32_t to_s;
};

/** The simulation. Times in seconds of the virtual clock. */
struct scenario {
    struct prov_sched_settings settings; /* of every device, except the seed of the jitter */
    uint32_t n_devices;
    uint32_t length_s;
    uint32_t boot_within_s; /* devices boot at random times within this; 0: all at once */
    struct span outage;     /* the server does not respond */
    struct span link_loss;  /* no device has a link, and each reports that */
    struct span sleep;      /* all devices sleep, and wake up together */
    uint32_t answer_ms;     /* longest duration of a resync */
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

/** Upper limits of devices and length. */
enum { SIMULATE_MAX_DEVICES = 1 << 24, SIMULATE_MAX_S = 1 << 30 };

/** Run the simulation. False: no memory. After success, call load_free(). */
bool simulate(const struct scenario *scenario, struct load *load);

void load_free(struct load *load);

#endif
