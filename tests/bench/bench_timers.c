/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * One million timers, each running out once and armed anew: schedulers on a heap of deadlines, as
 * provision-fleet keeps them, beside the same number of libevent timers that do nothing else. Fails
 * when a step, with its half of the heap's work, takes more than a quarter of such a timer's time.
 */
#include <event2/event.h>
#include <provision/sched.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../examples/fleet/heap.h"

#define N_TIMERS 1000000
#define N_ROUNDS 3

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* A multiplicative hash: the same scattered moments for both. */
static uint32_t scatter(uint32_t i)
{
    return i * UINT32_C(2654435761) >> 12;
}

static const struct prov_sched_settings settings = {
    .size = sizeof settings,
    .periodic = {"3600+600", 8},
    .provision_enable = 1,
    .on_reset = 1,
    .random_delay = 50,
};

static int64_t step(struct prov_sched *sched, uint32_t type, int64_t mono_ms, uint32_t entropy)
{
    const struct prov_sched_event event = {
        .size = sizeof event,
        .type = type,
        .cause = type == PROV_SCHED_BOOT ? PROV_CAUSE_POWER_UP : PROV_CAUSE_NONE,
        .ok = 1,
    };
    const struct prov_world world = {
        .size = sizeof world, .mono_ms = mono_ms, .entropy = entropy, .is_idle = 1};
    struct prov_sched_action action = {.size = sizeof action};
    if (prov_sched_step(sched, &event, &settings, &world, &action) != PROV_OK)
        abort();
    return action.due_ms;
}

/* Nanoseconds for a resync that becomes due, starts, ends, and arms the next. */
static double measure_scheds(void)
{
    struct prov_sched *scheds = aligned_alloc(64, N_TIMERS * sizeof *scheds); /* cache lines */
    struct heap heap;
    if (!scheds || !heap_init(&heap, N_TIMERS))
        abort();
    memset(scheds, 0, N_TIMERS * sizeof *scheds);
    for (uint32_t i = 0; i < N_TIMERS; i++) {
        uint32_t entropy = scatter(i) << 12 | UINT16_MAX; /* none starts at once */
        heap_add(&heap, deadline_of(step(&scheds[i], PROV_SCHED_BOOT, 0, entropy), i));
    }
    int64_t begin_ns = now_ns();
    for (uint32_t i = 0; i < N_TIMERS; i++) {
        uint64_t due = heap_remove(&heap);
        struct prov_sched *sched = &scheds[deadline_device(due)];
        step(sched, PROV_SCHED_TICK, deadline_ms(due), i);
        int64_t next_ms = step(sched, PROV_SCHED_DONE, deadline_ms(due), scatter(i) << 12);
        heap_add(&heap, deadline_of(next_ms, deadline_device(due)));
    }
    double each_ns = (double)(now_ns() - begin_ns) / N_TIMERS;
    heap_free(&heap);
    free(scheds);
    return each_ns;
}

struct timers {
    struct event_base *base;
    struct event **events;
    uint32_t n_fired;
};

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct timers *timers = ctx;
    uint32_t i = timers->n_fired++;
    const struct timeval later = {3600 + scatter(i) % 600, 0};
    (void)fd;
    (void)what;
    event_add(event_base_get_running_event(timers->base), &later);
    if (timers->n_fired == N_TIMERS)
        event_base_loopbreak(timers->base);
}

/* Nanoseconds for a timer that runs out and is added again. */
static double measure_libevent(void)
{
    struct timers timers = {event_base_new(), calloc(N_TIMERS, sizeof(struct event *)), 0};
    if (!timers.base || !timers.events)
        abort();
    for (uint32_t i = 0; i < N_TIMERS; i++) {
        const struct timeval soon = {0, scatter(i) % 100000};
        timers.events[i] = event_new(timers.base, -1, 0, on_timer, &timers);
        event_add(timers.events[i], &soon);
    }
    const struct timespec pause = {0, 200000000}; /* until all of them have run out */
    nanosleep(&pause, NULL);
    int64_t begin_ns = now_ns();
    while (timers.n_fired < N_TIMERS)
        event_base_loop(timers.base, EVLOOP_ONCE);
    double each_ns = (double)(now_ns() - begin_ns) / N_TIMERS;
    for (uint32_t i = 0; i < N_TIMERS; i++)
        event_free(timers.events[i]);
    free(timers.events);
    event_base_free(timers.base);
    return each_ns;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

int main(void)
{
    double scheds_ns = 1e9, libevent_ns = 1e9;
    for (int round = 0; round < N_ROUNDS; round++) {
        scheds_ns = least(scheds_ns, measure_scheds());
        libevent_ns = least(libevent_ns, measure_libevent());
    }
    printf("scheduler, two steps and a heap  %6.0f ns\n", scheds_ns);
    printf("libevent timer                   %6.0f ns\n", libevent_ns);
    printf("ratio %.2f, for one step %.2f\n", scheds_ns / libevent_ns, scheds_ns / 2 / libevent_ns);
    return scheds_ns / 2 <= libevent_ns / 4 ? 0 : 1;
}
