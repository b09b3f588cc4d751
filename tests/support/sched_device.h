/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A device on a virtual clock around one scheduler: answers what it asks, ends what it starts.
 *
 * Dies (test_die) where a step breaks the contract of sched.h whatever the settings: a due moment
 * that has passed, a refused event that should be possible, something wanted for no cause.
 */
#ifndef TEST_SUPPORT_SCHED_DEVICE_H
#define TEST_SUPPORT_SCHED_DEVICE_H

#include <provision/sched.h>

/** How the next resync ends. */
struct sched_server {
    bool ok;
    bool unchanged;
    int64_t takes_ms;
    int64_t retry_after_s;
};

struct sched_device;

/** Receives every step. */
typedef void (*sched_observer)(void *ctx, const struct sched_device *device,
                               const struct prov_sched_event *event,
                               const struct prov_sched_action *action);

struct sched_device {
    struct prov_sched sched;
    struct prov_sched_settings settings;
    struct prov_dialect dialect;
    struct sched_server server;
    bool triggers; /**< what Resync_Trigger_1/2 evaluate to */

    struct prov_world world; /**< `entropy` is drawn anew for each step unless `fixed_entropy` */
    bool fixed_entropy;
    uint64_t random;      /**< state of the generator; its seed */
    int64_t wall_minus_s; /**< wall clock minus virtual clock */
    /** Local time minus UTC; NULL: it stays as `world` has it. */
    int32_t (*zone)(int64_t utc_s);

    bool is_running;
    int64_t done_ms;
    struct prov_sched_action last; /**< of the last step */

    sched_observer observe; /**< may be NULL */
    void *ctx;
    uint64_t n_steps;
    uint64_t n_starts;
};

/** Defaults of the catalogue, no triggers, idle, a server that answers at once, clock unset. */
void sched_device_init(struct sched_device *device, uint64_t seed);

/** 32 random bits of the device's own. */
uint32_t sched_device_random(struct sched_device *device);

/** Uniform in 0..max. */
uint32_t sched_device_draw(struct sched_device *device, uint32_t max);

/** One step, and what follows from it at the same moment. The status of the first step. */
prov_status sched_device_send(struct sched_device *device, const struct prov_sched_event *event);

/** The same for an event that has no more than a type and a cause. */
prov_status sched_device_tell(struct sched_device *device, uint32_t type, uint32_t cause);

/** Let time pass, stepping whenever something is due. */
void sched_device_run(struct sched_device *device, int64_t until_ms);

/** Set the wall clock. */
void sched_device_set_clock(struct sched_device *device, int64_t utc_s, int32_t utc_offset_s);

/** Lines become active or idle; the scheduler gets an event. */
void sched_device_call(struct sched_device *device, bool is_active);

/**
 * Power off and on: the virtual clock starts at 0 again. PROV_SCHED_BOOT is to follow.
 *
 * @param is_saved  The host keeps the bytes of prov_sched_save(); otherwise all is forgotten.
 */
void sched_device_reboot(struct sched_device *device, bool is_saved);

#endif
