/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "simulate.h"

#include <stdlib.h>

#include "heap.h"
#include "random.h"

#define MS_PER_S 1000

struct device {
    struct prov_sched sched;
    bool is_booted;
    bool is_running; /* a resync runs, until `done_ms` */
    uint8_t network; /* last reported, enum prov_network; 0: none */
    int64_t done_ms;
};

struct fleet {
    const struct scenario *scenario;
    struct load *load;
    struct device *devices;
    struct heap heap;
    uint64_t random;
};

static uint32_t draw_bits(struct fleet *fleet)
{
    return random_bits(fleet->random += RANDOM_STEP);
}

/* Uniform in 0..max, in milliseconds. */
static int64_t draw_ms(struct fleet *fleet, uint64_t max_ms)
{
    return (int64_t)((draw_bits(fleet) * (max_ms + 1)) >> 32);
}

static bool is_within(const struct span *span, int64_t now_ms)
{
    return now_ms >= span->from_s * INT64_C(1000) && now_ms < span->to_s * INT64_C(1000);
}

/* When a device next reports its link; -1: never. */
static int64_t link_change_ms(const struct scenario *scenario, const struct device *device)
{
    if (scenario->link_loss.to_s == 0 || device->network == PROV_NETWORK_BACK)
        return -1;
    return (device->network ? scenario->link_loss.to_s : scenario->link_loss.from_s) *
           INT64_C(1000);
}

/* A lost link ends a running resync. */
static void change_link(struct device *device, struct prov_sched_event *event, int64_t now_ms)
{
    device->network = device->network ? PROV_NETWORK_BACK : PROV_NETWORK_LOST;
    event->type = PROV_SCHED_NETWORK;
    event->network = device->network;
    if (device->network == PROV_NETWORK_LOST)
        device->done_ms = now_ms;
}

/* The next event of a device at its deadline. */
static struct prov_sched_event next_event(struct fleet *fleet, struct device *device,
                                          int64_t now_ms)
{
    struct prov_sched_event event = {.size = sizeof event, .type = PROV_SCHED_TICK};
    int64_t change_ms = link_change_ms(fleet->scenario, device);
    if (!device->is_booted) {
        event.type = PROV_SCHED_BOOT;
        event.cause = PROV_CAUSE_POWER_UP;
        device->is_booted = true;
    } else if (change_ms >= 0 && change_ms <= now_ms) {
        change_link(device, &event, now_ms);
    } else if (device->is_running && device->done_ms <= now_ms) {
        event.type = PROV_SCHED_DONE;
        event.ok =
            !is_within(&fleet->scenario->outage, now_ms) && device->network != PROV_NETWORK_LOST;
        fleet->load->n_failed += !event.ok;
        device->is_running = false;
    }
    return event;
}

static void count_request(struct load *load, int64_t now_ms)
{
    load->per_s[now_ms / MS_PER_S]++;
    load->n_requests++;
}

/* Process one step of a device. Returns the time of its next step, or -1. */
static int64_t step(struct fleet *fleet, uint32_t number, int64_t now_ms)
{
    struct device *device = &fleet->devices[number];
    struct prov_sched_settings settings = fleet->scenario->settings;
    settings.jitter_seed = UINT64_C(0x000e08000000) + number; /* consecutive MAC addresses */
    const struct prov_world world = {
        .size = sizeof world,
        .mono_ms = now_ms,
        .wall_s = now_ms / MS_PER_S,
        .wall_valid = 1,
        .entropy = draw_bits(fleet),
        .is_idle = 1,
    };
    const struct prov_sched_event event = next_event(fleet, device, now_ms);
    struct prov_sched_action action = {.size = sizeof action};
    if (prov_sched_step(&device->sched, &event, &settings, &world, &action) != PROV_OK)
        return -1;
    fleet->load->n_steps++;
    if (action.type == PROV_SCHED_START) {
        if (device->network != PROV_NETWORK_LOST)
            count_request(fleet->load, now_ms);
        device->is_running = true;
        device->done_ms = now_ms + draw_ms(fleet, fleet->scenario->answer_ms);
    }
    return device->is_running ? device->done_ms : action.due_ms;
}

/* Plan the next step of a device, unless it is after the end. */
static void plan(struct fleet *fleet, uint32_t number, int64_t due_ms)
{
    int64_t change_ms = link_change_ms(fleet->scenario, &fleet->devices[number]);
    if (change_ms >= 0 && (due_ms < 0 || due_ms > change_ms) && fleet->devices[number].is_booted)
        due_ms = change_ms;
    if (is_within(&fleet->scenario->sleep, due_ms))
        due_ms = fleet->scenario->sleep.to_s * INT64_C(1000);
    if (due_ms >= 0 && due_ms < fleet->scenario->length_s * INT64_C(1000))
        heap_add(&fleet->heap, deadline_of(due_ms, number));
}

static void run(struct fleet *fleet)
{
    const struct scenario *scenario = fleet->scenario;
    for (uint32_t i = 0; i < scenario->n_devices; i++) {
        int64_t boot_ms = draw_ms(fleet, scenario->boot_within_s * UINT64_C(1000));
        plan(fleet, i, boot_ms);
    }
    while (fleet->heap.len > 0) {
        uint64_t next = heap_remove(&fleet->heap);
        uint32_t number = deadline_device(next);
        plan(fleet, number, step(fleet, number, deadline_ms(next)));
    }
}

bool simulate(const struct scenario *scenario, struct load *load)
{
    struct fleet fleet = {.scenario = scenario, .load = load, .random = scenario->seed};
    *load = (struct load){.length_s = scenario->length_s};
    load->per_s = calloc(scenario->length_s, sizeof *load->per_s);
    fleet.devices = calloc(scenario->n_devices, sizeof *fleet.devices);
    bool has_memory = heap_init(&fleet.heap, scenario->n_devices) && load->per_s && fleet.devices;
    if (has_memory)
        run(&fleet);
    else
        load_free(load);
    heap_free(&fleet.heap);
    free(fleet.devices);
    return has_memory;
}

void load_free(struct load *load)
{
    free(load->per_s);
    load->per_s = NULL;
}
