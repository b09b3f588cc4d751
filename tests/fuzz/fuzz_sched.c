/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Any life a device can have. The first line of the input is Resync_Periodic, the second
 * Resync_Error_Retry_Delay, the third Resync_At; each byte after that is something that happens.
 *
 * Properties: no start while a line is active (unless the dialect forces it), no start that a gate
 * forbids, reports match the steps, time never stops, a scheduler saved and restored
 * is the one that was saved; lists give delays within their bounds. The device itself dies where a
 * step breaks its contract.
 */
#include <stdlib.h>
#include <string.h>

#include "dials.h"
#include "sched_device.h"

#define MAX_STEPS 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *data;
    size_t size;
};

/* One line, without its end. */
static prov_str take_line(struct input *input)
{
    size_t len = 0;
    while (len < input->size && input->data[len] != '\n')
        len++;
    prov_str line = {len ? (const char *)input->data : NULL, len};
    size_t taken = len < input->size ? len + 1 : len;
    input->data += taken;
    input->size -= taken;
    return line;
}

static void check_delays(prov_str text)
{
    int64_t least_ms, most_ms;
    prov_status status = prov_delays_get(text, 3, 0, &least_ms);
    if (prov_delays_get(text, 3, UINT32_MAX, &most_ms) != status)
        test_die("chance decides whether a list is one");
    if (status != PROV_OK && status != PROV_E_SYNTAX)
        test_die("a list gives %s", prov_status_name(status));
    if (least_ms < -1 || most_ms < least_ms || (status != PROV_OK && least_ms != -1))
        test_die("a delay of %lld to %lld ms", (long long)least_ms, (long long)most_ms);
}

static void check_saving(const struct sched_device *device)
{
    unsigned char first[PROV_SCHED_SAVED_MAX], second[PROV_SCHED_SAVED_MAX];
    struct prov_sched restored;
    size_t len, again_len;
    if (prov_sched_save(&device->sched, device->world.mono_ms, first, sizeof first, &len) ||
        prov_sched_restore(&restored, first, len) ||
        prov_sched_save(&restored, 0, second, sizeof second, &again_len))
        test_die("saving and restoring fails");
    if (len != again_len || memcmp(first, second, len) != 0)
        test_die("another scheduler is restored than was saved");
}

static void observe(void *ctx, const struct sched_device *device,
                    const struct prov_sched_event *event, const struct prov_sched_action *action)
{
    (void)ctx;
    (void)event;
    struct prov_sched_action due = {.size = sizeof due};
    if (prov_sched_due(&device->sched, &due) != PROV_OK)
        test_die("due fails");
    if (action->type != PROV_SCHED_REFUSED && due.cause != action->cause)
        test_die("due returns %u after %u", due.cause, action->cause);
    if (action->type != PROV_SCHED_START)
        return;
    if (!device->world.is_idle && !device->dialect.force_on_deadline)
        test_die("a start while a line is active");
    if (!device->settings.provision_enable)
        test_die("a start while disabled");
}

static void change_setting(struct sched_device *device, unsigned which)
{
    struct prov_sched_settings *settings = &device->settings;
    switch (which) {
    case 0: settings->provision_enable ^= 1; break;
    case 1: settings->on_reset ^= 1; break;
    case 2: settings->from_sip ^= 1; break;
    case 3: settings->has_triggers ^= 1; break;
    case 4: device->triggers = !device->triggers; break;
    case 5: settings->forced_delay_s = settings->forced_delay_s ? 0 : 300; break;
    case 6: device->server.ok = !device->server.ok; break;
    case 7: device->settings.unreadable ^= 1; break;
    case 8: device->server.takes_ms = device->server.takes_ms ? 0 : 90000; break;
    case 9: device->server.retry_after_s = device->server.retry_after_s ? 0 : INT64_MAX; break;
    case 10: device->dialect = *prov_dialect_get(device->dialect.id ^ 1); break;
    case 11: settings->random_delay = settings->random_delay ? 0 : UINT32_MAX; break;
    case 12: settings->at_random_s = settings->at_random_s ? 0 : UINT32_MAX; break;
    case 13: settings->resync_at.len -= settings->resync_at.len > 0; break;
    case 14: settings->periodic.len -= settings->periodic.len > 0; break;
    default: settings->floor_s ^= 1; break;
    }
}

static void change_clock(struct sched_device *device, unsigned which)
{
    static const int64_t times[] = {0,
                                    -86400,
                                    1767225600,
                                    INT64_C(2147483647),
                                    INT64_C(1) << 40,
                                    INT64_MAX / 2,
                                    1767225600 - 3600};
    if (which < sizeof times / sizeof times[0])
        sched_device_set_clock(device, times[which], 3600);
    else
        device->world.wall_valid ^= 1;
}

static void reboot(struct sched_device *device, unsigned which)
{
    sched_device_reboot(device, which & 4);
    sched_device_tell(device, PROV_SCHED_BOOT, which & 3);
}

/* The upper four bits say what, the lower four which. */
static void happen(struct sched_device *device, uint8_t byte)
{
    unsigned which = byte & 15;
    switch (byte >> 4) {
    case 0: change_setting(device, which); break;
    case 1: sched_device_tell(device, PROV_SCHED_REQUEST, which); break;
    case 2: sched_device_tell(device, which, which); break;
    case 3: change_clock(device, which); break;
    case 4: reboot(device, which); break;
    case 5: device->world.is_idle ^= 1; break;
    case 6: check_saving(device); break;
    default:
        sched_device_run(device, device->world.mono_ms + (INT64_C(500) << (which & 7) * 2));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct sched_device device;
    struct prov_sched restored = {{0}};
    prov_sched_restore(&restored, data, size);

    sched_device_init(&device, size);
    device.settings.periodic = take_line(&input);
    device.settings.error_retry = take_line(&input);
    device.settings.resync_at = take_line(&input);
    device.settings.has_triggers = 0;
    device.observe = observe;
    check_delays(device.settings.periodic);
    check_delays(device.settings.error_retry);
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    while (input.size && device.n_steps < MAX_STEPS) {
        happen(&device, *input.data++);
        input.size--;
    }
    return 0;
}
