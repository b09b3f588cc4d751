/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sched_device.h"

#include <string.h>

#include "dials.h"

void sched_device_init(struct sched_device *device, uint64_t seed)
{
    *device = (struct sched_device){
        .settings =
            {
                .size = sizeof(struct prov_sched_settings),
                .periodic = {"3600", 4},
                .error_retry =
                    prov_str_from("60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400"),
                .at_random_s = 600,
                .random_delay = 2,
                .forced_delay_s = 14400,
                .provision_enable = 1,
                .on_reset = 1,
                .from_sip = 1,
                .after_upgrade = 1,
                .user_configurable = 1,
            },
        .dialect = {.size = sizeof(struct prov_dialect)},
        .server = {.ok = true},
        .world = {.size = sizeof(struct prov_world), .is_idle = 1},
        .random = seed,
    };
}

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
uint32_t sched_device_random(struct sched_device *device)
{
    uint64_t z = device->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t sched_device_draw(struct sched_device *device, uint32_t max)
{
    return (uint32_t)((sched_device_random(device) * ((uint64_t)max + 1)) >> 32);
}

static void check_action(const struct sched_device *device, const struct prov_sched_action *action)
{
    int64_t now_ms = device->world.mono_ms;
    bool wants = action->type != PROV_SCHED_WAIT;
    if (wants && action->cause == PROV_CAUSE_NONE)
        test_die("action %u for no cause at %lld", action->type, (long long)now_ms);
    if (!wants && action->why == PROV_WHY_NOTHING && action->due_ms >= 0)
        test_die("something is due for no reason at %lld", (long long)now_ms);
    if (!wants && action->due_ms >= 0 && action->due_ms <= now_ms)
        test_die("due %lld has passed at %lld", (long long)action->due_ms, (long long)now_ms);
    if (action->expected_ms >= 0 && action->due_ms > action->expected_ms)
        test_die("looks at %lld, after %lld", (long long)action->due_ms,
                 (long long)action->expected_ms);
}

static prov_status step(struct sched_device *device, const struct prov_sched_event *event)
{
    device->settings.dialect = &device->dialect;
    device->world.wall_s = device->world.mono_ms / 1000 + device->wall_minus_s;
    if (device->zone)
        device->world.utc_offset_s = device->zone(device->world.wall_s);
    if (!device->fixed_entropy)
        device->world.entropy = sched_device_random(device);
    struct prov_sched_action action = {.size = sizeof action};
    prov_status status =
        prov_sched_step(&device->sched, event, &device->settings, &device->world, &action);
    device->n_steps++;
    if (status != PROV_OK)
        return status;
    check_action(device, &action);
    if (event->type == PROV_SCHED_DONE || event->type == PROV_SCHED_CANCELLED ||
        event->type == PROV_SCHED_BOOT)
        device->is_running = false;
    device->last = action;
    if (device->observe)
        device->observe(device->ctx, device, event, &action);
    return PROV_OK;
}

/* What the last action asks for at once. False: nothing. */
static bool next_event(struct sched_device *device, struct prov_sched_event *event)
{
    *event = (struct prov_sched_event){.size = sizeof *event};
    if (device->last.type == PROV_SCHED_ASK_TRIGGERS) {
        event->type = PROV_SCHED_TRIGGERS;
        event->ok = device->triggers;
        return true;
    }
    if (device->last.type == PROV_SCHED_START) {
        device->n_starts++;
        device->is_running = true;
        device->done_ms = device->world.mono_ms + device->server.takes_ms;
    }
    if (!device->is_running || device->done_ms > device->world.mono_ms)
        return false;
    event->type = PROV_SCHED_DONE;
    event->ok = device->server.ok;
    event->unchanged = device->server.unchanged;
    event->retry_after_s = device->server.retry_after_s;
    return true;
}

prov_status sched_device_send(struct sched_device *device, const struct prov_sched_event *event)
{
    prov_status status = step(device, event);
    if (status != PROV_OK)
        return status;
    struct prov_sched_event follows;
    while (next_event(device, &follows)) {
        status = step(device, &follows);
        if (status != PROV_OK)
            test_die("event %u was asked for and gives %s", follows.type, prov_status_name(status));
    }
    return PROV_OK;
}

prov_status sched_device_tell(struct sched_device *device, uint32_t type, uint32_t cause)
{
    const struct prov_sched_event event = {.size = sizeof event, .type = type, .cause = cause};
    return sched_device_send(device, &event);
}

static void tick(struct sched_device *device)
{
    prov_status status = sched_device_tell(device, PROV_SCHED_TICK, PROV_CAUSE_NONE);
    if (status != PROV_OK)
        test_die("a tick gives %s", prov_status_name(status));
}

void sched_device_run(struct sched_device *device, int64_t until_ms)
{
    for (;;) {
        int64_t next_ms = device->is_running ? device->done_ms : device->last.due_ms;
        if (next_ms < 0 || next_ms > until_ms)
            break;
        if (next_ms > device->world.mono_ms)
            device->world.mono_ms = next_ms;
        device->last.type = PROV_SCHED_WAIT;
        struct prov_sched_event event;
        if (!next_event(device, &event))
            tick(device);
        else if (sched_device_send(device, &event) != PROV_OK)
            test_die("event %u was asked for and is refused", event.type);
    }
    device->world.mono_ms = until_ms;
}

void sched_device_set_clock(struct sched_device *device, int64_t utc_s, int32_t utc_offset_s)
{
    device->wall_minus_s = utc_s - device->world.mono_ms / 1000;
    device->world.utc_offset_s = utc_offset_s;
    device->world.wall_valid = 1;
}

void sched_device_call(struct sched_device *device, bool is_active)
{
    device->world.is_idle = !is_active;
    tick(device);
}

void sched_device_reboot(struct sched_device *device, bool is_saved)
{
    unsigned char saved[PROV_SCHED_SAVED_MAX];
    size_t len;
    if (prov_sched_save(&device->sched, device->world.mono_ms, saved, sizeof saved, &len) !=
        PROV_OK)
        test_die("a scheduler cannot be saved");
    memset(&device->sched, 0, sizeof device->sched);
    if (is_saved && prov_sched_restore(&device->sched, saved, len) != PROV_OK)
        test_die("a scheduler cannot be restored");
    memset(&device->last, 0, sizeof device->last);
    device->last.due_ms = -1;
    device->wall_minus_s += device->world.mono_ms / 1000;
    device->world.mono_ms = 0;
    device->is_running = false;
}
