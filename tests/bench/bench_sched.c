/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What a step costs. One million devices in one process, each stepped through a periodic resync
 * (tick that starts it, and its end that arms the timer anew), beside one that finds nothing due.
 *
 * Fails when a step takes more than 300 ns of this process's time, a scheduler more than 256 bytes,
 * or its timers more than 64.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sched/sched_priv.h"

#define N_DEVICES 1000000
#define N_ROUNDS 3
#define MAX_STEP_NS 300.0
#define TIMER_BYTES offsetof(struct provi_sched_state, now_ms)

static const struct prov_sched_settings settings = {
    .size = sizeof settings,
    .periodic = {"3600", 4},
    .error_retry = {"60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400", 57},
    .at_random_s = 600,
    .random_delay = 2,
    .forced_delay_s = 14400,
    .provision_enable = 1,
    .on_reset = 1,
    .from_sip = 1,
    .after_upgrade = 1,
    .user_configurable = 1,
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* One event to every device at one moment; nanoseconds for each. */
static double step_all(struct prov_sched *devices, uint32_t type, int64_t mono_ms)
{
    const struct prov_sched_event event = {
        .size = sizeof event,
        .type = type,
        .cause = type == PROV_SCHED_BOOT,
        .ok = 1,
    };
    struct prov_world world = {.size = sizeof world, .mono_ms = mono_ms, .is_idle = 1};
    struct prov_sched_action action = {.size = sizeof action};
    int64_t begin_ns = now_ns();
    for (size_t i = 0; i < N_DEVICES; i++) {
        world.entropy = (uint32_t)i * UINT32_C(2654435761);
        if (prov_sched_step(&devices[i], &event, &settings, &world, &action) != PROV_OK)
            abort();
    }
    return (double)(now_ns() - begin_ns) / N_DEVICES;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

int main(void)
{
    struct prov_sched *devices = calloc(N_DEVICES, sizeof *devices);
    if (!devices)
        return 1;
    double idle_ns = 1e9, start_ns = 1e9, done_ns = 1e9;
    int64_t mono_ms = 0;
    step_all(devices, PROV_SCHED_BOOT, mono_ms);
    step_all(devices, PROV_SCHED_TICK, mono_ms += 40000);
    step_all(devices, PROV_SCHED_DONE, mono_ms);
    for (int round = 0; round < N_ROUNDS; round++) {
        idle_ns = least(idle_ns, step_all(devices, PROV_SCHED_TICK, mono_ms += 1000));
        start_ns = least(start_ns, step_all(devices, PROV_SCHED_TICK, mono_ms += 3600000));
        done_ns = least(done_ns, step_all(devices, PROV_SCHED_DONE, mono_ms));
    }
    free(devices);

    printf("scheduler        %6zu bytes, its timers %zu\n", sizeof(struct prov_sched), TIMER_BYTES);
    printf("nothing due      %6.0f ns a step\n", idle_ns);
    printf("start            %6.0f ns a step, %.2f of nothing due\n", start_ns, start_ns / idle_ns);
    printf("done and re-arm  %6.0f ns a step, %.2f of nothing due\n", done_ns, done_ns / idle_ns);
    bool holds = sizeof(struct prov_sched) <= 256 && TIMER_BYTES <= 64 && start_ns <= MAX_STEP_NS &&
                 done_ns <= MAX_STEP_NS && idle_ns <= MAX_STEP_NS;
    return holds ? 0 : 1;
}
